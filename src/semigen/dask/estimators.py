"""DaskSemiSupervisedGMM and DaskSemiSupervisedGMMCV: mixtures of rows on a cluster."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from distributed import Client, get_client
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from semigen.base import TrainingSet
from semigen.dask.cluster_engine import OnCluster
from semigen.dask.collections import Collection, collection_of
from semigen.dask.lazy_answers import answered
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.mixture.families import Family
from semigen.mixture.learning.fit import Start
from semigen.mixture.options import given_start
from semigen.mixture.partitions.answers_by_parts import columns_of
from semigen.mixture.partitions.pass_callbacks import Checkpoint, OnPass, PassesBar, Watched, resumed
from semigen.mixture.partitions.surveyed import Surveyed


def _lazy(name: str, answer: str, frame: str) -> Any:
    """Return a method that asks the mixture in memory for an answer to every row of a collection, lazily.

    Parameters
    ----------
    name : str
        Of the method, there and here.
    answer : str
        What it returns, for its documentation.
    frame : str
        The kind of collection that a DataFrame gives.
    """

    def method(self: Any, X: Any) -> Any:
        return self._answers(name, X)

    method.__name__, method.__qualname__ = name, f"_OnCluster.{name}"
    method.__doc__ = f"""Return {answer}, lazily, as a collection of the kind of X.

        Parameters
        ----------
        X : dask Array, DataFrame or Bag, or path

        Returns
        -------
        dask Array, {frame} or Bag
        """
    return method


class _OnCluster:
    """Base of mixtures that are fitted on a cluster: a client beside the parameters of the one in memory."""

    client: Client | None

    # The mixture for rows in memory.
    _local: ClassVar[type]

    def __init__(self, client: Client | None = None, **parameters: Any):
        super().__init__(**{"n_jobs": 1, **parameters})
        self.client = client

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        client = inspect.signature(_OnCluster.__init__).parameters["client"]
        cls.__signature__ = inspect.Signature([client, *_keywords(cls._local)])  # type: ignore[attr-defined]

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return sorted(["client", *(each.name for each in _keywords(cls._local))])

    def __sklearn_clone__(self) -> Self:
        parameters = self.get_params(deep=False)  # type: ignore[attr-defined]
        client = parameters.pop("client")
        return type(self)(client=client, **{name: clone(each, safe=False) for name, each in parameters.items()})

    def __getstate__(self) -> Any:
        # A client is a connection of this process.
        return {**super().__getstate__(), "client": None}  # type: ignore[dict-item]

    @property
    def client_(self) -> Client:
        """The client that is used: the one given, or the current one of this process."""
        return get_client() if self.client is None else self.client

    def to_local(self) -> Any:
        """Return the fitted mixture for rows in memory, without a client.

        Returns
        -------
        SemiSupervisedGMM or SemiSupervisedGMMCV
        """
        check_is_fitted(self)
        parameters = self.get_params(deep=False)  # type: ignore[attr-defined]
        local = self._local(**{name: each for name, each in parameters.items() if name != "client"})
        local.__dict__.update({name: each for name, each in vars(self).items() if name not in parameters})
        return local

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: str | None = None,
        *,
        target: str | None = None,
        features: Iterable[str] | None = None,
    ) -> Self:
        """Learn from rows on a cluster.

        Parameters
        ----------
        X : dask Array, DataFrame or Bag, or path
            Each partition is read for every pass, unless the collection is persisted. Items of a Bag are arrays, pairs
            ``(X, y)``, triples ``(X, y, weights)``, or frames. Of Parquet files each row group is a partition, which
            workers read.
        y : dask Array or Series, optional
            Labels of an Array or a DataFrame, partitioned as it is.
        sample_weight : str, optional
            The column of weights, of a DataFrame or a file.
        target : str, optional
            The column of labels, of a DataFrame or a file.
        features : sequence of str, optional
            The columns to learn from; all others by default.

        Returns
        -------
        self
        """
        return self._fit_watched(collection_of(X, y, target, features, sample_weight), [])

    def _fit_watched(self, collection: Collection, on_pass: Sequence[OnPass]) -> Self:
        """Fit, with a bar of passes if `verbose` asks for one."""
        bar = PassesBar(getattr(self, "max_iter", None)) if self.verbose else None  # type: ignore[attr-defined]
        try:
            engine = Watched(OnCluster(collection, self.client_), [*on_pass, *([bar] if bar else [])])
            return self._fit_parts(engine)  # type: ignore[attr-defined, no-any-return]
        finally:
            if bar is not None:
                bar.close()

    def _answers(self, method: str, X: Any) -> Any:
        check_is_fitted(self)
        local = self.to_local()
        names = getattr(self, "feature_names_in_", None)
        some = getattr(local, method)(np.zeros((1, local.n_features_in_)))
        called = [method] if some.ndim == 1 else [str(each) for each in columns_of(local, some.shape[1])]
        return answered(X, partial(_answer, local, method), some, None if names is None else list(names), called)

    predict = _lazy("predict", "the most probable class of every row", "Series")
    predict_proba = _lazy("predict_proba", "the class probabilities", "DataFrame")
    predict_log_proba = _lazy("predict_log_proba", "the log of the class probabilities", "DataFrame")


def _keywords(local: type) -> list[inspect.Parameter]:
    """Return the parameters of a class by keyword."""
    own = inspect.signature(local.__init__).parameters  # type: ignore[misc]
    return [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in list(own.values())[1:]]


def _answer(model: Any, method: str, X: Any) -> Any:
    with warnings.catch_warnings():
        # The columns were found by their names before.
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        return getattr(model, method)(X)


class DaskSemiSupervisedGMM(_OnCluster, SemiSupervisedGMM):
    """`SemiSupervisedGMM` for rows on a cluster: a task for every partition and pass, no ranks and no sockets.

    The fit is that of `SemiSupervisedGMM` to the same partitions, to the last bit on machines with the same
    instruction set: however many workers there are, and whether or not some are lost on the way, as tasks are pure and
    answers are added in the order of the partitions. Labelled rows and a sample of at most 20,000 others are held where
    `fit` is called, where the M step runs as well.

    Parameters
    ----------
    client : distributed.Client, optional
        Default: the current client of the process.
    **parameters
        Those of `SemiSupervisedGMM`. `n_jobs` is of each task, and 1 by default: the threads of a worker run tasks
        beside one another.

    Attributes
    ----------
    client_ : distributed.Client

    Notes
    -----
    Others are those of `SemiSupervisedGMM`, but for `transduction_`; `to_local` gives one without a client.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from distributed import Client
    >>> from semigen.dask import DaskSemiSupervisedGMM
    >>> client = Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None)
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(0, 2, 3000)
    >>> X = da.from_array(rng.normal(size=(3000, 2)) + 3 * truth[:, None], chunks=(1000, 2))
    >>> y = da.from_array(np.where(np.arange(3000) % 100 == 0, truth, -1), chunks=1000)
    >>> model = DaskSemiSupervisedGMM(client).fit(X, y)
    >>> bool((model.predict(X).compute() == truth).mean() > 0.95)
    True
    >>> client.close()
    """

    _local = SemiSupervisedGMM
    # While a fit is under way.
    _checkpoint: Checkpoint | None = None
    _resume: str | Path | None = None

    transform = _lazy("transform", "the log of weight times density of every component", "DataFrame")
    score_samples = _lazy("score_samples", "log p(x) of every row", "Series")
    outlier_score = _lazy("outlier_score", "how little each row looks like one of the classes", "Series")

    def fit(  # type: ignore[override]
        self,
        X: Any,
        y: Any = None,
        sample_weight: str | None = None,
        *,
        target: str | None = None,
        features: Iterable[str] | None = None,
        checkpoint: str | Path | None = None,
        resume: str | Path | None = None,
    ) -> Self:
        """Learn from rows on a cluster.

        Parameters
        ----------
        X, y, sample_weight, target, features
            As for every mixture on a cluster: a dask Array with labels y that is partitioned alike, a DataFrame with
            the column `target`, a Bag of pairs ``(X, y)``, or a path to Parquet files, which workers read; weights are
            a column, of the name `sample_weight`.
        checkpoint : path, optional
            A file that is replaced after every pass by the parameters that it was made with.
        resume : path, optional
            Such a file, to start from. Scaling and prior are those of the rows that are given now.

        Returns
        -------
        self
        """
        collection = collection_of(X, y, target, features, sample_weight)
        self._resume = resume
        self._checkpoint = None if checkpoint is None else Checkpoint(checkpoint, self.covariance_type)
        try:
            return self._fit_watched(collection, [] if self._checkpoint is None else [self._checkpoint])
        finally:
            del self._resume, self._checkpoint

    def _learn(self, training: TrainingSet | Surveyed, known: TrainingSet) -> None:
        if self._resume is not None and self.guard:
            raise ValueError("guard=True compares fits that start at the labelled rows: leave resume out.")
        if self._checkpoint is not None:
            self._checkpoint.classes = known.labels.names
        super()._learn(training, known)

    def _start(self, training: TrainingSet, form: Family, class_first: NDArray[np.int64]) -> Start | None:
        if self._resume is None:
            return super()._start(training, form, class_first)
        before = resumed(self._resume, self.covariance_type, training.labels.names)
        return given_start(before, form, training.X.shape[1], class_first)


class DaskSemiSupervisedGMMCV(_OnCluster, SemiSupervisedGMMCV):  # type: ignore[misc]
    """`SemiSupervisedGMMCV` for rows on a cluster.

    Candidates are compared where `fit` is called, on the labelled rows and a sample of at most 5,000 others; the
    heaviest, five at most, are then fitted to all partitions, as `DaskSemiSupervisedGMM` does.

    Parameters
    ----------
    client : distributed.Client, optional
        Default: the current client of the process.
    **parameters
        Those of `SemiSupervisedGMMCV`.

    Attributes
    ----------
    client_ : distributed.Client
    """

    _local = SemiSupervisedGMMCV
