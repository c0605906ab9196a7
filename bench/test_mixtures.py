"""Mixtures under pytest-benchmark: iterations, whole fits, prediction, selection, rows in parts; peers beside."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV

from bench import iteration, whole_fits
from bench.iteration import Problem
from semigen import Partitions, SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen._runtime.threads import effective_threads
from semigen.mixture.families import FAMILIES

THREADS = effective_threads(None)
# What scikit-learn's GaussianMixture has as well.
SHARED = ("full", "tied", "diag", "spherical")
SHAPE = (20_000, 16, 10)


@pytest.fixture(scope="module", params=iteration.SHAPES, ids=lambda shape: "n={}, d={}, k={}".format(*shape))
def problem(request):
    return Problem.draw(*request.param)


@pytest.mark.parametrize("competitor", ["semigen", "scikit-learn", "textbook"])
def test_one_iteration(benchmark, problem, competitor):
    benchmark.group = "one EM iteration, n={}, d={}, k={}".format(*problem.X.shape, len(problem.start.weights))
    iteration.check_answers(problem, THREADS)
    runs = {
        "semigen": iteration.our_iteration(problem, THREADS),
        "scikit-learn": iteration.scikit_learn_iteration(problem),
        "textbook": iteration.textbook_iteration(problem),
    }
    benchmark.pedantic(runs[competitor], rounds=7, warmup_rounds=1)


@pytest.fixture(scope="module")
def few():
    """Rows of ten clusters with ten labels each."""
    rows = Problem.draw(*SHAPE)
    return rows.X, whole_fits.few_labels(rows)


@pytest.mark.parametrize("competitor", ["semigen", "scikit-learn"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_whole_fit(benchmark, few, family, competitor):
    benchmark.group = f"whole fit, {family}, n={SHAPE[0]}, d={SHAPE[1]}, k={SHAPE[2]}"
    X, y = few
    model = SemiSupervisedGMM(family, n_jobs=THREADS)
    if competitor == "semigen":
        assert (model.fit(X, y).predict(X[y >= 0]) == y[y >= 0]).mean() > 0.9
        benchmark.pedantic(partial(model.fit, X, y), rounds=5, warmup_rounds=1)
        return
    if family not in SHARED:
        pytest.skip(f"scikit-learn's GaussianMixture has no {family!r}")
    n_iter = model.fit(X, y).n_iter_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        benchmark.pedantic(whole_fits.scikit_learn_fit(X, y, n_iter, family), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("competitor", ["semigen", "scikit-learn"])
@pytest.mark.parametrize("family", SHARED)
def test_prediction(benchmark, few, family, competitor):
    benchmark.group = f"predict_proba, {family}, n={SHAPE[0]}, d={SHAPE[1]}, k={SHAPE[2]}"
    X, y = few
    ours = SemiSupervisedGMM(family, n_jobs=1).fit(X, y)
    theirs = GaussianMixture(len(ours.weights_), covariance_type=family)
    theirs.weights_, theirs.means_, theirs.covariances_ = ours.weights_, ours.means_, ours.covariances_
    theirs.precisions_cholesky_ = _factors_of_precisions(ours.covariances_, family)
    np.testing.assert_allclose(theirs.predict_proba(X), ours.predict_proba(X), atol=1e-8)
    model = ours if competitor == "semigen" else theirs
    benchmark.pedantic(partial(model.predict_proba, X), rounds=9, warmup_rounds=1)


def _factors_of_precisions(covariances: np.ndarray, family: str) -> np.ndarray:
    if family in ("diag", "spherical"):
        return 1 / np.sqrt(covariances)
    return np.swapaxes(np.linalg.inv(np.linalg.cholesky(covariances)), -1, -2)


@pytest.mark.parametrize("competitor", ["semigen", "scikit-learn"])
def test_selection_by_cross_validation(benchmark, few, competitor):
    """Averaged mixtures of all rows, beside a search over shrunk discriminants of the labelled ones."""
    benchmark.group = "selection by cross-validation, n=500, d=16, k=10"
    # The labelled rows first.
    some = np.argsort(few[1] < 0, kind="stable")[:500]
    X, y = few[0][some], few[1][some]
    search = GridSearchCV(LinearDiscriminantAnalysis("lsqr"), {"shrinkage": np.linspace(0, 1, 11)}, cv=5)
    if competitor == "semigen":
        fit = partial(SemiSupervisedGMMCV(random_state=0, n_jobs=1).fit, X, y)
    else:
        fit = partial(search.fit, X[y >= 0], y[y >= 0])
    assert (fit().predict(X[y >= 0]) == y[y >= 0]).mean() > 0.9
    benchmark.pedantic(fit, rounds=3)


@pytest.mark.parametrize("rows", ["in memory", "in ten parts"])
def test_rows_in_parts(benchmark, few, rows):
    benchmark.group = f"whole fit, full, n={SHAPE[0]}, d={SHAPE[1]}, rows in memory and in parts"
    X, y = few
    parts = Partitions([(X[i::10], y[i::10]) for i in range(10)])
    model = SemiSupervisedGMM(n_jobs=1)
    whole, in_parts = SemiSupervisedGMM(n_jobs=1).fit(X, y), SemiSupervisedGMM(n_jobs=1).fit(parts)
    np.testing.assert_allclose(in_parts.means_, whole.means_, atol=1e-6)
    fit = partial(model.fit, X, y) if rows == "in memory" else partial(model.fit, parts)
    benchmark.pedantic(fit, rounds=5, warmup_rounds=1)
