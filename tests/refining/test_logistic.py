import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from clusterkit.refining.logistic import fit_logistic


@pytest.mark.parametrize(("gap", "scale"), [(0.5, 1.0), (1.5, 100.0), (8.0, 0.01)])
def test_agrees_with_the_general_solver(gap, scale):
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(0, 1, (400, 2)), rng.normal(gap, 2, (300, 2))])
    features *= np.array([scale, 1.0])
    targets = np.repeat([1.0, 0.0], [400, 300])

    found = fit_logistic(features, targets, 0.1)

    theirs = LogisticRegression(C=10, tol=1e-10, max_iter=10_000, solver="newton-cholesky")
    theirs.fit(features, targets)
    np.testing.assert_allclose(found[:-1], theirs.coef_[0], rtol=1e-4)
    np.testing.assert_allclose(found[-1], theirs.intercept_[0], rtol=1e-4)


def test_stays_finite_where_the_kinds_do_not_overlap():
    features = np.array([[0.0, 0.0], [1.0, 0.0], [10.0, 0.0], [11.0, 0.0]])
    found = fit_logistic(features, np.array([0.0, 0.0, 1.0, 1.0]), 0.1)
    assert np.isfinite(found).all()
    chances = 1 / (1 + np.exp(-(features @ found[:-1] + found[-1])))
    assert (chances[:2] < 0.1).all()
    assert (chances[2:] > 0.9).all()


def test_a_feature_that_never_changes_says_nothing():
    features = np.column_stack([np.arange(10.0), np.full(10, 3.0)])
    targets = np.array([0, 0, 0, 1, 0, 1, 1, 0, 1, 1.0])
    found = fit_logistic(features, targets, 0.1)
    alone = fit_logistic(features[:, :1], targets, 0.1)
    np.testing.assert_allclose(found[0], alone[0], rtol=1e-6)
