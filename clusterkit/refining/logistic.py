"""Logistic regression of a few features: fitted at every move of a slider, so in a millisecond."""

from __future__ import annotations

import numpy as np

_MOST_STEPS = 50
_SMALL_STEP = 1e-8


def fit_logistic(features: np.ndarray, targets: np.ndarray, precision: float) -> np.ndarray:
    """Fit by Newton's method (iteratively reweighted least squares).

    Of few coefficients the Hessian costs nothing, and a handful of steps is all it takes; the
    general solvers spend twenty times as long on their preparations. Source: Nelder & Wedderburn,
    "Generalized linear models", JRSS A 135 (1972).

    Parameters
    ----------
    features : ndarray, shape (n, d), float
    targets : ndarray, shape (n,), float
        0 or 1.
    precision : float
        Of a normal prior around 0 on all coefficients but the constant: half its square is added
        to the loss, which is a sum over rows.

    Returns
    -------
    ndarray, shape (d + 1,), float64
        The coefficients; the constant comes last.
    """
    # Scaled, so that one start fits all; the prior is on the coefficients as they are returned.
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    rows = np.column_stack([(features - centre) / spread, np.ones(len(features))])
    prior = np.append(precision / spread**2, 0.0)
    weights = np.zeros(rows.shape[1])
    loss = _measure_loss(rows, targets, prior, weights)
    for _ in range(_MOST_STEPS):
        chances = 1 / (1 + np.exp(-np.clip(rows @ weights, -500, 500)))
        slope = rows.T @ (chances - targets) + prior * weights
        curvature = (rows * (chances * (1 - chances))[:, None]).T @ rows + np.diag(prior)
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        # A whole step may leap over the valley of a loss that is all but flat outside.
        while (after := _measure_loss(rows, targets, prior, weights - step)) > loss + 1e-12:
            step = step / 2
            if np.abs(step).max() < _SMALL_STEP:
                break
        if np.abs(step).max() < _SMALL_STEP:
            break
        weights, loss = weights - step, after
    slopes = weights[:-1] / spread
    return np.append(slopes, weights[-1] - slopes @ centre)


def _measure_loss(
    rows: np.ndarray, targets: np.ndarray, prior: np.ndarray, weights: np.ndarray
) -> float:
    """Minus the logarithm of the posterior, constants left out."""
    margins = rows @ weights * (2 * targets - 1)
    return float(np.logaddexp(0, -margins).sum() + 0.5 * (prior * weights**2).sum())
