"""A process that dies, or whose disk fills up, at a chosen step of writing a result.

Started once by `test_staging.py`; for every line of JSON on its input it forks a child that writes
a result, and answers with how the child ended. The steps are the interpreter's audit events: every
file opened for writing, and every folder, link, renaming and removal, in whatever library.
"""

import errno
import json
import os
import signal
import sys
from pathlib import Path

import tables

from clusterkit.errors import OutputError
from clusterkit.folders import staging
from clusterkit.organize import prepare_output

WRITING = os.O_WRONLY | os.O_RDWR
SPACE_TAKING = {"os.mkdir", "os.rename", "os.link", "os.symlink"}
STEPS = SPACE_TAKING | {"os.remove", "os.rmdir", "os.utime", "os.chown", "ctypes.dlopen"}


def is_writing(event, arguments):
    return event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & WRITING)


def install(order):
    """From now on, count the steps; at step number `at`, die or fail."""
    count = 0

    def watch(event, arguments):
        nonlocal count
        takes_space = event in SPACE_TAKING or is_writing(event, arguments)
        if order["how"] == "full":
            count += takes_space
            if takes_space and count >= order["at"]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        elif event in STEPS or takes_space:
            count += 1
            if count == order["at"]:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def run_child(order):
    if order["journal"]:
        staging.can_exchange = lambda *_: False
    source, output = Path(order["input"]), Path(order["output"])
    if order["early"]:
        install(order)
    output = prepare_output(source, output)
    if not order["early"]:
        install(order)
    try:
        tables.write(output, source, order["paths"], order["labels"], copy=order["copy"])
    except OutputError:
        os._exit(2)
    os._exit(0)


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                run_child(json.loads(line))
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
