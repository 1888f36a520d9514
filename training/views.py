"""Learn what tells a view: two heads on the network's middle layers, and what frames differ in.

    python -m training.views FOLDER [--output clusterkit/views/weights]

Draws families into FOLDER, which is most of the time; what is there already is not drawn again.
Then trains the heads on random cut-outs of most families (`training/view_heads.py`), and on the
whole drawings of others measures by how much a frame's numbers differ by view from those of its
character. Prints how often each head is right on a third lot, and the digests that
`clusterkit/views/knowledge.py` must name as `WEIGHTS_DIGEST` and `LEARNT_ON`: this must run again
whenever the character network is another one.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from safetensors.numpy import save_file

from clusterkit.encoders.base import digest_file
from clusterkit.encoders.character_network import SIZE
from clusterkit.encoders.network import WEIGHTS_DIGEST as NETWORK_DIGEST
from clusterkit.encoders.network import load_sight
from clusterkit.views.head import describe_cells, describe_sides
from clusterkit.views.judging import judge_sides
from clusterkit.views.knowledge import WEIGHTS_FILE, ViewWeights
from clusterkit.views.meter import ViewMeter
from clusterkit.views.symmetry import SYMMETRY_NAMES
from clusterkit.views.telling import VIEWS, compare_views, gather_numbers
from training.augment import cut_out
from training.drawing.finish import crop_tight, fit_square
from training.families import FIRST_HELD_OUT, draw_family
from training.view_heads import BATCH, BesideHead, train_alone, train_beside


class Lot(NamedTuple):
    """Families to draw: by whom, the first one's seed, how many, and drawings of each identity."""

    drawer: str
    first: int
    count: int
    drawings: int


class Cuts(NamedTuple):
    """Cut-outs as each head hears them, (n, n_features); their views and identities, (n,)."""

    sides: torch.Tensor
    cells: torch.Tensor
    views: torch.Tensor
    ids: np.ndarray


LEARN = (Lot("figures", 0, 110, 10), Lot("figures", 1_000, 110, 10), Lot("anime", 0, 30, 10))
"""What the head that judges a frame alone learns from."""
LEARN_MORE = (
    *(Lot("figures", first, 400, 4) for first in range(300_000, 304_000, 1_000)),
    Lot("anime", 300_000, 100, 4),
)
"""What the head that hears frames beside others learns from besides: it is identities that it needs
many of, and four drawings of one say how they differ."""
COMPARE = Lot("anime", 1_000, 30, 10)
"""Families of which numbers are compared. The pen's, whose pictures show heads as films do."""
HELD_OUT = Lot("figures", FIRST_HELD_OUT + 20_000, 90, 10)
CUT_OUTS = 2
"""Cut-outs of each drawing."""

COARSE_ODDS = 0.4
COARSE_SIDES = (22, 60)
"""Pixels of a picture that is made coarse: small sprites have no more."""


def draw_lot(folder: Path, lot: Lot) -> dict[str, np.ndarray]:
    """Draw families, or read them if they were drawn before: images, views, ids."""
    path = folder / f"{lot.drawer}-{lot.first}-{lot.count}x{lot.drawings}.npz"
    if not path.exists():
        images, views, ids = [], [], []
        for seed in range(lot.first, lot.first + lot.count):
            drawn, seen = draw_family(lot.drawer, seed, lot.drawings)
            images.append(np.concatenate(drawn))
            views.append(np.concatenate(seen))
            ids.append(np.repeat(8 * seed + np.arange(len(drawn)), lot.drawings))
        unfinished = folder / f".{path.name}"
        np.savez(unfinished, images=np.concatenate(images), views=np.concatenate(views),
                 ids=np.concatenate(ids))  # fmt: skip
        unfinished.rename(path)
        print(f"{path.name}: drawn", flush=True)
    with np.load(path) as drawn:
        return {name: drawn[name] for name in drawn.files}


