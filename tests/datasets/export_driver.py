"""A process that dies at a chosen step of an export, while a person works in the folder.

Started once by `test_kills.py` with a result folder; for every line of JSON on its input it forks a
child that exports, and answers with how the child ended, how many steps it took, and at which one
the finished folder began to be put in place. The steps are the interpreter's audit events: every
file opened for writing, and every folder, link, renaming and removal, in whatever library.
"""

import json
import os
import signal
import sys
from pathlib import Path

import cv2

import clusterkit
from clusterkit.datasets.manifest import BUILDING

WRITING = os.O_WRONLY | os.O_RDWR
STEPS = {"os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.utime", "ctypes.dlopen"}


def install(order, answer):
    """From now on, count the steps; at step `person_at` a person works, at step `at` we die."""
    count, publishing, busy = 0, 0, False

    def watch(event, arguments):
        nonlocal count, publishing, busy
        is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
        if busy or not (is_writing or event in STEPS):
            return
        count += 1
        if event == "os.remove" and str(arguments[0]).endswith(BUILDING):
            publishing = count
        busy = True
        if count == order["person_at"]:
            work(Path(order["dest"]))
        os.pwrite(answer, b"%10d%10d" % (count, publishing), 0)
        if count == order["at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        busy = False

    sys.addaudithook(watch)


def work(dest):
    """What a person may do meanwhile: add a file, and save a caption as editors do, by renaming."""
    (dest / "late.txt").write_text("added late")
    caption = min((dest / "train").rglob("*.txt"))
    caption.with_name("saved").write_text("edited late")
    caption.with_name("saved").replace(caption)


def run_child(result, order, answer):
    install(order, answer)
    try:
        clusterkit.export_dataset(
            result, order["dest"], format="kohya", root="/data/set", characters=["character_000"],
            per_character=3, replace=True, progress=False,
        )  # fmt: skip
    except clusterkit.OutputError:
        os._exit(2)
    os._exit(0)


def main():
    cv2.setNumThreads(1)
    result = clusterkit.load_result(sys.argv[1])
    _ = result.embeddings
    print("ready", flush=True)
    for line in sys.stdin:
        answer = os.memfd_create("answer")
        child = os.fork()
        if not child:
            try:
                run_child(result, json.loads(line), answer)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        steps, publishing = os.pread(answer, 20, 0).split() or (0, 0)
        os.close(answer)
        print(os.waitstatus_to_exitcode(status), int(steps), int(publishing), flush=True)


if __name__ == "__main__":
    main()
