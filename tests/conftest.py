"""Shared by all tests: every instruction set of this processor, and small problems to learn from."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

# Before SciPy is imported: lets scikit-learn run its checks of array-API input, which it would otherwise skip.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# Pictures are drawn, and shown to nobody.
os.environ.setdefault("MPLBACKEND", "Agg")
# Workers that run beside each other (pytest -n) share the cores: pools of threads as large as the machine wait for
# one another.
if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

from semigen import _core
from semigen.mixture import families

# Helpers outside test files, whose assertions pytest explains only if it is told so.
pytest.register_assert_rewrite("tests.cli.commands", "tests.display.examples")

FAMILIES = tuple(families.FAMILIES)


@pytest.fixture(params=_core.instruction_sets())
def instruction_set(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test with each build of the kernels that this processor can run."""
    before = _core.instruction_set()
    _core.use_instruction_set(request.param)
    yield request.param
    _core.use_instruction_set(before)


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    """Run the test for each covariance family."""
    return request.param


@pytest.fixture(scope="session")
def blobs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three overlapping clouds in four columns: rows, true classes, and labels of which most are -1."""
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 3, 400)
    centres = rng.normal(0, 2.5, (3, 4))
    shapes = rng.normal(0, 0.6, (3, 4, 4)) + np.eye(4)
    X = centres[truth] + np.einsum("nij,nj->ni", shapes[truth], rng.normal(size=(400, 4)))
    y = np.where(np.arange(400) < 45, truth, -1)
    return X, truth, y


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the fuzzers in tests/fuzz; declared here so that they exist wherever pytest starts."""
    group = parser.getgroup("fuzz", "fuzzers in tests/fuzz")
    group.addoption("--fuzz-examples", type=int, metavar="N", help="examples for each fuzzer (default: a few seconds)")
    group.addoption("--fuzz-seed", type=int, metavar="S", default=0, help="seed of the first example (default: 0)")


def pytest_configure(config: pytest.Config):
    """Ctrl-C means what it usually does, also where the tests were started in the background, which ignores it.

    Tests fit models that are wrong on purpose.
    """
    config.addinivalue_line("filterwarnings", "ignore::semigen.SuspectFitWarning")
    signal.signal(signal.SIGINT, signal.default_int_handler)
