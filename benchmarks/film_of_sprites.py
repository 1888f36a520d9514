"""Make a labelled film of the animated figures that a game's data package holds.

    python benchmarks/film_of_sprites.py ART OUT [--art wesnoth|widelands|folders] [--half 1|2]
                                         [--identities 40] [--most 80] [--least 8] [--mix 3]
                                         [--one-offs 60] [--height 300] [--seed 0]

ART is an unpacked package (`dpkg -x FILE.deb ART`). `wesnoth`: Debian's wesnoth-1.16-data, figures
painted pixel by pixel, an identity for each unit of people, elves, dwarves, orcs and the like.
`widelands`: Debian's widelands-data, rendered workers that walk in six directions.
`folders`: any art as IDENTITY/STRIP/*.png, a strip being pictures in the order in which they play.
unpack_dink.py and draw_avatars.mjs, beside this file, make such folders.

The halves share no identity: choose on one, report on the other. A scene holds a few characters
whose frames interleave, neighbours in time are neighbours in their animation, and every frame is
scaled, mirrored, cropped, graded and compressed by itself. Some frames are near copies of the one
before, blurred, tiny or nearly transparent. Writes frames in the layout of the cutting tools and
labels.csv (path, identity, view, kind). The same art and arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

FRAMES_PER_SECOND = 24
EPISODES = 3
BETWEEN_SCENES = 48
LONGEST_STEP = 12
LONGEST_TURN = 8
FLAWS = {"duplicate": 0.08, "blurred": 0.03, "tiny": 0.02, "transparent": 0.02}

FEWEST_PICTURES = 6
"""An identity of the cast has at least so many pictures; one of fewer may pass by."""
FOLK = ("dunefolk", "dwarves", "elves", "goblins", "human", "necromancers", "orcs", "saurians")
"""Folders of Wesnoth's units that hold people; skeletons, ghosts and beasts look too much alike."""
PLAYER_COLOUR = np.array([30, 60, 200], np.float32)
"""Blue, green, red of what is painted in the player's colour."""
VIEWS = {"n": "back", "ne": "back", "nw": "back", "e": "side", "w": "side"}


@dataclass(frozen=True)
class Strip:
    """Pictures of one figure in the order in which they are played: BGRA, uint8, and their view."""

    pictures: tuple[np.ndarray, ...]
    view: str = ""


Cast = dict[str, list[Strip]]


def read_picture(file: Path) -> np.ndarray | None:
    """BGRA, or None where nothing can be seen."""
    picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.dtype != np.uint8:
        return None
    if picture.shape[2] == 3:
        picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    return picture if (picture[..., 3] > 128).sum() > 150 else None


def sort_naturally(files: list[Path]) -> list[Path]:
    """Picture 10 after picture 9."""
    return sorted(files, key=lambda file: [
        int(part) if part.isdigit() else part for part in re.split(r"(\d+)", file.as_posix())
    ])  # fmt: skip


def gather_wesnoth(art: Path) -> Cast:
    """Each unit that has a picture of its own, and the pictures whose names begin with its name."""
    core = next(art.rglob("data/core"))
    images = core / "images" / "units"
    units = set()
    for file in core.glob("units/**/*.cfg"):
        text = file.read_text(encoding="utf-8", errors="replace")
        names = re.findall(r'^\s*image="?units/([^"~:\n]+?)\.png', text, re.MULTILINE)
        units.update(names[:1] + [name for name in names if name.endswith("+female")])
    units = {unit for unit in units if unit.partition("/")[0].startswith(FOLK)}
    found: dict[str, dict[str, list[Path]]] = {}
    for file in images.rglob("*.png"):
        name = file.relative_to(images).with_suffix("").as_posix()
        plain, is_woman = name.replace("+female", ""), "+female" in name
        owners = [
            unit for unit in units if is_woman == ("+female" in unit)
            and re.match(re.escape(unit.replace("+female", "")) + r"(-|$)", plain)
        ]  # fmt: skip
        # Who dies, dissolves in light or flies as an arrow shows no figure.
        if owners and not re.search(r"-(die|death|magic|fire|missile|light)", plain):
            action = re.sub(r"[-\d]+$", "", plain)
            found.setdefault(max(owners, key=len), {}).setdefault(action, []).append(file)
    return {unit: _read_strips(actions) for unit, actions in found.items()}


def _read_strips(actions: dict[str, list[Path]]) -> list[Strip]:
    strips = []
    for action in sorted(actions):
        pictures = [read_picture(file) for file in sort_naturally(actions[action])]
        seen = tuple(picture for picture in pictures if picture is not None)
        if seen:
            view = next((VIEWS[part] for part in action.split("-")[1:] if part in VIEWS), "front")
            strips.append(Strip(seen, view))
    return strips


def read_grids(script: str) -> dict[str, tuple[int, int]]:
    """Columns and rows of each animation in a worker's init.lua, those of idle often unlike walk's.

    Most Barbarians name the rows first; they have no part.
    """
    table = r"(\w+) = \{(?:[^{}]|\{[^{}]*\})*?\bcolumns = (\d+),\s*rows = (\d+)"
    return {name: (int(columns), int(rows)) for name, columns, rows in re.findall(table, script)}


