"""Base of SemiSupervisedGMM: how it learns, guarded or not, from rows in memory, in parts, or in a stream."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from copy import deepcopy
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.callers import outside
from semigen._runtime.threads import effective_threads
from semigen._validation import checked_rows, checked_weights
from semigen.base import TrainingSet, unchanged_if_failed
from semigen.labels import as_objects
from semigen.mixture import report_text, stream
from semigen.mixture.families import Family
from semigen.mixture.fitted import FittedMixture
from semigen.mixture.gaussian.parameters import SingularCovarianceError, Statistics
from semigen.mixture.guard import EM, guarded
from semigen.mixture.labels_as_evidence import with_label_noise
from semigen.mixture.learning.fit import MixtureFit, Start
from semigen.mixture.learning.progress import Progress
from semigen.mixture.learning.stepwise import RunningStatistics
from semigen.mixture.no_class_options import check_in_memory, check_known_classes_only, check_unknown_label
from semigen.mixture.options import SUPERVISED_ALONE, given_start, not_converged, singular_error
from semigen.mixture.outlier_scores import outlier_scores
from semigen.mixture.partitions.engine import Engine, InThisProcess
from semigen.mixture.partitions.sources import partitions_of
from semigen.mixture.partitions.surveyed import Surveyed, first_pass
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.suspect_labels import SuspectLabels, suspect_labels
from semigen.mixture.training import learn, rows_of, variants
from semigen.mixture.unknown_label import calibrated_threshold, with_unknown
from semigen.model_selection.paired_test import SUPERVISED


class MixtureLearner(FittedMixture):
    """Base of `SemiSupervisedGMM`: fits, and what they say in words."""

    # What pickles of earlier versions lack, which had no such parameters.
    distribution: str = "normal"
    degrees_of_freedom: float | str = "auto"
    rank: int | str = "auto"
    label_mechanism: str | None = None
    noise: str | None = None
    novelty: int | str | None = None
    false_alarm: float = 0.05

    covariance_type: str
    guard: bool
    init: Any
    max_iter: int
    reg_covar: float
    shrinkage: str | float
    tol: float
    unlabeled_weight: float
    verbose: int
    warm_start: bool
    suspect_labels_: SuspectLabels
    n_held_out_: int
    _stream: RunningStatistics

    def fit(
        self,
        X: Any,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | str | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
        target: str | None = None,
        features: Iterable[str] | None = None,
    ) -> Self:
        """Learn from labelled and unlabelled rows.

        Parameters
        ----------
        X : array-like of shape (n, d), or rows that come in parts
            Rows, labelled or not; float32 is computed in float32, all else in float64. Rows that no memory holds come
            in parts: a path to a Parquet file or a folder of them, an Arrow data set or table, a polars LazyFrame, or
            `Partitions`. Labelled rows are then held in memory with a sample of at most 20,000 others, by which starts
            and the guard look at rows; each pass reads all parts. There is no `transduction_`: `predict` of the parts
            answers part by part. The guard does not try the pessimistic fit.
        y : array-like of shape (n,) or (n, classes)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``. A row may have a set of the labels
            that are possible. As a matrix, `y` holds a probability for each class, or a row of NaN if unlabelled;
            columns are in the order of `classes`, or named as in a frame, or 0, 1, ... Probabilities and sets multiply
            the class probabilities of the model in their row: equal ones say nothing, and such a row is unlabelled.
            With `label_noise` a matrix holds labels instead, a column for each annotator.
        sample_weight : array-like of shape (n,), or str, optional
            What each row of `X` counts, or the column of weights of rows in parts; rows of `X_unlabeled` count one.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels. Cross-validation leaves them out of test folds; note that scikit-learn takes an
            argument with as many rows as `X` for one value per row and splits it along, and that a `Pipeline` passes it
            on untransformed unless its `transform_input` names it.
        target : str, optional
            The column of labels, of rows that come in parts and have names of columns.
        features : sequence of str, optional
            The columns to learn from; all others by default.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` iterations were not enough.
        SuspectFitWarning
            If the fit shows signs of being wrong, which are then in `suspicions_`.
        """
        source = partitions_of(X, y, sample_weight, X_unlabeled, target=target, features=features)
        if source is not None:
            return self._fit_parts(InThisProcess(source))
        with unchanged_if_failed(self), single_threaded_blas():
            self._validate_params()
            training = self._validated(X, y, sample_weight, X_unlabeled, self.classes)  # type: ignore[arg-type]
            check_unknown_label(self, training.labels.names)
            self._learn(training, training)
            if self._fit.confusion is not None:
                self.suspect_labels_ = suspect_labels(self._fit, training, np.arange(len(training.X)))
            self.transduction_ = self._transduction(training)
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Go on learning with more rows, of which each is seen once: stepwise EM.

        On a mixture that is not fitted the first call is `fit` (a cold start). On a fitted one (a warm start)
        the first call takes its E step from the fit and then replaces it by what its rows say: make it a large one.
        Each call after that makes an E step on its rows, fades what older rows have said by
        ``(t + 2) ** -0.6`` at the t-th step, and takes an M step. Scaling of columns and prior of covariances stay
        those of the fit, as do `n_labeled_` and `n_unlabeled_`. A call should bring many rows, in an order that is
        random: those of one class after those of another would each be forgotten in turn.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, classes)
            In any form that `fit` takes; in later calls of classes that are known by then. A class that comes later
            must be named by the parameter `classes` of the mixture.
        sample_weight : array-like of shape (n,), optional
        classes : array-like, optional
            All classes, as scikit-learn passes them: they must be those that the mixture knows.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable, or ``covariance_type='low_rank'``, whose statistics are about its loadings, and
            cannot be moved to others, or ``distribution='t'``. The estimator is then as it was before the call.

        References
        ----------
        O. Cappé, E. Moulines, "On-line expectation-maximization algorithm for latent data models", Journal of the Royal
        Statistical Society B 71, 2009.

        Examples
        --------
        >>> import numpy as np
        >>> from semigen import SemiSupervisedGMM
        >>> rng = np.random.default_rng(0)
        >>> model = SemiSupervisedGMM()
        >>> for _ in range(20):
        ...     truth = rng.integers(0, 2, 500)
        ...     X = rng.normal(size=(500, 2)) + 3 * truth[:, None]
        ...     y = np.where(np.arange(500) < 5, truth, -1)
        ...     model = model.partial_fit(X, y)
        >>> np.abs(model.means_).round(1)
        array([[0., 0.],
               [3., 3.]])
        """
        check_known_classes_only(self, "partial_fit")
        stream.check_options(self)
        begins = not hasattr(self, "_fit")
        with unchanged_if_failed(self), single_threaded_blas():
            if begins:
                self.fit(X, y, sample_weight)
            stream.check_classes(classes, self.classes_)
            statistics = self.statistics(X, y, sample_weight)
            if not statistics.mass.sum() > 0:
                raise ValueError("No row counts, so there is nothing to learn from: sample_weight is zero everywhere.")
            running, parameters = self.__dict__.get("_stream"), self._fit.parameters
            if running is None:
                stream.check_begin(statistics, as_objects(self.classes_[self.component_class_]))
                self._stream = RunningStatistics.first(statistics, parameters)
            else:
                self._stream = running.with_rows(statistics, parameters)
            if not begins:
                self.update(self._stream.of_all_rows())
                self.__dict__.pop("transduction_", None)
        return self

    def statistics(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Statistics:
        """Return the sufficient statistics of rows at the present parameters: an E step.

        Statistics of parts of the rows add up to those of all. With `update` they let you run EM by hand over rows that
        no memory holds, or that lie on several machines.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, classes)
            Labels of classes that the mixture knows, in any form that `fit` takes. Unlabelled rows count as in the fit
            that was kept: not at all if `guard` kept the supervised one.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        Statistics
        """
        check_known_classes_only(self, "statistics")
        check_is_fitted(self)
        X = checked_rows(
            X,
            dtype=self._dtypes,
            missing_allowed=self._missing_allowed,
            estimator=self,
            reset=False,
            least_rows=0,
            remedy_for_missing=self._remedy_for_missing,
        )
        check_consistent_length(X, y, sample_weight)
        rows = ArrayRows(self._fit.in_dtype(X[:0]), np.empty(0, dtype=np.int64), None, 1.0)
        # What is wrong with labels is said also where no row counts; scikit-learn takes no weights that are all zero.
        labels = self._labels_of(y, self.classes_) if len(X) else None
        if labels is not None and (sample_weight is None or np.any(sample_weight)):
            weights = None if sample_weight is None else checked_weights(sample_weight, X)
            training = TrainingSet(self._fit.in_dtype(X), labels, weights)
            rows = rows_of(training, self._unlabeled_weight, missing_allowed=self._missing_allowed)
        with single_threaded_blas():
            rows_with_noise = with_label_noise(self._fit, rows, labels)
            return self._fit.statistics(rows_with_noise, as_objects(self.classes_), effective_threads(self.n_jobs))

    def update(self, statistics: Statistics) -> Self:
        """Take one M step: the parameters that rows with these statistics ask for.

        Prior and scaling of columns stay those of `fit`, as do `transduction_`, `suspect_labels_` and numbers of rows.
        `history_` gets the objective of the rows at the parameters before the step, `log_likelihood_` becomes theirs.

        Parameters
        ----------
        statistics : Statistics
            Made by this mixture with its present parameters.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the statistics were made with other parameters, or are of no rows.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_iris
        >>> from semigen import SemiSupervisedGMM
        >>> X, species = load_iris(return_X_y=True)
        >>> y = np.where(np.arange(150) % 5 == 0, species, -1)
        >>> parts = [(X[i::3], y[i::3]) for i in range(3)]  # or files of a folder, read one after the other
        >>> model = SemiSupervisedGMM().fit(*parts[0])  # a start from rows that memory holds
        >>> for _ in range(20):
        ...     model = model.update(sum(model.statistics(*part) for part in parts))
        >>> bool(np.diff(model.history_[-2:])[0] < 1e-4)  # the objective of all rows has settled
        True
        """
        check_known_classes_only(self, "update")
        check_is_fitted(self)
        classes, threads = as_objects(self.classes_), effective_threads(self.n_jobs)
        with unchanged_if_failed(self), single_threaded_blas():
            try:
                self._keep_parameters(self._fit.updated(statistics, classes, threads))
            except SingularCovarianceError as error:
                raise singular_error(error, classes, self.shrinkage, self.reg_covar) from None
        return self

    def report(self) -> str:
        """Say in words what was learnt besides the classes' shapes.

        With ``guard=True`` which fit was kept, why, and what the unlabelled rows changed; with
        ``class_prior="unlabeled"`` how frequent the classes are beside how often they are labelled; with `label_noise`
        how many labels are wrong, and which classes are mistaken for which; with `label_mechanism` which rows have a
        label, and whether that is at random; with ``distribution="t"`` how heavy tails are; with `noise`, `novelty` or
        `unknown_label` how many rows are of no class. One of these is needed.

        Returns
        -------
        str
        """
        check_is_fitted(self)
        said = report_text.sentences(self)
        if not said:
            raise ValueError(
                "report compares with the supervised fit, which only guard=True makes; fit with it. It also says which "
                "class probabilities class_prior='unlabeled' found, which labels label_noise finds wrong, which rows "
                "have a label by label_mechanism, how heavy tails are with distribution='t', and which rows are of no "
                "class by noise, novelty or unknown_label."
            )
        return "\n".join(said)

    def _fit_parts(self, engine: Engine) -> Self:
        """Learn from rows that come in parts."""
        with unchanged_if_failed(self), single_threaded_blas():
            self._validate_params()
            check_in_memory(self)
            surveyed = first_pass(self, engine)
            self.__dict__.pop("transduction_", None)
            self._learn(surveyed, surveyed.known_rows())
            if self._fit.confusion is not None:
                numbers = surveyed.numbers_of_labeled()
                self.suspect_labels_ = suspect_labels(self._fit, surveyed.labeled_rows(), numbers)
            self.n_unlabeled_ = surveyed.n_unlabeled
        return self

    def _learn(self, training: TrainingSet | Surveyed, known: TrainingSet) -> None:
        """Fit, guarded or not, and look at the fit by the rows in memory."""
        for name in ("supervised_", "kept_", "_report", "_stream", "outlier_threshold_", "n_held_out_"):
            self.__dict__.pop(name, None)
        if self.guard:
            fit = self._fit_guarded(training, known.counting())
        else:
            progress, rng = Progress(int(self.verbose), training.labels), check_random_state(self.random_state)
            fit = learn(self, training, rng, partial(self._start, known), progress=progress)
            self._keep(fit, known, self.unlabeled_weight)
        if self.unknown_label is not None:
            n_novel = 0 if fit.no_class is None else fit.no_class.n_novel
            found = calibrated_threshold(self, known, n_novel, self._unlabeled_weight)
            self.outlier_threshold_, self.n_held_out_ = found
        if not fit.converged:
            warnings.warn(not_converged(fit, self.max_iter, self.tol), ConvergenceWarning, stacklevel=outside())
        self._examine(known)

    def _start(self, training: TrainingSet, form: Family, class_first: NDArray[np.int64]) -> Start | None:
        """Return the start that `init` or `warm_start` asks for, if any."""
        n_features = training.X.shape[1]
        same_classes = self.warm_start and np.array_equal(getattr(self, "classes_", []), training.labels.classes)
        if same_classes and self._fit.has_shape(form, n_features, class_first):
            return self.weights_, self.means_, self.covariances_
        if isinstance(self.init, str):
            return None
        return given_start(self.init, form, n_features, class_first)

    def _fit_guarded(self, training: TrainingSet | Surveyed, counting: TrainingSet) -> MixtureFit:
        if not isinstance(self.init, str):
            raise ValueError("guard=True compares fits that start at the labelled rows: leave init as it is.")
        in_parts = isinstance(training, Surveyed)
        fitters = variants(self, counting, pessimistic=not in_parts)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        outcome = guarded(fitters, counting, np.random.default_rng(seed))
        self.kept_, self._report = outcome.choice.kept, outcome.report(counting)
        kept = outcome.kept
        if in_parts and self.kept_ == EM:
            kept = learn(self, training, check_random_state(deepcopy(self.random_state)))
        self._keep(kept, counting, 0.0 if self.kept_ == SUPERVISED else float(self.unlabeled_weight))
        supervised = clone(self).set_params(**SUPERVISED_ALONE)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(supervised, name, getattr(self, name))
        supervised._keep(outcome.supervised, counting, 0.0)
        supervised.transduction_ = self.classes_[supervised._transduced(counting)]
        self.supervised_ = supervised
        return kept

    def _transduction(self, training: TrainingSet) -> NDArray[Any]:
        """Return the labels of training rows; those without one may be unknown."""
        named = self.classes_[self._transduced(training)]
        if "outlier_threshold_" not in self.__dict__:
            return named
        scores = np.full(len(named), -np.inf)
        for some in self._slices(training.X, np.flatnonzero(training.labels.unlabeled)):
            scores[some] = outlier_scores(self._fit, training.X[some])
        return with_unknown(named, self.unknown_label, scores > self.outlier_threshold_)

    @property
    def _safer(self) -> str:
        return "SemiSupervisedGMMCV" if self.guard else "guard=True or SemiSupervisedGMMCV"
