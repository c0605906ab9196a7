"""Mixtures fitted on a cluster of Dask: rows that no machine holds.

One pure task a partition, and a sum in the order of the partitions: a lost worker's tasks are computed again elsewhere,
and a fit is the same to the last bit however many workers there are.
"""

try:
    import dask
    import distributed
except ImportError as error:
    raise ImportError('semigen.dask needs dask and distributed: pip install "semigen[dask]".') from error

from semigen.dask.estimators import DaskSemiSupervisedGMM, DaskSemiSupervisedGMMCV

__all__ = ["DaskSemiSupervisedGMM", "DaskSemiSupervisedGMMCV"]

del dask, distributed
