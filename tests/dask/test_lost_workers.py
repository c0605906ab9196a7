"""A worker that is killed in the middle of a fit: its tasks are computed again, and the fit has the same bits."""

from __future__ import annotations

import os
import signal
from threading import Timer

import dask.array as da
import numpy as np
import pytest
from distributed import Client, LocalCluster

from semigen import SemiSupervisedGMM
from semigen.dask import DaskSemiSupervisedGMM
from tests.mixture.partitions.rows import parts, rows

pytestmark = pytest.mark.filterwarnings("ignore")

ENDS = tuple(range(0, 901, 100))


def test_fits_survive_a_worker_killed_at_a_random_moment():
    X, _, y = rows()
    options = {"max_iter": 25, "tol": 1e-12, "accelerate": None, "n_jobs": 1}
    here = SemiSupervisedGMM(**options).fit(parts(X, y, ends=ENDS))
    given = {"X": da.from_array(X, chunks=(100, 4)), "y": da.from_array(y, chunks=100)}
    rng = np.random.default_rng(0)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        for _ in range(2):
            victim = rng.choice(list(client.run(os.getpid).values()))
            timer = Timer(rng.uniform(0.0, 1.0), os.kill, (int(victim), signal.SIGKILL))
            timer.start()
            model = DaskSemiSupervisedGMM(client, **options).fit(**given)
            timer.join()
            client.wait_for_workers(2, timeout=300)
            assert np.array_equal(model.covariances_, here.covariances_)
            assert np.array_equal(model.history_, here.history_)
