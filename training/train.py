"""Train the network on the shards that there are, reading new ones as they are drawn.

    python -m training.train SHARDS RUN --steps 4300
    python -m training.train SHARDS RUN --steps 4300 --resume     go on after a kill or a pause
    python -m training.train SHARDS RUN --steps 1500 --from clusterkit/encoders/weights/NAME

RUN is a folder: `checkpoint.pt` (everything, to go on from), `network.pt` (the averaged weights)
and `log.csv`. The learning rate follows a cosine over the steps; whoever goes on with more steps
stretches it. Seed, steps and shards decide a run: one that was killed goes on with the batches that
it would have seen, and a busy machine only takes longer. `--from` starts at weights that
`training.export` wrote instead of at random ones, more gently (`FINE_TUNING`).

The loss is supervised contrastive (Khosla et al., NeurIPS 2020) with every positive pair held
against the negatives alone (Yeh et al., "Decoupled contrastive learning", ECCV 2022). A queue of
earlier embeddings can add negatives (He et al., "MoCo", CVPR 2020), but they are of weights that
have moved on, and cost far more than they bring. What is kept is an exponential average of the
weights. The first part of the time is spent on smaller pictures (progressive resizing; Touvron et
al., NeurIPS 2019, on why the last part is not).
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import time
from argparse import SUPPRESS
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from clusterkit.encoders.character_network import PARTS, SIZE, CharacterNetwork, to_input
from clusterkit.encoders.clip import choose_precision
from training.augment import cut_out_all
from training.recolour import recolour
from training.restyle import restyle
from training.shards import Library

WARM_UP_STEPS = 80
WEIGHT_DECAY = 0.03
LARGEST_GRADIENT = 5.0
PARTS_OF_NETWORK = ("alpha", "bands", "maximum")
"""What a run can be tried without: the fourth channel, the means over bands, the maximum."""
LAST_RATE = 0.003
"""Least learning rate as a part of the highest."""


@dataclass(frozen=True)
class Recipe:
    """What a training run is decided by."""

    steps: int = 4300
    rate: float = 1e-3
    temperature: float = 0.1
    n_identities: int = 56
    n_views: int = 4
    queue: int = 0
    """Earlier embeddings that add negatives; see RESULTS.md before asking for any."""
    averaging: float = 0.998
    widths: tuple[int, int, int] = (64, 120, 208)
    mix: str = "figures=0.6,anime=0.4"
    seed: int = 0
    bfloat16: bool = field(default_factory=lambda: choose_precision("cpu") == "bfloat16")
    """Half precision where the processor has it: elsewhere a step takes eight times as long."""
    coarse_until: float = 0.45
    """Share of the steps made on smaller pictures, which take half as long."""
    coarse_size: int = 64
    save_every: int = 25
    """Steps between two checkpoints, lines of the log and looks for new shards."""
    siblings: bool = True
    """Whether those who could be taken for each other stand in one batch."""
    only_people: bool = False
    """Whether beasts, creatures, cats and robots are left out."""
    recolour: bool = True
    """Whether families come in other colours, too."""
    restyle: bool = True
    """Whether batches come in other techniques, too."""
    without: tuple[str, ...] = ()
    """Parts of the network that are silent, to see what they are worth; see `PARTS_OF_NETWORK`."""

    def parse_mix(self) -> dict[str, float]:
        """Share of families by drawer."""
        pairs = (pair.split("=") for pair in self.mix.split(","))
        return {name: float(share) for name, share in pairs}


FINE_TUNING = {"rate": 3e-4, "coarse_until": 0.0}
"""What is other than in a `Recipe` when a run starts at trained weights, unless it is said.

Lower steps keep what is there; coarse pictures helped to find it."""


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
        silence(self.network, recipe.without)
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
        progress = min(1.0, self.step / self.recipe.steps)
        size = SIZE if progress >= self.recipe.coarse_until else self.recipe.coarse_size
        if self.recipe.recolour:
            drawings = recolour(drawings, identities, self.rng)
        if self.recipe.restyle:
            drawings = restyle(drawings, self.rng)
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
        silence(self.network, self.recipe.without)
        self.step += 1
        with torch.no_grad():
            self._average_weights()
            self.queue = torch.cat([vectors.detach(), self.queue])[: self.recipe.queue]
            self.queue_labels = torch.cat([labels, self.queue_labels])[: self.recipe.queue]
            nearest = (vectors @ vectors.T).fill_diagonal_(-1).argmax(1)
            right = float((labels[nearest] == labels).float().mean())
        return float(loss.detach()), right

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
            "draws": self.rng.bit_generator.state, "dropout": torch.get_rng_state(),
        }  # fmt: skip
        _save_whole(state, folder / "checkpoint.pt")
        _save_whole(self.average.state_dict(), folder / "network.pt")

    def start_from(self, weights: Path) -> None:
        """Take the weights, and the averages of the normalisation, that an export holds.

        Raises
        ------
        SystemExit
            The file cannot be read, or is of another network.
        """
        try:
            state = load_file(weights)
        except (OSError, SafetensorError) as error:
            raise SystemExit(f"{weights} cannot be read as exported weights: {error}") from None
        for network in (self.network, self.average):
            try:
                network.load_state_dict(state)  # in the precision of what is there
            except RuntimeError:
                raise SystemExit(f"{weights} is of another network") from None
            silence(network, self.recipe.without)

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint as if nothing had happened.

        Raises
        ------
        SystemExit
            There is no checkpoint, or it is of another network.
        """
        if not (folder / "checkpoint.pt").exists():
            raise SystemExit(f"{folder} holds no checkpoint.pt to go on from: leave out --resume")
        state = torch.load(folder / "checkpoint.pt", weights_only=True)
        try:
            self.network.load_state_dict(state["network"])
        except RuntimeError:
            raise SystemExit(f"{folder}/checkpoint.pt is of a network of other widths") from None
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.queue, self.queue_labels = state["queue"], state["queue_labels"]
        self.step, self.seconds = state["step"], state["seconds"]
        self.rng.bit_generator.state = state["draws"]
        torch.set_rng_state(state["dropout"])


