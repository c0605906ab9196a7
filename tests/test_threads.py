"""Long fits can be interrupted, forked children do not hang, and two threads may predict at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from threadpoolctl import threadpool_info

import semigen
from semigen import SemiSupervisedGMM
from semigen._runtime.threads import in_threads
from semigen.mixture.rows.scoring import Scoring


def run_python(code: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("d", [24, 200])
def test_ctrl_c_stops_a_long_fit_within_a_fifth_of_a_second(d):
    """A pass over these rows takes seconds; the time from signal to exception is measured inside."""
    result = run_python(
        f"""
        import os, signal, threading, time
        import numpy as np
        from semigen import SemiSupervisedGMM
        rng = np.random.default_rng(0)
        n = {400_000 * 24 // d}
        X = rng.normal(size=(n, {d}))
        y = np.where(np.arange(n) < 4000, np.arange(n) % 20, -1)
        def interrupt():
            time.sleep(1)
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
        for n_jobs in (1, 2):
            sent = []
            threading.Thread(target=interrupt).start()
            model = SemiSupervisedGMM(max_iter=100000, tol=0, n_jobs=n_jobs)
            try:
                model.fit(X, y)
            except KeyboardInterrupt:
                print(time.perf_counter() - sent[0], hasattr(model, "means_"))
        """
    )
    answers = [line.split() for line in result.stdout.splitlines()]
    assert len(answers) == 2, result
    assert max(float(delay) for delay, _ in answers) < 0.2, result
    assert {changed for _, changed in answers} == {"False"}


def fit_and_send(connection, X, y, means):
    model = SemiSupervisedGMM(max_iter=3, tol=0).fit(X, y)
    connection.send(bool(np.array_equal(model.means_, means)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_forked_child_fits_the_same_instead_of_hanging():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 8))
    y = np.where(np.arange(20_000) < 60, np.arange(20_000) % 3, -1)
    parent = SemiSupervisedGMM(max_iter=3, tol=0, n_jobs=2).fit(X, y)  # OpenMP's threads exist from here on
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=fit_and_send, args=(sender, X, y, parent.means_))
    child.start()
    assert receiver.poll(30), "the forked child hangs"
    assert receiver.recv()
    child.join(10)
    assert child.exitcode == 0


def test_one_model_predicts_in_several_threads_at_once(blobs):
    X, _, y = blobs
    model = SemiSupervisedGMM().fit(X, y)
    X = np.tile(X, (100, 1))
    expected, results = model.predict_proba(X), []

    def predict():
        results.append(model.predict_proba(X))

    workers = [threading.Thread(target=predict) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    assert all(np.array_equal(result, expected) for result in results)


def test_eight_threads_fit_predict_save_and_load_what_one_does(blobs, tmp_path):
    """Threads take turns every microsecond, so that whatever they share is found in every state."""
    X, _, y = blobs
    models = [SemiSupervisedGMM(family, n_jobs=2) for family in ("full", "tied", "diag", "low_rank")]
    models += [SemiSupervisedGMM(missing="marginal"), SemiSupervisedGMM("tied", guard=True, random_state=0)]

    def work(thread: int) -> list[bytes]:
        found = []
        for number in range(len(models)):
            # Each thread begins with another model.
            model = clone(models[(number + thread) % len(models)]).fit(X, y)
            path = tmp_path / f"{thread}-{number}"
            model.save(path)
            answers = [each.predict_proba(X).tobytes() for each in (model, semigen.load(path))]
            assert answers[0] == answers[1]
            found.append(answers[0])
        return found[-thread % len(models) :] + found[: -thread % len(models)]

    expected, before = work(0), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(work, range(1, 9)))
    finally:
        sys.setswitchinterval(before)
    assert all(result == expected for result in results)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fits_in_several_threads_leave_blas_with_its_threads():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(800, 70)), np.arange(800) % 2

    def blas_threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = blas_threads()
    workers = [threading.Thread(target=SemiSupervisedGMM(max_iter=3, tol=0).fit, args=(X, y)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert blas_threads() == before


def test_a_fit_releases_the_gil():
    """Another Python thread goes on counting while one long pass runs."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60_000, 60))
    y = np.where(np.arange(60_000) < 400, np.arange(60_000) % 20, -1)
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    with pytest.warns(match="max_iter"):
        SemiSupervisedGMM("full", max_iter=2, tol=0, n_jobs=1, shrinkage=0).fit(X, y)
    done.set()
    ticker.join()
    assert len(ticks) > 50


def test_an_interrupted_fit_leaves_the_previous_one(blobs, monkeypatch):
    X, _, y = blobs
    model = SemiSupervisedGMM().fit(X, y)
    before = dict(vars(model))
    monkeypatch.setattr(
        "semigen.mixture.learning.problem.maximize_objective", lambda *_, **__: signal.raise_signal(signal.SIGINT)
    )
    with pytest.raises(KeyboardInterrupt):
        model.fit(X + 1, y)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)