def gather_widelands(art: Path) -> Cast:
    """Each worker that is drawn at four times the size, walking with and without a load."""
    cast: Cast = {}
    for file in sorted(art.rglob("workers/*/**/walk*_4.png")):
        walk = re.fullmatch(r"(walk(?:load)?)_([news]+)_4", file.stem)
        folder = file.parent
        scripts = [*folder.glob("init.lua"), *folder.parent.glob("init.lua")]
        grids = read_grids(scripts[0].read_text(encoding="utf-8")) if scripts else {}
        sheet, mask = read_picture(file), cv2.imread(str(file.with_name(f"{file.stem}_pc.png")), 0)
        if not walk or walk[1] not in grids or sheet is None:
            continue
        if mask is not None:
            share = (mask / 255.0)[..., None]
            sheet[..., :3] = (sheet[..., :3] * (1 - share * (1 - PLAYER_COLOUR / 255))).round()
        columns, rows = grids[walk[1]]
        height, width = sheet.shape[0] // rows, sheet.shape[1] // columns
        cells = [
            sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
            for row in range(rows) for column in range(columns)
        ]  # fmt: skip
        seen = tuple(cell for cell in cells if (cell[..., 3] > 128).any())
        name = folder.relative_to(next(p for p in folder.parents if p.name == "workers"))
        view = VIEWS.get(walk[2], "front")
        cast.setdefault(name.as_posix(), []).append(Strip(seen, view))
    return cast


def gather_folders(art: Path) -> Cast:
    """IDENTITY/STRIP/*.png."""
    return {
        identity.name: _read_strips({
            strip.name: list(strip.glob("*.png")) for strip in sorted(identity.iterdir())
        })
        for identity in sorted(art.iterdir()) if identity.is_dir()
    }  # fmt: skip


ART = {"wesnoth": gather_wesnoth, "widelands": gather_widelands, "folders": gather_folders}


def resize(picture: np.ndarray, scale: float, *, pixels: bool = False) -> np.ndarray:
    """Resize with premultiplied alpha, so that hidden colours do not bleed into the edge."""
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    way = cv2.INTER_NEAREST if pixels else cv2.INTER_LANCZOS4 if scale > 1 else cv2.INTER_AREA
    alpha = picture[..., 3:].astype(np.float32) / 255
    colours = cv2.resize(picture[..., :3] * alpha, size, interpolation=way)
    alpha = np.clip(cv2.resize(alpha, size, interpolation=way), 0, 1)[..., None]
    straight = np.where(alpha > 0.001, colours / np.maximum(alpha, 0.001), 0)
    return np.dstack([np.clip(straight, 0, 255), alpha * 255]).round().astype(np.uint8)


def cut_out(picture: np.ndarray, height: int, rng: np.random.Generator) -> np.ndarray:
    """What becomes of a figure on its way through a film and a matting tool."""
    rows, columns = np.nonzero(picture[..., 3] > 8)
    picture = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = height * rng.uniform(0.6, 1.4) / max(picture.shape[:2])
    crisp = scale > 2 and rng.random() < 0.5
    picture = resize(picture, scale, pixels=crisp)
    if crisp:
        side = int(scale * 0.6) | 1
        picture = cv2.GaussianBlur(picture, (side, side), 0)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.3:
        share = rng.uniform(0.65, 0.95)
        tall, wide = picture.shape[:2]
        edge = rng.integers(4)
        if edge < 2:
            picture = picture[: max(16, int(tall * share))]
        else:
            kept = max(16, int(wide * (0.3 + 0.7 * share)))
            picture = picture[:, :kept] if edge == 2 else picture[:, -kept:]
    graded = (picture[..., :3].astype(np.float32) - 128) * rng.uniform(0.8, 1.2) + 128
    graded += rng.uniform(-22, 22) + rng.normal(0, 4, 3)
    colours = np.clip(graded, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        colours = cv2.GaussianBlur(colours, (3, 3), 0)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 93))]
    colours = cv2.imdecode(cv2.imencode(".jpg", colours, quality)[1], cv2.IMREAD_COLOR)
    alpha = picture[..., 3].copy()
    if rng.random() < 0.5:
        alpha = cv2.GaussianBlur(alpha, (3, 3), 0)
    if rng.random() < 0.15:
        alpha = cv2.erode(alpha, np.ones((3, 3), np.uint8), iterations=int(rng.integers(1, 4)))
    margins = [int(margin) for margin in rng.integers(0, 40, 4)]
    return cv2.copyMakeBorder(np.dstack([colours, alpha]), *margins, cv2.BORDER_CONSTANT, value=0)


