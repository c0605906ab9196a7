"""Training steps of M2, the GAN and a flow under pytest-benchmark, one thread, beside a loop over classes and zuko."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from bench import deep_step, flow_step  # noqa: E402 (they import torch)
from semigen import SemiSupervisedGAN  # noqa: E402

N_ROWS, N_LABELED, EPOCHS = 2200, 200, 3


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def images():
    """Rows of 784 bits of ten classes, as many labels of each."""
    rng = np.random.default_rng(0)
    classes = np.arange(N_ROWS) % deep_step.CLASSES
    shown = rng.random((deep_step.CLASSES, 784)) < 0.3
    flipped = rng.random((N_ROWS, 784)) < 0.05
    return (shown[classes] ^ flipped).astype(np.float32), np.where(np.arange(N_ROWS) < N_LABELED, classes, -1)


@pytest.mark.parametrize("competitor", ["semigen", "semigen, every class", "a loop over the classes"])
def test_a_fit_of_m2(benchmark, images, competitor):
    benchmark.group = "a fit of three epochs of M2: 30 steps of 200 + 100 rows, two layers of 500, 784 columns"
    X, y = images
    if competitor == "a loop over the classes":
        benchmark.pedantic(partial(deep_step.loop, X, y, EPOCHS), rounds=3, warmup_rounds=1)
        return
    assert deep_step.largest_gap(X, y, 1) < 0.01
    model = deep_step.estimator(EPOCHS, negligible=0.0 if "every" in competitor else 1e-3, device="cpu")
    benchmark.pedantic(partial(model.fit, X, y), rounds=3, warmup_rounds=1)


def test_a_fit_of_the_gan(benchmark, images):
    """No package that can be installed has one to stand beside it."""
    benchmark.group = "a fit of one epoch of the GAN, 784 columns"
    model = SemiSupervisedGAN(max_epochs=1, device="cpu", random_state=0)
    benchmark.pedantic(partial(model.fit, *images), rounds=3, warmup_rounds=1)
    assert np.isfinite(model.predict_proba(images[0])).all()


@pytest.mark.parametrize("competitor", ["semigen", "zuko"])
def test_a_fit_of_a_flow(benchmark, competitor):
    benchmark.group = "a fit of one epoch of eight couplings, 2200 rows of 16 columns"
    if competitor == "zuko":
        pytest.importorskip("zuko", reason="zuko is not installed")
    X = np.random.default_rng(0).normal(size=(N_ROWS, 16)).astype(np.float32)
    run = flow_step.of_zuko if competitor == "zuko" else flow_step.of_semigen
    _, density = run(X, X[:200], 1)
    assert np.isfinite(density)
    benchmark.pedantic(partial(run, X, X[:200], 1), rounds=3)
