"""A cluster of two worker processes, for all tests of this folder."""

from __future__ import annotations

import warnings

import pytest
from distributed import Client, LocalCluster


@pytest.fixture(scope="module")
def client():
    with warnings.catch_warnings():
        # Of ports that are taken, and of libraries that Dask itself uses.
        warnings.simplefilter("ignore")
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as connected,
        ):
            yield connected
