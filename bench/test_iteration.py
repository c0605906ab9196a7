"""The same competitors under pytest-benchmark: `pytest bench --benchmark-only`."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_iris

from bench import iteration
from semigen import SemiSupervisedGMM
from semigen._runtime.threads import effective_threads


@pytest.fixture(scope="module", params=iteration.SHAPES, ids=lambda shape: "n={}, d={}, k={}".format(*shape))
def problem(request):
    return iteration.Problem.draw(*request.param)


@pytest.mark.parametrize("competitor", ["semigen", "scikit-learn", "textbook"])
def test_one_iteration(benchmark, problem, competitor):
    benchmark.group = "one EM iteration, n={}, d={}, k={}".format(*problem.X.shape, len(problem.start.weights))
    if competitor == "semigen":
        iteration.check_answers(problem, effective_threads(None))
        benchmark.pedantic(iteration.our_iteration(problem, effective_threads(None)), rounds=5, warmup_rounds=1)
    elif competitor == "scikit-learn":
        benchmark.pedantic(iteration.scikit_learn_iteration(problem), rounds=5, warmup_rounds=1)
    else:
        benchmark.pedantic(iteration.textbook_iteration(problem), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("dataset", ["iris"])
def test_whole_fit(benchmark, dataset):
    X, y = load_iris(return_X_y=True)
    y[3:50] = y[53:100] = y[103:] = -1
    benchmark.group = f"whole fit, {dataset}, three labels a class"
    benchmark(lambda: SemiSupervisedGMM().fit(X, y))