def _save_whole(state: Any, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    torch.save(state, unfinished)
    unfinished.replace(path)


def silence(network: CharacterNetwork, parts: tuple[str, ...]) -> None:
    """Zero the weights that parts of the network speak by; what is left keeps its shape.

    Parameters
    ----------
    network : CharacterNetwork
    parts : tuple of str
        Any of `PARTS_OF_NETWORK`.
    """
    if not parts:
        return
    stages = network.low_summary[0], network.middle[0][0], network.high[0][0]
    pools = torch.cat([
        torch.arange(PARTS + 2).repeat_interleave(stage.out_channels) for stage in stages
    ])  # fmt: skip
    silent = torch.zeros(len(pools), dtype=torch.bool)
    for part in parts:
        if part == "alpha":
            network.stem[0].weight.data[:, 3] = 0
        else:
            silent |= (pools == PARTS + 1) if part == "maximum" else (pools > 0) & (pools <= PARTS)
    network.norm.weight.data[silent] = 0
    network.norm.bias.data[silent] = 0


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


def train(
    shards: Path, folder: Path, recipe: Recipe, *, resume: bool = False, start: Path | None = None
) -> Trainer:
    """Train until the recipe's steps are made; saves, and looks for new shards, every few.

    Parameters
    ----------
    shards, folder : Path
    recipe : Recipe
    resume : bool
        Go on from the checkpoint in `folder`.
    start : Path, optional
        Exported weights to start at; a checkpoint to resume from has its own.

    Raises
    ------
    SystemExit
        There is no shard to train on, a run to overwrite, or none to go on from.
    """
    if not resume and (folder / "checkpoint.pt").exists():
        raise SystemExit(f"{folder} holds a run already: go on with --resume, or name another")
    trainer = Trainer(recipe)
    if resume:
        trainer.load(folder)
    elif start is not None:
        trainer.start_from(start)
    library = Library(
        shards, recipe.parse_mix(), siblings=recipe.siblings, only_people=recipe.only_people
    )
    recent: list[tuple[float, float]] = []
    last = time.monotonic()
    while trainer.step < recipe.steps:
        if not recent and not library.refresh():
            raise SystemExit(f"{shards} holds no shard: draw some with python -m training.render")
        recent.append(
            trainer.train_batch(*library.sample(trainer.rng, recipe.n_identities, recipe.n_views))
        )
        now = time.monotonic()
        trainer.seconds += now - last
        last = now
        if trainer.step % recipe.save_every == 0 or trainer.step == recipe.steps:
            trainer.save(folder)
            _report(folder, trainer, recent, len(library))
            recent.clear()
    return trainer


def _report(
    folder: Path, trainer: Trainer, recent: list[tuple[float, float]], n_identities: int
) -> None:
    loss, right = np.mean(recent, 0)
    views = trainer.step * trainer.recipe.n_identities * trainer.recipe.n_views
    row = {
        "step": trainer.step, "minutes": round(trainer.seconds / 60, 1), "views": views,
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", type=Path, metavar="SHARDS")
    parser.add_argument("folder", type=Path, metavar="RUN")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--from", dest="start", type=Path, metavar="WEIGHTS",
                        help="exported weights to start at")  # fmt: skip
    for name in ("rate", "temperature", "averaging", "coarse_until"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=SUPPRESS)
    for name in ("steps", "n_identities", "n_views", "queue", "seed", "save_every"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=SUPPRESS)
    parser.add_argument("--mix", default=SUPPRESS, help="share of families by drawer")
    parser.add_argument("--no-siblings", dest="siblings", action="store_false",
                        default=SUPPRESS, help="only the first of each family")  # fmt: skip
    parser.add_argument("--only-people", action="store_true", default=SUPPRESS,
                        help="no beasts, creatures, cats and robots")  # fmt: skip
    parser.add_argument("--no-recolour", dest="recolour", action="store_false",
                        default=SUPPRESS, help="families as they were drawn")  # fmt: skip
    parser.add_argument("--no-restyle", dest="restyle", action="store_false",
                        default=SUPPRESS, help="no pixel art, no paint")  # fmt: skip
    parser.add_argument("--without", nargs="*", choices=PARTS_OF_NETWORK, default=SUPPRESS,
                        help="parts of the network that are silent")  # fmt: skip
    parser.add_argument("--float32", dest="bfloat16", action="store_false",
                        default=SUPPRESS)  # fmt: skip
    options = vars(parser.parse_args())
    torch.set_num_threads(options.pop("threads"))
    cv2.setNumThreads(1)
    shards, folder, resume, start = (
        options.pop(name) for name in ("shards", "folder", "resume", "start")
    )
    recipe = Recipe(**(FINE_TUNING if start else {}) | options)
    train(shards, folder, recipe, resume=resume, start=start)


if __name__ == "__main__":
    main()
