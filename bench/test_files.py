"""Saved models and ONNX graphs under pytest-benchmark, beside joblib, skops and predict_proba."""

from __future__ import annotations

from functools import partial

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits

import semigen
from bench.datasets import few_labels
from bench.persistence import mixture
from semigen import SemiSupervisedGMM

SHAPES = [(200, 4), (400, 100)]

# Of fits of one iteration, and of families that do not suit pixels; what they hold is what is timed.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::semigen.SuspectFitWarning"),
]


def _skops(model, path):
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    skops.dump(model, path)
    unknown = skops.get_untrusted_types(file=path)
    return partial(skops.dump, model, path), partial(skops.load, path, trusted=unknown)


WRITERS = {
    "semigen": lambda model, path: (partial(model.save, path), partial(semigen.load, path)),
    "joblib, which can execute": lambda model, path: (
        partial(joblib.dump, model, path),
        partial(joblib.load, path),
    ),
    "skops": _skops,
}


@pytest.mark.parametrize("competitor", list(WRITERS))
@pytest.mark.parametrize("what", ["save", "load"])
@pytest.mark.parametrize("shape", SHAPES, ids="n={0[0]}, d={0[1]}".format)
def test_saved_models(benchmark, tmp_path, shape, what, competitor):
    benchmark.group = f"{what}, two full covariances of {shape[1]} columns"
    model = mixture(*shape)
    save, load = WRITERS[competitor](model, tmp_path / "model")
    save()
    rows = np.random.default_rng(1).normal(size=(9, shape[1]))
    np.testing.assert_array_equal(load().predict_proba(rows), model.predict_proba(rows))
    benchmark.pedantic(save if what == "save" else load, rounds=15, warmup_rounds=1)


@pytest.mark.parametrize("competitor", ["predict_proba", "onnxruntime"])
@pytest.mark.parametrize("family", ["full", "tied", "diag", "low_rank"])
def test_graphs(benchmark, family, competitor):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from bench.onnx import session_of

    benchmark.group = f"probabilities of digits, {family}, one thread"
    X, truth = load_digits(return_X_y=True)
    model = SemiSupervisedGMM(family, n_jobs=1).fit(X, few_labels(truth, 10, 0))
    run = partial(session_of(model, np.float64).run, ["probabilities"], {"X": X})
    np.testing.assert_allclose(run()[0], model.predict_proba(X), atol=1e-6)
    benchmark.pedantic(run if competitor == "onnxruntime" else partial(model.predict_proba, X), rounds=9)
