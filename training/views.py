"""Learn what tells a view: the head on the network's middle layers, and what frames differ in.

    python -m training.views FOLDER [--output clusterkit/views/weights]

Draws families into FOLDER, which is most of the time; what is there already is not drawn again.
Then trains the head on random cut-outs of some families, and on the whole drawings of others
measures by how much a frame's numbers differ by view from those of its character. Prints how often
the head is right on a third lot, and the digest that `clusterkit/views/knowledge.py` must name as
`WEIGHTS_DIGEST`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional

from clusterkit.encoders.base import digest_file
from clusterkit.encoders.character_network import SIZE
from clusterkit.encoders.network import load_sight
from clusterkit.views.head import describe_sides
from clusterkit.views.knowledge import WEIGHTS_FILE, ViewWeights
from clusterkit.views.meter import ViewMeter
from clusterkit.views.telling import VIEWS, compare_views, gather_numbers
from training.augment import cut_out
from training.drawing.finish import crop_tight, fit_square
from training.families import FIRST_HELD_OUT, draw_family

LEARN = (("figures", 0, 110), ("figures", 1_000, 110), ("anime", 0, 30))
"""Drawer, first family and number of families that the head learns from."""
COMPARE = (("anime", 1_000, 30),)
"""Families of which numbers are compared. The pen's, whose pictures show heads as films do."""
HELD_OUT = (("figures", FIRST_HELD_OUT + 20_000, 90),)
N_DRAWINGS = 10
CUT_OUTS = 2
"""Cut-outs of each drawing."""

HIDDEN = 32
DROPOUT = 0.5
EPOCHS = 12
BATCH = 256
RATE = 2e-3
DECAY = 1e-2
SMOOTHING = 0.05

COARSE_ODDS = 0.4
COARSE_SIDES = (22, 60)
"""Pixels of a picture that is made coarse: small sprites have no more."""


def draw_lot(folder: Path, drawer: str, first: int, count: int) -> dict[str, np.ndarray]:
    """Draw families, or read them if they were drawn before: images, views, ids."""
    path = folder / f"{drawer}-{first}-{count}.npz"
    if not path.exists():
        images, views, ids = [], [], []
        for seed in range(first, first + count):
            drawn, seen = draw_family(drawer, seed, N_DRAWINGS)
            images.append(np.concatenate(drawn))
            views.append(np.concatenate(seen))
            ids.append(np.repeat(8 * seed + np.arange(len(drawn)), N_DRAWINGS))
        unfinished = folder / f".{path.name}"
        np.savez(unfinished, images=np.concatenate(images), views=np.concatenate(views),
                 ids=np.concatenate(ids))  # fmt: skip
        unfinished.rename(path)
        print(f"{path.name}: drawn", flush=True)
    with np.load(path) as lot:
        return {name: lot[name] for name in lot.files}


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


def describe_cut_outs(images: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
    """Features of one random cut-out of each drawing, (n, n_features)."""
    sight = load_sight()
    parts = []
    for start in range(0, len(images), BATCH):
        cut_outs = []
        for image in images[start : start + BATCH]:
            picture = cut_out(image, SIZE, rng, images[int(rng.integers(len(images)))])
            is_coarse = rng.random() < COARSE_ODDS
            cut_outs.append(make_coarse(picture, rng) if is_coarse else picture)
        parts.append(describe_sides(*sight.look(np.stack(cut_outs))))
    return torch.cat(parts)


def number_views(views: np.ndarray) -> torch.Tensor:
    """Views as numbers in the order of `VIEWS`."""
    return torch.tensor([VIEWS.index(view) for view in views.tolist()])


def train_head(features: torch.Tensor, views: torch.Tensor) -> nn.Sequential:
    """Train hidden and output layer; the features' scale is folded into the hidden one."""
    torch.manual_seed(0)
    mean, spread = features.mean(0), features.std(0) + 0.01
    scaled = (features - mean) / spread
    hidden, output = nn.Linear(features.shape[1], HIDDEN), nn.Linear(HIDDEN, len(VIEWS))
    network = nn.Sequential(nn.Dropout(DROPOUT), hidden, nn.ReLU(), nn.Dropout(DROPOUT), output)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(views) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1)
    weights = len(views) / torch.bincount(views, minlength=len(VIEWS)) / len(VIEWS)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(views)).split(BATCH):
            loss = functional.cross_entropy(
                network(scaled[rows]), views[rows], weight=weights, label_smoothing=SMOOTHING
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        hidden.weight /= spread
        hidden.bias -= hidden.weight @ mean
    return network.eval()


def learn_views(folder: Path) -> ViewWeights:
    """Do everything; prints how right the head is on families it did not see."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    lots = [draw_lot(folder, *lot) for lot in LEARN]
    images = np.concatenate([lot["images"] for lot in lots])
    views = number_views(np.concatenate([lot["views"] for lot in lots]))
    features = torch.cat([describe_cut_outs(images, rng) for _ in range(CUT_OUTS)])
    print(f"{len(features):,} cut-outs of {len(images):,} drawings", flush=True)
    head = train_head(features, views.repeat(CUT_OUTS))
    parts = [head[1].weight, head[1].bias, head[4].weight, head[4].bias]
    # As they will be in the file, so that what is measured next is what will run.
    arrays = [part.detach().half().float().numpy() for part in parts]
    unknown = np.zeros((len(VIEWS), 1), np.float32)
    meter = ViewMeter(ViewWeights(*arrays, unknown, unknown[0]))

    for lot in HELD_OUT:
        drawn = draw_lot(folder, *lot)
        with torch.inference_mode():
            found = head(describe_cut_outs(drawn["images"], rng)).argmax(1)
        real = number_views(drawn["views"])
        shares = [f"{view} {(found[real == at] == at).float().mean():.3f}"
                  for at, view in enumerate(VIEWS)]  # fmt: skip
        print(f"head alone, {lot[0]} held out: {', '.join(shares)}", flush=True)

    compared = [draw_lot(folder, *lot) for lot in COMPARE]
    squares = [fit_square(crop_tight(image), SIZE) for lot in compared for image in lot["images"]]
    measured = np.concatenate([
        meter.encode(np.stack(squares[start : start + BATCH]))
        for start in range(0, len(squares), BATCH)
    ])  # fmt: skip
    ids = np.unique(np.concatenate([lot["ids"] for lot in compared]), return_inverse=True)[1]
    real = number_views(np.concatenate([lot["views"] for lot in compared])).numpy()
    shift, spread = compare_views(gather_numbers(measured), ids, real)
    return ViewWeights(*arrays, shift, spread)


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
    print(f"{path}: {path.stat().st_size:,} bytes\n{digest_file(path)}")


if __name__ == "__main__":
    main()
