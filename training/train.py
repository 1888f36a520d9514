"""Train the network on the shards that there are, reading new ones as they are drawn.

    python -m training.train SHARDS RUN --minutes 90
    python -m training.train SHARDS RUN --minutes 90 --resume     go on after a kill or a pause

RUN is a folder: `checkpoint.pt` (everything, to go on from), `network.pt` (the averaged weights)
and `log.csv`. The learning rate follows a cosine over the minutes; whoever goes on with more
minutes stretches it.

The loss is supervised contrastive (Khosla et al., NeurIPS 2020) with every positive pair held
against the negatives alone (Yeh et al., "Decoupled contrastive learning", ECCV 2022). A queue of
earlier embeddings adds negatives (He et al., "MoCo", CVPR 2020). What is kept is an exponential
average of the weights. The first part of the time is spent on smaller pictures (progressive
resizing; Touvron et al., NeurIPS 2019, on why the last part is not).
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from clusterkit.encoders.character_network import SIZE, CharacterNetwork, to_input
from training.augment import cut_out_all
from training.shards import Library

REPORT_SECONDS = 30.0
WARM_UP_STEPS = 80
WEIGHT_DECAY = 0.03
LARGEST_GRADIENT = 5.0
LAST_RATE = 0.003
"""Least learning rate as a part of the highest."""


@dataclass(frozen=True)
class Recipe:
    """What a training run is decided by."""

    minutes: float = 90.0
    rate: float = 1e-3
    temperature: float = 0.1
    n_identities: int = 56
    n_views: int = 4
    queue: int = 1600
    averaging: float = 0.998
    widths: tuple[int, int, int] = (64, 120, 208)
    mix: str = "figures=0.6,anime=0.4"
    seed: int = 0
    bfloat16: bool = True
    coarse_until: float = 0.45
    """Share of the time trained on smaller pictures, which takes half as long a step."""
    coarse_size: int = 64

    def parse_mix(self) -> dict[str, float]:
        """Share of families by drawer."""
        pairs = (pair.split("=") for pair in self.mix.split(","))
        return {name: float(share) for name, share in pairs}


class Trainer:
    """The state of a run: weights, their average, the optimizer, the queue.

    Parameters
    ----------
    recipe : Recipe
    """

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.network = CharacterNetwork(recipe.widths).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        matrices = [weight for weight in self.network.parameters() if weight.ndim > 1]
        vectors = [weight for weight in self.network.parameters() if weight.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": WEIGHT_DECAY},
             {"params": vectors, "weight_decay": 0.0}], lr=recipe.rate, betas=(0.9, 0.98),
        )  # fmt: skip
        self.rng = np.random.default_rng(recipe.seed)
        self.queue = torch.zeros(0, self.network.project.out_features)
        self.queue_labels = torch.zeros(0, dtype=torch.long)
        self.step, self.seconds = 0, 0.0

    def train_batch(self, drawings: np.ndarray, identities: np.ndarray) -> tuple[float, float]:
        """Make one step; returns the loss and the share of right nearest neighbours."""
        progress = min(1.0, self.seconds / (self.recipe.minutes * 60))
        size = SIZE if progress >= self.recipe.coarse_until else self.recipe.coarse_size
        squares = torch.from_numpy(cut_out_all(drawings, size, self.rng))
        labels = torch.from_numpy(identities)
        cosine = max(LAST_RATE, 0.5 * (1 + math.cos(math.pi * progress)))
        rate = self.recipe.rate * min(1.0, (self.step + 1) / WARM_UP_STEPS) * cosine
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        pixels = to_input(squares.permute(0, 3, 1, 2).float() / 255)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.bfloat16):
            vectors = self.network(pixels)
        loss = compute_loss(vectors, labels, self.queue, self.queue_labels, self.recipe.temperature)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.optimizer.step()
        self.step += 1
        with torch.no_grad():
            self._average_weights()
            self.queue = torch.cat([vectors.detach(), self.queue])[: self.recipe.queue]
            self.queue_labels = torch.cat([labels, self.queue_labels])[: self.recipe.queue]
            nearest = (vectors @ vectors.T).fill_diagonal_(-1).argmax(1)
            right = float((labels[nearest] == labels).float().mean())
        return float(loss), right

    def _average_weights(self) -> None:
        keep = min(self.recipe.averaging, self.step / (self.step + 20))
        for ours, theirs in zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if ours.is_floating_point():
                ours.lerp_(theirs, 1 - keep)
            else:
                ours.copy_(theirs)

    def save(self, folder: Path) -> None:
        """Write the checkpoint and the averaged weights, each whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(), "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(), "queue": self.queue,
            "queue_labels": self.queue_labels, "step": self.step, "seconds": self.seconds,
            "widths": self.recipe.widths,
        }  # fmt: skip
        _save_whole(state, folder / "checkpoint.pt")
        _save_whole(self.average.state_dict(), folder / "network.pt")

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(folder / "checkpoint.pt", weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.queue, self.queue_labels = state["queue"], state["queue_labels"]
        self.step, self.seconds = state["step"], state["seconds"]
        self.rng = np.random.default_rng([self.recipe.seed, self.step])


def _save_whole(state: Any, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    torch.save(state, unfinished)
    unfinished.replace(path)


def compute_loss(
    vectors: torch.Tensor, labels: torch.Tensor, queue: torch.Tensor, queue_labels: torch.Tensor,
    temperature: float,
) -> torch.Tensor:  # fmt: skip
    """Contrast every pair of one identity in the batch with all negatives, the queue's included.

    Parameters
    ----------
    vectors : Tensor, shape (n, dimensions)
        Unit rows.
    labels : Tensor, shape (n,)
    queue : Tensor, shape (m, dimensions)
        Embeddings of earlier batches; only those of other identities count.
    queue_labels : Tensor, shape (m,)
    temperature : float
    """
    # Unit rows: a cosine is at most 1, and taking that off keeps the exponentials below 1.
    logits = (vectors @ torch.cat([vectors, queue]).T - 1) / temperature
    same = labels[:, None] == torch.cat([labels, queue_labels])[None]
    negatives = (torch.exp(logits) * ~same).sum(1, keepdim=True)
    n = len(labels)
    pairs = same[:, :n] & ~torch.eye(n, dtype=torch.bool)
    near = logits[:, :n]
    log_share = near - torch.log(torch.exp(near) + negatives)
    return (-(log_share * pairs).sum(1) / pairs.sum(1).clamp(min=1)).mean()


def train(shards: Path, folder: Path, recipe: Recipe, *, resume: bool = False) -> Trainer:
    """Train until the recipe's minutes are over; saves every half minute.

    Raises
    ------
    SystemExit
        There is no shard to train on.
    """
    trainer = Trainer(recipe)
    if resume:
        trainer.load(folder)
    library = Library(shards, recipe.parse_mix())
    n_identities = library.refresh()
    if not n_identities:
        raise SystemExit(f"{shards} holds no shard: draw some with python -m training.render")
    recent: list[tuple[float, float]] = []
    reported = last = time.monotonic()
    while trainer.seconds < recipe.minutes * 60:
        recent.append(
            trainer.train_batch(*library.sample(trainer.rng, recipe.n_identities, recipe.n_views))
        )
        now = time.monotonic()
        trainer.seconds += now - last
        last = now
        if now - reported > REPORT_SECONDS:
            reported = now
            trainer.save(folder)
            _report(folder, trainer, recent, n_identities)
            recent.clear()
            n_identities = library.refresh()
    trainer.save(folder)
    return trainer


def _report(
    folder: Path, trainer: Trainer, recent: list[tuple[float, float]], n_identities: int
) -> None:
    loss, right = np.mean(recent, 0)
    views = trainer.step * trainer.recipe.n_identities * trainer.recipe.n_views
    row = {
        "minutes": round(trainer.seconds / 60, 1), "step": trainer.step, "views": views,
        "identities": n_identities, "loss": round(float(loss), 4), "right": round(float(right), 4),
        "rate": f"{trainer.optimizer.param_groups[0]['lr']:.2e}",
    }  # fmt: skip
    log = folder / "log.csv"
    is_new = not log.exists()
    with log.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)
    print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)


def main() -> None:
    """Run the command."""
    defaults = Recipe()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", type=Path, metavar="SHARDS")
    parser.add_argument("folder", type=Path, metavar="RUN")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    for name in ("minutes", "rate", "temperature", "averaging", "coarse_until"):
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=float, default=getattr(defaults, name)
        )
    for name in ("n_identities", "n_views", "queue", "seed"):
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=int, default=getattr(defaults, name)
        )
    parser.add_argument("--mix", default=defaults.mix, help="share of families by drawer")
    parser.add_argument("--float32", dest="bfloat16", action="store_false")
    options = vars(parser.parse_args())
    torch.set_num_threads(options.pop("threads"))
    cv2.setNumThreads(1)
    shards, folder, resume = (options.pop(name) for name in ("shards", "folder", "resume"))
    train(shards, folder, Recipe(**options), resume=resume)


if __name__ == "__main__":
    main()
