"""Which frames the blur rule takes out: ours, and the variance of the Laplacian as it is.

    python benchmarks/sharpness.py [FOLDER ...]

A folder holds frames and a labels.csv with a column kind, the paths relative to the folder or to
its `frames/`; without a folder, the bundled sample. The other rule is the one that recipes have:
`cv2.Laplacian(grey, cv2.CV_64F).var()` of the whole image at its own size. Prints Markdown: the
share of the sharp frames that each rejects at a threshold of 100, of those of kind 'blurred', and
of good ones that are blurred here by 1, 2 and 4 % of the character's height, or by 2 % with grain
of 4 and 8 grey levels (standard deviation) over it. After the slash, the median score.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from accuracy import find_frames_and_labels

import clusterkit
from clusterkit.images import Picture, decode_image, premultiply
from clusterkit.quality import measure_quality
from clusterkit.settings import QualityThresholds

SHARP_KINDS = ("good", "duplicate", "one-off")
BLURS = {"by 1 %": 0.01, "by 2 %": 0.02, "by 4 %": 0.04}
GRAINS = {"2 %, grain 4": 4.0, "2 %, grain 8": 8.0}
KINDS = ("sharp", "blurred", *BLURS, *GRAINS)
EVERY = 4
"""One in so many good frames is blurred here."""

HEADER = f"""\
| set | rule | {" | ".join(KINDS)} |
|---|---|{"---:|" * len(KINDS)}"""


def measure_plainly(picture: Picture) -> float:
    """Variance of the Laplacian of the whole image, transparent pixels black."""
    grey = cv2.cvtColor(premultiply(picture.rgba)[..., :3], cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def measure_ours(picture: Picture) -> float:
    """The blur score."""
    return measure_quality(picture).blur_score


RULES = {"ours": measure_ours, "plain variance": measure_plainly}


def blur(picture: Picture, share: float) -> Picture:
    """Blur a character by a share of its height, its transparent margin with it."""
    character = picture.character
    sigma = share * len(character)
    margin = int(3 * sigma) + 1
    padded = cv2.copyMakeBorder(character, *[margin] * 4, cv2.BORDER_CONSTANT)
    soft = cv2.GaussianBlur(padded, (0, 0), sigma).astype(np.float32)
    alpha = np.maximum(soft[..., 3:], 1)
    soft[..., :3] = np.minimum(soft[..., :3] * 255 / alpha, 255)
    return Picture(soft.astype(np.uint8), has_alpha=True)


def add_grain(picture: Picture, deviation: float, rng: np.random.Generator) -> Picture:
    """Grain of a standard deviation in grey levels, alike in all channels."""
    grain = rng.normal(0, deviation, (picture.height, picture.width, 1))
    rgba = picture.rgba.copy()
    rgba[..., :3] = np.clip(rgba[..., :3] + grain, 0, 255).round()
    return Picture(rgba, has_alpha=True)


def score_frames(folder: Path) -> dict[str, dict[str, list[float]]]:
    """Scores of a set: rule → kind, one of `KINDS` → scores."""
    where, file = find_frames_and_labels(folder)
    labels = clusterkit.read_labels(file)
    scores: dict[str, dict[str, list[float]]] = {rule: defaultdict(list) for rule in RULES}
    rng = np.random.default_rng(0)
    for number, (path, kind) in enumerate(zip(labels["path"], labels["kind"], strict=True)):
        if kind not in (*SHARP_KINDS, "blurred"):
            continue
        picture = decode_image((where / path).read_bytes())
        versions = {"sharp" if kind in SHARP_KINDS else kind: picture}
        if kind == "good" and number % EVERY == 0:
            versions |= {name: blur(picture, share) for name, share in BLURS.items()}
            versions |= {
                name: add_grain(versions["by 2 %"], deviation, rng)
                for name, deviation in GRAINS.items()
            }
        for rule, measure in RULES.items():
            for name, version in versions.items():
                scores[rule][name].append(measure(version))
    return scores


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    folders = parser.parse_args().folders or [clusterkit.find_sample().labels.parent]
    least = QualityThresholds().min_blur
    print(HEADER)
    for folder in folders:
        for rule, by_kind in score_frames(folder).items():
            cells = [
                f"{np.mean(np.array(by_kind[kind]) <= least):.1%} / {np.median(by_kind[kind]):.0f}"
                for kind in KINDS
            ]
            print(f"| {folder.resolve().name} | {rule} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
