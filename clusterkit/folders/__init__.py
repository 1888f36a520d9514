"""How a result folder is changed without ever losing anything.

A new result is built aside and exchanged with the old one in one system call; what a person put
there, and the cache, move along. From the ground up:

    naming           names that stay unique and stable across episodes and systems
    exchange         two folders change places, as far as the system can
    locking          one writer at a time
    ownership        what in a result folder is ours, and what a person's
    placing          links, or hard links, or copies
    journal          the same change in steps, where folders cannot be exchanged
    output_folder    which folder may become a result; what went wrong, in one line
    staging          all of it together: build aside, carry over, swap, recover
"""
