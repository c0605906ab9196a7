"""Whatever rows, labels and options a mixture is given: a sound fit, or an error that says what to do."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

from semigen import SemiSupervisedGMM, SuspectFitWarning
from semigen.mixture import families

FAMILIES = tuple(families.FAMILIES)
# Sizes at which squares, sums or single precision begin to matter.
SCALES = (1.0, 1.0, 1.0, 1e-300, 1e-150, 1e-30, 1e30, 1e38, 1e100, 1e140, 1e150, 1e200, 1e300)


def pick(rng: np.random.Generator, *choices):
    return choices[rng.integers(len(choices))]


def hostile_rows(rng: np.random.Generator, n: int, d: int, missing: bool) -> np.ndarray:
    """Clouds, spoilt: repeated rows and columns, constants, outliers, enormous and tiny units, gaps, other layouts."""
    X = rng.normal(size=(n, d)) + 3 * rng.integers(0, 3, (n, 1))
    with np.errstate(over="ignore"):
        return _spoilt(X, rng, missing)


def _spoilt(X: np.ndarray, rng: np.random.Generator, missing: bool) -> np.ndarray:
    n, d = X.shape
    for _ in range(rng.integers(0, 3)):
        column = rng.integers(d)
        what = rng.integers(8)
        if what == 0:
            X[:, column] = pick(rng, 0.0, 1.0, -1e20, 0.1)
        elif what == 1:
            X[:, column] = X[:, rng.integers(d)]
        elif what == 2:
            X[:] = X[rng.integers(0, n, n)]
        elif what == 3:
            X[rng.integers(n), column] = pick(
                rng, 1e6, -1e12, 1e30, 1e100, np.nan if rng.uniform() < 0.3 else 1e9, -np.inf
            )
        elif what == 4:
            X[:, column] = rng.integers(0, 2, n)
        elif what == 5:
            X[:, column] *= pick(rng, *SCALES)
        elif what == 6:
            X[:, column] += pick(rng, 1e8, 1e15, 1e30)
        else:
            X *= pick(rng, *SCALES)
    if missing or rng.uniform() < 0.03:
        X[rng.uniform(size=X.shape) < pick(rng, 0.05, 0.5, 0.95)] = np.nan
    X = X.astype(pick(rng, np.float64, np.float64, np.float32))
    return pick(rng, X, X, np.asfortranarray(X), X[::-1])


def hostile_labels(rng: np.random.Generator, n: int):
    k = int(pick(rng, 1, 2, 2, 2, 3, 3, 4))
    truth = rng.integers(0, k, n)
    y = np.where(rng.uniform(size=n) < pick(rng, 0.0, 0.2, 0.5, 0.5, 1.0), truth, -1)
    if rng.uniform() < 0.8:
        y[: 2 * k] = np.arange(2 * k)[:n] % k
    kind = rng.integers(6)
    if kind == 0:
        return np.where(y < 0, None, np.char.add("class ", y.astype(str)).astype(object))
    if kind == 1:
        known = rng.dirichlet(np.full(k, 0.3), n)
        known[rng.uniform(size=n) < 0.5] = np.nan
        return known
    if kind == 2:
        return [None if code < 0 else {int(code), int(rng.integers(k))} for code in y]
    return y


def hostile_options(rng: np.random.Generator, d: int) -> dict:
    options = {
        "covariance_type": pick(rng, *FAMILIES),
        "n_components": pick(rng, 1, 1, 1, 1, 1, 2, 2, 3, 5, "bic", {0: 2}),
        "unlabeled_weight": pick(rng, 1.0, 1.0, 0.0, 0.5, 1e-12, 1e-300),
        "shrinkage": pick(rng, "auto", "auto", 0.0, 1e-300, 1.0, 1e300),
        "reg_covar": pick(rng, 1e-6, 1e-6, 0.0, 1e-300, 0.999),
        "tol": pick(rng, 1e-5, 0.0, 1e300),
        "max_iter": pick(rng, 1, 3, 10, 30),
        "accelerate": pick(rng, "auto", "quasi-newton", None),
        "n_init": pick(rng, 1, 1, 2),
        "missing": pick(rng, "error", "error", "error", "marginal"),
        "guard": bool(rng.uniform() < 0.05),
        "classes": pick(rng, *[None] * 12, [0, 1, 2], [0, 1, 2, 3, 4], [0]),
        "class_prior": pick(rng, *[None] * 12, [0.5, 0.5], [1e-300, 1.0], [0.2, 0.3, 0.5]),
        "noise": pick(rng, None, None, None, "uniform"),
        "novelty": pick(rng, *[None] * 12, 1, 2, "bic", "aic"),
        "unknown_label": pick(rng, *[None] * 12, 99, "unknown"),
        "false_alarm": pick(rng, 0.05, 0.3, 0.999, 1e-12),
        "prune": bool(rng.integers(2)),
        "n_jobs": pick(rng, 1, 2),
        "random_state": 0,
    }
    if rng.uniform() < 0.1:
        components = int(rng.integers(1, 4))
        size = pick(rng, 1.0, 1e-200, 1e20, 1e40, 1e200, 1e308)
        form = families.FAMILIES[options["covariance_type"]]
        options["init"] = {
            "weights": np.full(components, pick(rng, 1.0, 1e-300, 1e300)),
            "means": size * rng.uniform(-1, 1, (components, d)),
            "covariances": pick(rng, 1.0, 1e-300, 1e100, 1e300) * form.expand(form.target(np.ones(d)), components, d),
        }
    return options


def hostile_weights(rng: np.random.Generator, n: int):
    if rng.uniform() < 0.7:
        return None
    weights = rng.integers(0, 4, n) * pick(rng, 1.0, 1e-300, 1e-320, 1e-20, 1e100, 1e280, 1e307)
    if rng.uniform() < 0.05:
        weights[0] = pick(rng, np.nan, -1.0, np.inf)
    return weights


def check_sound(model: SemiSupervisedGMM, X: np.ndarray, y) -> None:
    for name in ("weights_", "means_", "covariances_", "history_", "log_likelihood_", "class_prior_"):
        assert np.isfinite(getattr(model, name)).all(), name
    assert np.isclose(model.weights_.sum(), 1)
    rounding = 1e-4 if X.dtype == np.float32 else 1e-8
    if model.__dict__.get("kept_") != "pessimistic":
        assert (np.diff(model.history_) >= -rounding * (1 + np.abs(model.history_[1:]))).all(), model.history_
    probability = model.predict_proba(X)
    assert np.isfinite(probability).all()
    assert np.allclose(probability.sum(axis=1), 1)
    assert np.isfinite(model.score_samples(X)).all()
    assert np.isfinite(model.outlier_score(X)).all()
    assert 0 <= model.noise_weight_ <= 0.5
    assert 0 <= model.novel_weight_ <= 1
    if np.ndim(y) == 1:
        given = [i for i, label in enumerate(y) if not (label is None or isinstance(label, set) or label == -1)]
        assert all(model.transduction_[i] == y[i] for i in given)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict_proba(X), probability)


def check_explained(error: Exception, model: SemiSupervisedGMM) -> None:
    message = str(error).rstrip()
    assert not isinstance(error, np.linalg.LinAlgError), message
    assert len(message) > 30, message
    assert message.endswith((".", "]", "?")) or "\n" in message, message
    assert not hasattr(model, "means_"), message


@pytest.mark.fuzz(examples=400)
def test_a_mixture_is_fitted_soundly_or_says_what_is_wrong(fuzz_seeds):
    fits = 0
    for seed in fuzz_seeds:
        rng = np.random.default_rng(seed)
        n, d = int(pick(rng, 1, 2, 3, 8, 8, 20, 20, 60, 60)), int(pick(rng, 1, 2, 3, 5, 9))
        options = hostile_options(rng, d)
        X, y = hostile_rows(rng, n, d, options["missing"] == "marginal"), hostile_labels(rng, n)
        model = SemiSupervisedGMM(**options)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.filterwarnings("ignore", "EM stopped", ConvergenceWarning)
                warnings.simplefilter("ignore", SuspectFitWarning)
                warnings.filterwarnings("ignore", "A column-vector y was passed", DataConversionWarning)
                model.fit(X, y, hostile_weights(rng, n))
                check_sound(model, X, y)
        except (ValueError, TypeError) as error:
            check_explained(error, model)
        else:
            fits += 1
    assert fits > len(fuzz_seeds) / 5 or len(fuzz_seeds) < 20