def test_the_classes_of_all_unlabelled_rows_come_from_one_pass(monkeypatch):
    """A pass for every few thousand rows waits for threads that often, for long where other programs use the cores."""
    passes = []
    scored = Scoring.likeliest_classes

    def counted(self, X, chosen):
        passes.append(len(chosen))
        return scored(self, X, chosen)

    monkeypatch.setattr(Scoring, "likeliest_classes", counted)
    few = Scoring.class_scores

    def of_few(self, X, *more):
        assert len(X) <= 2500, "only a sample is examined once the fit is done"
        return few(self, X, *more)

    monkeypatch.setattr(Scoring, "class_scores", of_few)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 3)) + 4 * (np.arange(20_000) % 2)[:, None]
    y = np.where(np.arange(20_000) < 20, np.arange(20_000) % 2, -1)
    SemiSupervisedGMM().fit(X, y)
    assert passes == [19_980]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are tried on Linux")
def test_a_process_that_runs_out_of_memory_says_so():
    """BLAS or a runtime of threads would end it, or hang, where they cannot have their own memory."""
    code = """
        import os, resource, sys
        import numpy as np
        import semigen
        from semigen import SemiSupervisedGMM

        rng = np.random.default_rng(0)
        tried = [("full", 100, 2000, 0), ("full", 300, 300, 0), ("tied", 600, 300, 0), ("diag", 100, 3000, 0),
                 ("full", 70, 200, 200)]
        rows = []
        for family, d, n, n_gaps in tried:
            X = rng.normal(size=(n, d))
            X[np.arange(n_gaps), rng.integers(0, d, n_gaps)] = np.nan
            rows.append((family, X, np.where(np.arange(n) < 40, np.arange(n) % 2, -1)))
        size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        for family, X, y in rows:
            for extra in (1, 8, 30, 75, 90, 120, 160, 200):
                child = os.fork()
                if not child:
                    resource.setrlimit(resource.RLIMIT_AS, (size + extra * 2**20,) * 2)
                    try:
                        threads = 8 if np.isnan(X).any() else 2
                        SemiSupervisedGMM(family, missing="marginal", max_iter=2, tol=1e9, n_jobs=threads).fit(X, y)
                        os._exit(0)
                    except MemoryError:
                        os._exit(42)
                print(family, extra, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    lines = run_python(code, timeout=120, OMP_NUM_THREADS="2").stdout.splitlines()
    codes = [int(line.split()[-1]) for line in lines]
    assert len(codes) == 40
    assert set(codes) == {0, 42}, lines


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_fit_with_variances_takes_memory_in_proportion_to_the_columns():
    """Each family has a child of its own, since the largest memory of a process never falls."""
    code = """
        import os, resource
        import numpy as np
        from semigen import SemiSupervisedGMM

        X = np.random.default_rng(0).normal(size=(60, 30_000))
        y = np.where(np.arange(60) < 12, np.arange(60) % 3, -1)
        for family in ("diag", "spherical"):
            child = os.fork()
            if not child:
                SemiSupervisedGMM(family).fit(X[:, :5], y)
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                SemiSupervisedGMM(family).fit(X, y)
                print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, flush=True)
                os._exit(0)
            os.waitpid(child, 0)
    """
    grown = [float(line) for line in run_python(code).stdout.splitlines()]
    assert len(grown) == 2
    assert max(grown) < 100


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_child_forked_while_other_threads_predict_does_not_wait_for_them():
    code = """
        import os, threading, warnings
        import numpy as np
        from semigen import SemiSupervisedGMM

        warnings.simplefilter("ignore")
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(300, 4)), np.where(np.arange(300) < 30, np.arange(300) % 3, -1)
        model = SemiSupervisedGMM().fit(X, y)

        def predict_for_ever():
            while True:
                model.predict_proba(X)

        for _ in range(2):
            threading.Thread(target=predict_for_ever, daemon=True).start()
        children = []
        for _ in range(20):
            child = os.fork()
            if not child:
                model.predict_proba(X)
                SemiSupervisedGMM().fit(X, y)
                os._exit(0)
            children.append(child)
        print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
    """
    assert run_python(code).stdout.strip() == str([0] * 20)


def test_a_search_in_a_daemon_thread_ends_with_the_interpreter():
    code = """
        import threading, time
        import numpy as np
        from semigen import SemiSupervisedGMMCV

        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(20_000, 25)), np.where(np.arange(20_000) < 60, np.arange(20_000) % 3, -1)
        threading.Thread(target=SemiSupervisedGMMCV(n_jobs=2).fit, args=(X, y), daemon=True).start()
        time.sleep(1)
        print(time.time(), flush=True)
    """
    result = run_python(code)
    assert result.returncode == 0
    assert result.stderr == ""
    assert time.time() - float(result.stdout) < 10


def test_values_of_diagonal_families_are_imputed_without_matrices_of_all_columns():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 4000))
    X[0, :2000] = np.nan
    model = SemiSupervisedGMM("diag", missing="marginal").fit(X, np.where(np.arange(40) < 12, np.arange(40) % 3, -1))
    tracemalloc.start()
    try:
        filled = model.impute(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.isfinite(filled).all()
    assert peak < 20 * X.nbytes


@pytest.mark.parametrize("allowed", [0, 1])
def test_calls_are_made_also_where_the_system_refuses_threads(monkeypatch, allowed):
    started = []
    start = threading.Thread.start

    def refusing(self):
        if len(started) >= allowed:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refusing)
    assert in_threads(lambda x: x * x, [(i,) for i in range(9)], 4) == [i * i for i in range(9)]
    assert len(started) == allowed
