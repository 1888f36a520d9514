"""The two heads that judge views, and how they are taught.

One judges a frame alone. The other also hears how a frame differs from the mean of its character.
It is taught on companies of drawings of one identity, some of them seen from one side only: there
such a mean says nothing, and must not be listened to.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from clusterkit.views.telling import VIEWS

ALONE = 32
"""Hidden numbers of the head that judges a frame alone."""
NUMBERS, BESIDE = 48, 64
"""Numbers kept of a frame to be held against others, and hidden ones of the head that does."""
DROPOUT, LATE_DROPOUT = 0.5, 0.3
EPOCHS = 12
BATCH = 256
RATE = 2e-3
DECAY = 1e-2
SMOOTHING = 0.05

COMPANIES = 64
"""Identities of a batch."""
ONE_SIDED, STRAYS = 0.3, 0.1
"""How often an identity is seen from one side, and how many of its other drawings are then left."""
FEWER, FEWEST = 0.6, 4
"""How often only some of its drawings are taken otherwise, and the fewest of them."""
DEAFNESS = 0.3
"""How often a company is heard without what its frames show by themselves: art differs more in that
than in how views differ."""


class BesideHead(nn.Module):
    """From features of frames to logits of `VIEWS`, in the company of their identity.

    Parameters
    ----------
    mean, spread : Tensor, shape (n_features,)
        Of features, to scale them by.
    """

    def __init__(self, mean: torch.Tensor, spread: torch.Tensor) -> None:
        super().__init__()
        self.mean, self.spread = mean, spread
        self.reduce = nn.Linear(len(mean), NUMBERS)
        self.beside = nn.Linear(2 * NUMBERS, BESIDE)
        self.verdict = nn.Linear(BESIDE, len(VIEWS))

    def forward(self, features: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """Judge frames of the identities `own`, (n,), 0 and up, none left out."""
        scaled = (features - self.mean) / self.spread
        numbers = self.reduce(functional.dropout(scaled, DROPOUT, self.training))
        counts = torch.bincount(own)
        sums = torch.zeros(len(counts), NUMBERS).index_add(0, own, numbers)
        apart = numbers - (sums / counts[:, None])[own]
        if self.training:
            numbers = numbers * (torch.rand(len(counts)) > DEAFNESS)[own, None]
        hidden = functional.relu(self.beside(torch.cat([numbers, apart], 1)))
        verdict: torch.Tensor = self.verdict(
            functional.dropout(hidden, LATE_DROPOUT, self.training)
        )
        return verdict

    def fold_scale(self) -> None:
        """Let the first layer do the scaling, as it must in the package."""
        with torch.no_grad():
            self.reduce.weight /= self.spread
            self.reduce.bias -= self.reduce.weight @ self.mean
        self.mean, self.spread = torch.zeros_like(self.mean), torch.ones_like(self.spread)


def train_alone(features: torch.Tensor, views: torch.Tensor) -> nn.Sequential:
    """Train hidden and output layer; the features' scale is folded into the hidden one."""
    torch.manual_seed(0)
    mean, spread = _measure_scale(features)
    scaled = (features - mean) / spread
    hidden, output = nn.Linear(features.shape[1], ALONE), nn.Linear(ALONE, len(VIEWS))
    network = nn.Sequential(nn.Dropout(DROPOUT), hidden, nn.ReLU(), nn.Dropout(DROPOUT), output)
    descent = _Descent(network, views, EPOCHS * -(-len(views) // BATCH))
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(views)).split(BATCH):
            descent.step(network(scaled[rows]), views[rows])
    with torch.no_grad():
        hidden.weight /= spread
        hidden.bias -= hidden.weight @ mean
    return network.eval()


def train_beside(features: torch.Tensor, views: torch.Tensor, ids: np.ndarray) -> BesideHead:
    """Train the head that hears a frame beside the others of its identity.

    Parameters
    ----------
    features : Tensor, shape (n, n_features)
    views : Tensor, shape (n,), int
        Places in `VIEWS`.
    ids : ndarray, shape (n,), int
        Identity of each row.
    """
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    head = BesideHead(*_measure_scale(features))
    order = np.argsort(ids, kind="stable")
    companies = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1)
    descent = _Descent(head, views, EPOCHS * -(-len(companies) // COMPANIES))
    for _ in range(EPOCHS):
        drawn = rng.permutation(len(companies))
        for start in range(0, len(drawn), COMPANIES):
            chosen = [choose_company(companies[number], views.numpy(), rng)
                      for number in drawn[start : start + COMPANIES]]  # fmt: skip
            rows = torch.from_numpy(np.concatenate(chosen))
            own = torch.from_numpy(np.repeat(np.arange(len(chosen)), list(map(len, chosen))))
            descent.step(head(features[rows], own), views[rows])
    head.fold_scale()
    return head.eval()


def choose_company(rows: np.ndarray, views: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose drawings of one identity that are seen together, at least one of them."""
    if rng.random() < ONE_SIDED:
        seen = views[rows]
        return rows[(seen == rng.choice(seen)) | (rng.random(len(rows)) < STRAYS)]
    if len(rows) > FEWEST and rng.random() < FEWER:
        return rng.choice(rows, rng.integers(FEWEST, len(rows) + 1), replace=False)
    return rows


class _Descent:
    """Steps that lower the cross-entropy, each view weighing the same."""

    def __init__(self, network: nn.Module, views: torch.Tensor, steps: int) -> None:
        self._optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, RATE, total_steps=steps + 1
        )
        counts = torch.bincount(views, minlength=len(VIEWS))
        self._weights = len(views) / counts / len(VIEWS)

    def step(self, told: torch.Tensor, views: torch.Tensor) -> None:
        loss = functional.cross_entropy(
            told, views, weight=self._weights, label_smoothing=SMOOTHING
        )
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._schedule.step()


def _measure_scale(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return features.mean(0), features.std(0) + 0.01
