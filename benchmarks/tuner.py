"""How live the tuner is: in a real Chromium on a real JupyterLab, from the hand to the repaint.

    python benchmarks/tuner.py [--sizes 3000 16929] [--host lab] [--times 20]

On synthetic results (see synthetic.py) it clicks the track of a slider at different places, as a
person does, and times in the page: from the pointer's event until the plot was painted anew, the
words beside it are new too and the browser has drawn its next frame. Of a quality threshold there
are two: `shown` is the repaint with the new frames left out, `settled` the one with the clusters of
exactly these frames, which are found in the background while the page stays live. `at first` is all
that the page has received when the tuner is there, JupyterLab itself included; `of ours` what came
from the kernel. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from synthetic import make_result

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))  # the hands and servers that the tests have
from desks import open_desk  # noqa: E402

MEGABYTE = 1e6

WATCH = """(() => {
  const watch = (window.ckWatch = {start: null, painted: false});
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (watch.start !== null) watch.painted = true;
    return clear.apply(this, box);
  };
  addEventListener("pointerdown", () => {
    if (watch.armed) { watch.start = performance.now(); watch.armed = false; }
  }, true);
  watch.arm = () => {
    const lines = document.querySelector(".ck-tuner .ck-lines");
    const total = document.querySelector(".ck-tuner .ck-total");
    const before = lines.textContent, words = total.textContent;
    Object.assign(watch, {armed: true, start: null, painted: false, shown: null, settled: null});
    const look = () => {
      const now = performance.now();
      const tuner = document.querySelector(".ck-tuner");
      const isNew = tuner.querySelector(".ck-lines").textContent !== before;
      if (watch.start !== null && watch.painted && isNew) {
        watch.shown ??= now - watch.start;
        if (tuner.querySelector(".ck-total").textContent === words) {
          watch.settled = now - watch.start;
          return;
        }
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };
})()"""
"""Each look is at the begin of a frame: what it sees, the frame before has drawn."""


class Traffic:
    """Bytes that a page has received, of files and from the kernel."""

    def __init__(self, page: Any) -> None:
        self.files = self.kernel = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._add_file)
        session.on("Network.webSocketFrameReceived", self._add_message)

    def _add_file(self, event: dict) -> None:
        self.files += int(event["encodedDataLength"])

    def _add_message(self, event: dict) -> None:
        # Binary frames come as base64 here, and as they are over the wire.
        size = len(event["response"]["payloadData"])
        self.kernel += size if event["response"]["opcode"] == 1 else size * 3 // 4


def time_slider(desk: Any, setting: str, shares: np.ndarray) -> tuple[list[float], list[float]]:
    """Click a slider's track at some shares of it; milliseconds until shown and until settled."""
    page, shown, settled = desk.page, [], []
    track = desk.find(f".ck-{setting} .noUi-base")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    for share in shares:
        before = desk.read_value(setting)
        page.evaluate("ckWatch.arm()")
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        if desk.read_value(setting) == before:  # the click fell on the handle
            continue
        page.wait_for_function("ckWatch.settled !== null", timeout=120_000)
        shown.append(page.evaluate("ckWatch.shown"))
        settled.append(page.evaluate("ckWatch.settled"))
        page.wait_for_timeout(700)  # pictures follow when the sliders rest
    return shown, settled


def measure(folder: Path, host: str, size: int, characters: int, times: int) -> str:
    """Time one size; a row of the table."""
    output = make_result(folder, size, characters)
    with open_desk(host, output, folder / "home", watch=[WATCH], listen=Traffic) as desk:
        page, traffic = desk.page, desk.listener
        page.wait_for_timeout(5_000)
        first = (traffic.files + traffic.kernel, traffic.kernel)
        desk.show_umap()
        desk.find(".ck-projection button").filter(has_text="PCA").click()
        rng = np.random.default_rng(0)
        cut, _ = time_slider(
            desk, "min_cluster_size", rng.permutation(np.linspace(0.03, 0.97, times))
        )
        desk.reset()
        page.wait_for_timeout(1_000)
        shown, settled = time_slider(
            desk, "min_blur", rng.permutation(np.linspace(0.03, 0.6, times))
        )
    words = [f"{statistics.median(values):,.0f} ms" for values in (cut, shown, settled)]
    return (
        f"| {size:,} | {' | '.join(words)} | {first[0] / MEGABYTE:.1f} MB "
        f"| {first[1] / MEGABYTE:.1f} MB |"
    )


def main() -> None:
    """Make the results and time their tuners."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[3000, 16929])
    parser.add_argument("--characters", type=int, default=40)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--host", choices=("lab", "voila"), default="lab")
    arguments = parser.parse_args()
    print(f"{arguments.host}, median of {arguments.times}, {os.cpu_count()} cores\n")
    print("| frames | min_cluster_size | a threshold, shown | settled | at first | of ours |")
    print("|---:|---:|---:|---:|---:|---:|", flush=True)
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as scratch:
            row = measure(
                Path(scratch), arguments.host, size, arguments.characters, arguments.times
            )
        load = os.getloadavg()[0]
        print(f"{row}  load {load:.1f}" if load > 2 * (os.cpu_count() or 1) else row, flush=True)


if __name__ == "__main__":
    main()