def make_coarse(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Few pixels and few colours, enlarged as carelessly as sprites are; (size, size, 4), uint8."""
    size, side = len(picture), int(rng.integers(*COARSE_SIDES))
    way = cv2.INTER_AREA if rng.random() < 0.7 else cv2.INTER_NEAREST
    small = cv2.resize(picture, (side, side), interpolation=way).astype(np.float32)
    if rng.random() < 0.7:
        solid = (small[..., 3:] > 110).astype(np.float32)
        colour = np.clip(small[..., :3] * (255 / np.maximum(small[..., 3:], 60)), 0, 255)
        if rng.random() < 0.6:
            step = rng.uniform(12, 48)
            colour = np.round(colour / step) * step
        if rng.random() < 0.4:
            colour += (colour - cv2.blur(colour, (3, 3))) * rng.uniform(0.3, 1.2)
        small = np.dstack([np.clip(colour, 0, 255) * solid, solid * 255])
    way = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(3))]
    large = cv2.resize(small.astype(np.uint8), (size, size), interpolation=way)
    if rng.random() < 0.4:
        large = cv2.GaussianBlur(large, (0, 0), rng.uniform(0.4, 1.4))
    return np.dstack([np.minimum(large[..., :3], large[..., 3:]), large[..., 3]])


def describe_cut_outs(
    images: np.ndarray, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """`describe_sides` and `describe_cells` of one random cut-out of each drawing."""
    sight = load_sight()
    sides, cells = [], []
    for start in range(0, len(images), BATCH):
        cut_outs = []
        for image in images[start : start + BATCH]:
            picture = cut_out(image, SIZE, rng, images[int(rng.integers(len(images)))])
            is_coarse = rng.random() < COARSE_ODDS
            cut_outs.append(make_coarse(picture, rng) if is_coarse else picture)
        pictures = np.stack(cut_outs)
        sides.append(sight.summarize(pictures, describe_sides))
        cells.append(sight.summarize(pictures, describe_cells))
    return torch.cat(sides), torch.cat(cells)


def number_views(views: np.ndarray) -> torch.Tensor:
    """Views as numbers in the order of `VIEWS`."""
    return torch.tensor([VIEWS.index(view) for view in views.tolist()])


def cut_lots(folder: Path, lots: tuple[Lot, ...], times: int, rng: np.random.Generator) -> Cuts:
    """Cut every drawing of some lots out several times."""
    drawn = [draw_lot(folder, lot) for lot in lots]
    images = np.concatenate([lot["images"] for lot in drawn])
    views = number_views(np.concatenate([lot["views"] for lot in drawn]))
    # Two drawers may have drawn families of the same seeds.
    ids = np.concatenate([len(drawn) * lot["ids"] + place for place, lot in enumerate(drawn)])
    described = [describe_cut_outs(images, rng) for _ in range(times)]
    sides, cells = map(torch.cat, zip(*described, strict=True))
    return Cuts(sides, cells, views.repeat(times), np.tile(ids, times))


def learn_views(folder: Path) -> ViewWeights:
    """Do everything; prints how right the heads are on families they did not see."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    first = cut_lots(folder, LEARN, CUT_OUTS, rng)
    alone = train_alone(first.sides, first.views)
    more = [cut_lots(folder, (lot,), CUT_OUTS, rng) for lot in LEARN_MORE]
    parts = [first, *more]
    ids = np.concatenate([len(parts) * part.ids + place for place, part in enumerate(parts)])
    cells = torch.cat([part.cells for part in parts])
    views = torch.cat([part.views for part in parts])
    beside = train_beside(cells, views, ids)
    print(f"{len(cells):,} cut-outs of {len(np.unique(ids)):,} identities", flush=True)

    held_out = cut_lots(folder, (HELD_OUT,), 1, rng)
    own = torch.from_numpy(np.unique(held_out.ids, return_inverse=True)[1])
    with torch.inference_mode():
        told = {"alone": alone(held_out.sides), "beside": beside(held_out.cells, own)}
    for name, logits in told.items():
        shares = [f"{view} {(logits.argmax(1)[held_out.views == at] == at).float().mean():.3f}"
                  for at, view in enumerate(VIEWS)]  # fmt: skip
        print(f"{name}, on figures held out: {', '.join(shares)}", flush=True)

    arrays = export_heads(alone, beside)
    unknown = np.zeros((len(VIEWS), 1), np.float32)
    weights = ViewWeights(*arrays, unknown, unknown[0])
    return ViewWeights(*arrays, *compare_lot(draw_lot(folder, COMPARE), weights))


def export_heads(alone: torch.nn.Sequential, beside: BesideHead) -> list[np.ndarray]:
    """Weights and biases in the order of `ViewWeights`, rounded as they will be in the file."""
    layers = (alone[1], alone[4], beside.reduce, beside.beside, beside.verdict)
    return [part.detach().half().float().numpy()
            for layer in layers for part in (layer.weight, layer.bias)]  # fmt: skip


def compare_lot(lot: dict[str, np.ndarray], weights: ViewWeights) -> tuple[np.ndarray, np.ndarray]:
    """Shift and spread of `ViewWeights`, from whole drawings as they will be measured."""
    squares = [fit_square(crop_tight(image), SIZE) for image in lot["images"]]
    meter = ViewMeter(weights)
    measured = np.concatenate([
        meter.encode(np.stack(squares[start : start + BATCH]))
        for start in range(0, len(squares), BATCH)
    ])  # fmt: skip
    own = np.unique(lot["ids"], return_inverse=True)[1]
    symmetry, seen = np.split(measured, [len(SYMMETRY_NAMES)], axis=1)
    numbers = gather_numbers(symmetry, judge_sides(seen, own, weights))
    return compare_views(numbers, own, number_views(lot["views"]).numpy())


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=WEIGHTS_FILE.parent)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    learnt = learn_views(options.folder)
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / WEIGHTS_FILE.name
    save_file({name: np.ascontiguousarray(array.astype(np.float16))
               for name, array in vars(learnt).items()}, path)  # fmt: skip
    print(f"{path}: {path.stat().st_size:,} bytes")
    print(f"WEIGHTS_DIGEST {digest_file(path)}\nLEARNT_ON {NETWORK_DIGEST}")


if __name__ == "__main__":
    main()