def spoil(picture: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A near copy, or a frame that nobody can use."""
    if kind == "blurred":
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(7, 16))
    if kind == "tiny":
        return resize(picture, int(rng.integers(10, 40)) / max(picture.shape[:2]))
    picture = picture.copy()
    if kind == "transparent":
        picture[..., 3] = (picture[..., 3] * rng.uniform(0.01, 0.08)).astype(np.uint8)
        return picture
    drift = np.array([[1, 0, rng.uniform(-1.5, 1.5)], [0, 1, rng.uniform(-1.5, 1.5)]], np.float32)
    moved = cv2.warpAffine(picture, drift, picture.shape[1::-1])
    moved[..., :3] = np.clip(moved[..., :3].astype(int) + rng.integers(-1, 2), 0, 255)
    return moved


@dataclass(frozen=True)
class Shot:
    """One frame of the film: when in its scene, and what its line of labels says."""

    when: float
    image: np.ndarray
    identity: str
    view: str
    kind: str


def shoot_turn(
    strips: list[Strip], identity: str, length: int, height: int, rng: np.random.Generator
) -> Iterator[Shot]:
    """Neighbouring pictures of one strip; nobody's flaws are of interest."""
    strip = strips[int(rng.integers(len(strips)))]
    start = int(rng.integers(len(strip.pictures)))
    last: np.ndarray | None = None
    for order in range(length):
        kind, dice = ("good" if identity else "one-off"), rng.random()
        for flaw, share in FLAWS.items() if identity else ():
            if 0 <= dice < share and (flaw != "duplicate" or last is not None):
                kind = flaw
            dice -= share
        if kind == "duplicate" and last is not None:
            image = spoil(last, kind, rng)
        else:
            image = cut_out(strip.pictures[(start + order) % len(strip.pictures)], height, rng)
            image = spoil(image, kind, rng) if kind in FLAWS else image
        if kind == "good":
            last = image
        yield Shot(order + 0.9 * rng.random(), image, identity, strip.view, kind)


def make_film(cast: Cast, passers_by: list[list[Strip]], options: argparse.Namespace) -> int:
    """Write frames and labels; returns how many frames."""
    rng = np.random.default_rng(options.seed)
    falling = (options.least / options.most) ** (1 / max(1, len(cast) - 1))
    turns: list[tuple[str, int]] = [("", 1)] * len(passers_by)
    for rank, identity in enumerate(cast):
        left = round(options.most * falling**rank)
        while left > 0:
            turns.append((identity, min(left, int(rng.integers(2, LONGEST_TURN + 1)))))
            left -= turns[-1][1]
    turns = [turns[place] for place in rng.permutation(len(turns))]
    rows, scenes, numbers = [], [0] * EPISODES, [0] * EPISODES
    while turns:
        episode = int(rng.integers(EPISODES))
        scenes[episode] += 1
        numbers[episode] += BETWEEN_SCENES
        shots: list[Shot] = []
        for identity, length in [turns.pop() for _ in turns[: int(rng.integers(options.mix)) + 1]]:
            strips = cast[identity] if identity else passers_by.pop()
            shots += shoot_turn(strips, identity, length, options.height, rng)
        for shot in sorted(shots, key=lambda shot: shot.when):
            numbers[episode] += int(rng.integers(1, LONGEST_STEP))
            number = numbers[episode]
            stamp = f"frame{number:06d}_t{number / FRAMES_PER_SECOND:.2f}s"
            folder = f"episode_{episode + 1:03d}/character"
            path = f"{folder}/scene{scenes[episode]:04d}_{stamp}_character.png"
            (options.out / folder).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(options.out / path), shot.image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
            rows.append((path, shot.identity, shot.view, shot.kind))
    with (options.out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "identity", "view", "kind"), *sorted(rows)])
    return len(rows)


def choose_cast(found: Cast, options: argparse.Namespace) -> tuple[Cast, list[list[Strip]]]:
    """Who has a part, leading characters first, and who only passes by."""
    half = {
        name: strips for name, strips in sorted(found.items())
        if options.half is None or zlib.crc32(name.encode()) % 2 == options.half - 1
    }  # fmt: skip
    rng = np.random.default_rng([options.seed, 1])
    names = [list(half)[place] for place in rng.permutation(len(half))]
    able = [
        name for name in names
        if sum(len(strip.pictures) for strip in half[name]) >= FEWEST_PICTURES
    ]  # fmt: skip
    cast = {name: half[name] for name in able[: options.identities]}
    others = [half[name] for name in names if name not in cast and half[name]]
    return cast, others[: options.one_offs]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("source", type=Path, metavar="ART")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--art", choices=list(ART), default="wesnoth")
    parser.add_argument("--half", type=int, choices=(1, 2), help="of all identities, by name")
    parser.add_argument("--identities", type=int, default=40)
    parser.add_argument("--most", type=int, default=80, help="frames of the leading character")
    parser.add_argument("--least", type=int, default=8, help="frames of the rarest one")
    parser.add_argument("--mix", type=int, default=3, help="characters of a scene at most")
    parser.add_argument("--one-offs", type=int, default=60)
    parser.add_argument("--height", type=int, default=300, help="of a figure, in pixels")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    cast, passers_by = choose_cast(ART[options.art](options.source), options)
    count = make_film(cast, passers_by, options)
    print(f"{count:,} frames of {len(cast)} characters: {options.out}")


if __name__ == "__main__":
    main()
