"""How the network of `--model builtin` came about: drawing, training and judging it.

    python -m training.render     draw identities into shards, in the background
    python -m training.train      train on whatever shards there are
    python -m training.judge      held-out drawn families and labelled folders, as a table
    python -m training.export     the weights as the package ships them
    python -m training.sheet      a contact sheet of what is drawn

Run from the project's folder. RESULTS.md says what was measured.
"""
