"""Ctrl-C at any moment of a fit raises KeyboardInterrupt, soon, and never aborts the process."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest

# Fits over and over, each interrupted at a random moment; prints the delays from signal to exception: as a clock on
# the wall has them, and in processor time, which does not grow where other programs use the cores.
INTERRUPTED_FITS = """
    import json, os, signal, sys, threading, time, warnings
    import numpy as np
    from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV

    warnings.simplefilter("ignore")
    kind, columns, n_rows, examples, longest, seed = sys.argv[1], *map(int, sys.argv[2:5]), *map(float, sys.argv[5:])
    rng = np.random.default_rng(int(seed))
    X = rng.normal(size=(n_rows, columns))
    y = np.where(np.arange(n_rows) < 60, np.arange(n_rows) % 3, -1)
    make = {
        "cv": lambda: SemiSupervisedGMMCV(n_jobs=2, random_state=0),
        "full": lambda: SemiSupervisedGMM("full", max_iter=10**6, tol=0),
        "tied": lambda: SemiSupervisedGMM("tied", max_iter=10**6, tol=0),
        "diag": lambda: SemiSupervisedGMM("diag", max_iter=10**6, tol=0, accelerate=None),
        "last": lambda: SemiSupervisedGMMCV(n_jobs=2, random_state=0),
    }[kind]
    SemiSupervisedGMM(max_iter=1).fit(X[:100, :5], y[:100])
    sent = []

    def clocks():
        return np.array([time.perf_counter(), time.process_time()])

    def interrupt(moment):
        time.sleep(moment)
        sent.append(clocks())
        os.kill(os.getpid(), signal.SIGINT)

    delays, finished = [], 0
    for _ in range(examples):
        sender = threading.Thread(target=interrupt, args=(rng.uniform(0.0, longest),))
        try:
            try:
                sender.start()
                make().fit(X, y)
                finished += 1
            finally:
                sender.join()
        except KeyboardInterrupt:
            delays.append((clocks() - sent[-1]).tolist())
            if kind == "last":
                raise
    print(json.dumps({"delays": delays, "finished": finished}))
"""


def interrupted(kind: str, columns: int, n_rows: int, examples: int, longest: float, seed: int):
    arguments = [kind, columns, n_rows, examples, longest, seed]
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED_FITS), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60 + 20 * examples,
    )


def seconds_of(delays: list[list[float]]) -> np.ndarray:
    """Return the seconds of each delay; on a busy machine, those in which the process had a processor."""
    assert max(wall for wall, _ in delays) < 20, delays
    return np.min(delays, axis=1)


@pytest.mark.fuzz(examples=6)
def test_an_interrupted_search_among_mixtures_raises_and_leaves_no_thread_behind(fuzz_seeds):
    result = interrupted("cv", 12, 1500, len(fuzz_seeds), 0.6, next(iter(fuzz_seeds)))
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert len(said["delays"]) + said["finished"] == len(fuzz_seeds)
    seconds = seconds_of(said["delays"])
    assert np.median(seconds) < 0.2, said
    assert max(seconds) < 1, said


@pytest.mark.fuzz(examples=2)
@pytest.mark.parametrize(
    ("kind", "columns", "n_rows"), [("full", 3000, 200), ("tied", 3000, 200), ("diag", 10_000, 300)]
)
def test_ctrl_c_is_heard_within_a_second_however_many_columns(fuzz_seeds, kind, columns, n_rows):
    result = interrupted(kind, columns, n_rows, len(fuzz_seeds), 1.5, next(iter(fuzz_seeds)))
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert said["finished"] == 0
    assert max(seconds_of(said["delays"])) < 1, said


@pytest.mark.fuzz(examples=2)
def test_a_process_that_ends_by_an_interrupted_fit_does_not_abort(fuzz_seeds):
    for seed in fuzz_seeds:
        result = interrupted("last", 12, 1500, 1, 0.3, seed)
        assert result.returncode in (-2, 130, 0), result
        assert "terminate called" not in result.stderr


@pytest.mark.fuzz(examples=2)
def test_a_daemon_thread_that_fits_does_not_abort_the_interpreter_at_exit(fuzz_seeds):
    code = """
        import sys, threading, time
        import numpy as np
        from semigen import SemiSupervisedGMM

        rng = np.random.default_rng(int(sys.argv[1]))
        X = rng.normal(size=(300, 4))
        y = np.where(np.arange(300) < 30, np.arange(300) % 3, -1)

        def fit_for_ever():
            while True:
                SemiSupervisedGMM().fit(X, y)

        for _ in range(2):
            threading.Thread(target=fit_for_ever, daemon=True).start()
        time.sleep(0.2 + 0.2 * rng.uniform())
    """
    for seed in fuzz_seeds:
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), str(seed)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert result.returncode == 0, result
        assert result.stderr == ""
