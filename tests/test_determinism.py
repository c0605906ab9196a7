"""Promise 2: a fit is the same to the last bit for every number of threads, of OpenMP, of BLAS and of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

FITS = """
    import hashlib, sys, warnings
    import numpy as np
    from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    n, d = 2000, 10
    truth = rng.integers(0, 3, n)
    X = 2 * rng.normal(size=(3, d))[truth] + rng.normal(size=(n, d)) @ (np.eye(d) + 0.2 * rng.normal(size=(d, d)))
    y = np.where(np.arange(n) < 60, truth, -1)
    gaps = np.where(rng.uniform(size=X.shape) < 0.1, np.nan, X)
    threads = int(sys.argv[1])

    def digest(model, *names):
        state = hashlib.sha256()
        for name in names:
            state.update(np.ascontiguousarray(getattr(model, name)).tobytes())
        return state.hexdigest()[:16]

    options = {
        "plain": {}, "components": {"n_components": 3}, "bic": {"n_components": "bic"}, "starts": {"n_init": 2},
        "a class without labels": {"classes": [0, 1, 2, 3]}, "guard": {"guard": True},
        "quasi-newton": {"accelerate": "quasi-newton"}, "weight": {"unlabeled_weight": 0.3},
        "no pruning": {"prune": False},
    }
    for family in ("full", "tied", "diag", "spherical", "tied_spherical"):
        for name, option in options.items():
            model = SemiSupervisedGMM(family, max_iter=20, random_state=0, n_jobs=threads, **option).fit(X, y)
            print(family, name, digest(model, "means_", "covariances_", "weights_", "history_", "transduction_"))
        model = SemiSupervisedGMM(family, missing="marginal", n_components=2, random_state=0, n_jobs=threads)
        print(family, "missing", digest(model.fit(gaps[:300], y[:300]), "means_", "covariances_", "history_"))
        single = SemiSupervisedGMM(family, n_jobs=threads).fit(X.astype(np.float32), y)
        print(family, "float32", digest(single, "means_", "covariances_", "history_"))
    # Enough columns for sums of NumPy's to go to several threads of BLAS.
    wide = rng.normal(size=(9000, 200)) + truth.repeat(5)[:9000, None]
    known = np.where(np.arange(9000) < 600, np.arange(9000) % 3, -1)
    model = SemiSupervisedGMM("tied", max_iter=2, tol=0, n_jobs=threads).fit(wide, known)
    print("wide", digest(model, "means_", "history_"))
    model = SemiSupervisedGMMCV(("tied", "diag"), n_components=(1, 2), random_state=0, n_jobs=threads)
    model.fit(X[:300], y[:300])
    print("averaged", hashlib.sha256(model.predict_proba(X).tobytes()).hexdigest())
"""


def fits_with(openmp_threads: int) -> str:
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FITS), str(openmp_threads)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": str(openmp_threads)},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_fits_do_not_depend_on_any_library_s_number_of_threads():
    expected = fits_with(1).splitlines()
    assert len(expected) == 57
    for threads in (3, 8):
        for one, other in zip(expected, fits_with(threads).splitlines(), strict=True):
            assert one == other, threads
