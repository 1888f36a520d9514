"""Draw a labelled film of random characters with the pen of the sample.

    python benchmarks/draw_film.py OUT [--characters 24] [--most 90] [--least 8] [--mix 3]
                                       [--outfits 1] [--together 0.3] [--one-offs 40] [--seed 0]

A film of another structure than the rendered sprites, to tell what is true of characters from what
is true of one set: faces are near or far, one character may wear several outfits (in different
scenes), and some moments show two characters at once. Writes frames in the layout of the cutting
tools and labels.csv (path, identity, view, kind, outfit). The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data_samples"))

from draw_sample import FRAMES_PER_SECOND, shoot_good, write_png
from pen.camera import GRADES, unmultiply
from pen.random_traits import sample_character, sample_outfit
from pen.traits import Character

LONGEST_TURN = 9
"""Frames that one character has in a scene at most; a scene gives it two turns now and then."""
SHORTEST_STEP, LONGEST_STEP = 6, 40
"""Frames of film between two that were cut out."""
BETWEEN_SCENES = 300


def dress(character: Character, rng: np.random.Generator, outfits: int) -> list[Character]:
    """The character in each of its outfits; animals and robots have but one."""
    if character.kind != "human":
        return [character]
    manly = character.build.bust == 0.0
    changed = [replace(character, outfit=sample_outfit(rng, manly)) for _ in range(outfits - 1)]
    return [character, *changed]


def plan_turns(
    rng: np.random.Generator, sizes: list[int], one_offs: int
) -> list[tuple[int | None, int]]:
    """Who (None for a passer-by) has how many frames in a row, in any order."""
    turns: list[tuple[int | None, int]] = [(None, 1)] * one_offs
    for who, left in enumerate(sizes):
        while left > 0:
            turns.append((who, min(left, int(rng.integers(3, LONGEST_TURN + 1)))))
            left -= turns[-1][1]
    return [turns[place] for place in rng.permutation(len(turns))]


def draw_film(arguments: argparse.Namespace) -> None:
    """Draw all frames and write them with their labels."""
    rng = np.random.default_rng(arguments.seed)
    names = [f"character_{number:03d}" for number in range(arguments.characters)]
    cast = [dress(sample_character(rng, name), rng, arguments.outfits) for name in names]
    falling = (arguments.least / arguments.most) ** (1 / max(1, len(names) - 1))
    sizes = [round(arguments.most * falling**rank) for rank in range(len(names))]
    turns = plan_turns(rng, sizes, arguments.one_offs)
    lights = list(GRADES)
    rows = []
    scene, number = 0, 0
    while turns:
        scene += 1
        number += BETWEEN_SCENES
        light = GRADES[lights[int(rng.integers(len(lights)))]]
        queue = []
        for _ in range(int(rng.integers(1, arguments.mix + 1))):
            if turns:
                who, length = turns.pop()
                outfit = int(rng.integers(len(cast[who]))) if who is not None else 0
                passer_by = sample_character(rng, "extra") if who is None else None
                queue += [(order + rng.random(), who, outfit, passer_by) for order in range(length)]
        before: int | None = None
        for _, who, outfit, passer_by in sorted(queue, key=lambda shot: shot[0]):
            character = passer_by or cast[who][outfit]
            shot = shoot_good(character, light, rng)
            key = -1 if who is None else who
            together = before is not None and before != key and rng.random() < arguments.together
            if not together:
                number += int(rng.integers(SHORTEST_STEP, LONGEST_STEP))
            # Of two at one moment the second closes it: a third would have to differ from both.
            before = None if together else key
            layer = "character_2" if together else "character"
            stamp = f"frame{number:06d}_t{number / FRAMES_PER_SECOND:.2f}s"
            path = f"episode_001/character/scene{scene:04d}_{stamp}_{layer}.png"
            write_png(arguments.out / path, unmultiply(shot.image))
            identity = "" if who is None else names[who]
            rows.append((path, identity, shot.view, "good" if identity else "one-off", outfit))
    with (arguments.out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "identity", "view", "kind", "outfit"), *sorted(rows)])
    print(f"{len(rows)} frames of {len(names)} characters in {scene} scenes: {arguments.out}")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--characters", type=int, default=24)
    parser.add_argument("--most", type=int, default=90, help="frames of the leading character")
    parser.add_argument("--least", type=int, default=8, help="frames of the rarest one")
    parser.add_argument("--mix", type=int, default=3, help="characters of a scene at most")
    parser.add_argument("--outfits", type=int, default=1, help="outfits of each character")
    parser.add_argument("--together", type=float, default=0.3, help="share of two at one moment")
    parser.add_argument("--one-offs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    draw_film(parser.parse_args())


if __name__ == "__main__":
    main()
