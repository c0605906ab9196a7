"""Base of SemiSupervisedGMM: densities, features, samples, criteria and imputation of a fitted mixture."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.callers import outside
from semigen._runtime.threads import effective_threads
from semigen._validation import checked_rows, checked_weights
from semigen.base import GenerativeClassifier, TrainingSet, unchanged_if_failed
from semigen.diagnostics import Examined, Suspicion, in_order, signs
from semigen.labels import UNSURE_CODE, Labels, as_objects
from semigen.mixture.gaussian.imputation import conditional_moments
from semigen.mixture.gaussian.parameters import SingularCovarianceError, Statistics
from semigen.mixture.gaussian.sampling import draw
from semigen.mixture.gaussian.scaling import in_original_units
from semigen.mixture.gaussian.student_t import n_free
from semigen.mixture.heavy_tails import HeavyTails
from semigen.mixture.incomplete import TakesIncompleteData
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.options import not_converged, singular_error
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.missing_patterns import patterns_of
from semigen.mixture.rows.noisy_labels import NoisyRows


class FittedMixture(
    HeavyTails,
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    TakesIncompleteData,
    GenerativeClassifier,
):
    """Base of `SemiSupervisedGMM`: densities, features, samples, criteria and imputation from a fit's parameters."""

    # What pickles of version 0.1.0 lack, which had no such parameter.
    rank: int | str = "auto"
    n_jobs: int | None
    random_state: Any
    shrinkage: str | float
    reg_covar: float
    max_iter: int
    tol: float
    weights_: NDArray[np.float64]
    means_: NDArray[np.float64]
    covariances_: NDArray[np.float64]
    class_prior_: NDArray[np.float64]
    n_labeled_: NDArray[np.int64]
    _uses_unlabeled: bool
    _unlabeled_weight: float

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the log of weight times density of every component, as features for another classifier.

        They go over many powers of ten, on which few classifiers do well; `GenerativeFeatures` makes distances of
        them.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, components)
            In the units of `predict_joint_log_proba`: the logsumexp of a class's components (`component_class_`) is
            its column there.
        """
        check_is_fitted(self)
        return self._log_joint_by(self._validated_rows(X), np.arange(len(self.weights_) + 1))

    def sample(self, n_samples: int = 1, y: Any = None) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Draw rows from the model.

        Parameters
        ----------
        n_samples : int, default=1
        y : label, optional
            Draw from this class only; None draws classes by their probabilities.

        Returns
        -------
        X : array of shape (n_samples, d)
        y : array of shape (n_samples,)
            The class of every row.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        weights = self.weights_.copy()
        if y is not None:
            weights[self.component_class_ != self._code_of(y)] = 0
        random_state = check_random_state(self.random_state)
        component = random_state.choice(len(weights), size=n_samples, p=weights / weights.sum())
        scaling = self._fit.scaling
        rows = draw(self._fit.parameters, component, random_state) / scaling.scale + scaling.centre
        return rows, self.classes_[self.component_class_[component]]

    def bic(self, X: ArrayLike, y: ArrayLike | None = None) -> float:
        """Return the Bayesian information criterion; lower is better, among models of the same rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,), optional
            Labels, in any form that `fit` takes: labelled rows count by log p(x, y), unlabelled ones, and all without
            `y`, by log p(x).

        Returns
        -------
        float
        """
        log_likelihood, n = self._log_likelihood(X, y)
        return -2 * log_likelihood + self._n_parameters() * float(np.log(n))

    def aic(self, X: ArrayLike, y: ArrayLike | None = None) -> float:
        """Return the Akaike information criterion; lower is better, among models of the same rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,), optional
            As in `bic`.

        Returns
        -------
        float
        """
        log_likelihood, _ = self._log_likelihood(X, y)
        return -2 * log_likelihood + 2 * self._n_parameters()

    def impute(
        self, X: ArrayLike, *, return_covariance: bool = False
    ) -> NDArray[np.float64] | tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Replace missing values by what the mixture expects of them, given what was measured of their rows.

        Needs ``missing="marginal"``. A single value per gap hides how unsure it is: look at the covariance before
        trusting it.

        Parameters
        ----------
        X : array-like of shape (n, d)
            NaN where missing.
        return_covariance : bool, default=False
            Whether to return the covariances of the missing values as well: n times d times d numbers.

        Returns
        -------
        rows : array of shape (n, d)
            Measured values as they were, missing ones by their conditional mean.
        covariances : array of shape (n, d, d)
            Conditional covariance of the missing values of every row; zero in measured columns. Only if
            `return_covariance`.
        """
        check_is_fitted(self)
        if not self._missing_allowed:
            raise ValueError("impute needs a mixture that was fitted with missing='marginal'.")
        rows = self._validated_rows(X)
        component = self._log_joint_by(rows, np.arange(len(self.weights_) + 1))
        scaling = self._fit.scaling
        mean, covariance = conditional_moments(
            scaling.apply(rows),
            patterns_of(rows),
            self._fit.parameters,
            softmax(component, axis=1),
            with_covariance=return_covariance,
        )
        filled = np.where(np.isnan(rows), mean / scaling.scale + scaling.centre, rows)
        if covariance is None:
            return filled
        return filled, covariance / scaling.scale[:, None] / scaling.scale

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
            incomplete = self._missing_allowed and bool(np.isnan(X).any())
            rows = ArrayRows(
                self._fit.in_dtype(X), labels.codes, weights, self._unlabeled_weight, labels.log_prior, incomplete
            )
        with single_threaded_blas():
            rows_with_noise = self._with_noise(rows, labels)
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
        check_is_fitted(self)
        classes, threads = as_objects(self.classes_), effective_threads(self.n_jobs)
        with unchanged_if_failed(self), single_threaded_blas():
            try:
                self._keep_parameters(self._fit.updated(statistics, classes, threads))
            except SingularCovarianceError as error:
                raise singular_error(error, classes, self.shrinkage, self.reg_covar) from None
        return self

    def _through_noise(self, labels: Labels) -> Labels:
        return labels

    def _with_noise(self, rows: ArrayRows, labels: Labels | None) -> ArrayRows | NoisyRows:
        return rows

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        classes, (means, variances) = as_objects(self.classes_), self._class_moments()
        found = [
            *super()._suspicions(examined),
            signs.shifted_class(examined.labeled, examined.codes, means, variances, classes, self._columns),
        ]
        # To labels alone the prior of the covariances is enough: there is no EM that could go astray.
        form = self._fit.parameters.form
        if form.correlated and self._uses_unlabeled:
            n_rows, n_labels = self.weights_ * self._fit.weight_of_classes, self.n_labeled_[self.component_class_]
            whose = [classes[k] for k in self.component_class_]
            if form.shared:
                n_rows, n_labels, whose = n_rows.sum(keepdims=True), self.n_labeled_.sum(keepdims=True), [None]
            found.append(signs.too_few_rows(n_rows, n_labels, form.directions(self.n_features_in_), whose))
        return list(in_order(found))

    def _class_moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean and the variances of every class, over its components."""
        variances = self._variances_of_components(self.covariances_)
        first = self._fit.class_first[:-1]
        share = (self.weights_ / self.class_prior_[self.component_class_])[:, None]
        mean = np.add.reduceat(share * self.means_, first, axis=0)
        apart = self.means_ - mean[self.component_class_]
        return mean, np.add.reduceat(share * (variances + apart**2), first, axis=0)

    def _features_for_classifier(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return Mahalanobis' distances to the components in the measured columns, less their mean."""
        return self._distances(X, np.arange(len(self.weights_) + 1))

    def _features_of_classes(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return such a distance to every class: components of two fits may come in any order, classes do not."""
        return self._distances(X, self._fit.class_first)

    def _distances(self, X: ArrayLike, first: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return sqrt(2 (largest log p(x, group) at a mean of the group - log p(x, group))), less the mean of a row.

        Parameters
        ----------
        X : array-like of shape (n, d)
        first : array of shape (groups + 1,)
            The first component of each group, and the number of components.
        """
        rows = self._validated_rows(X)
        gaps, pattern = np.unique(np.isnan(rows), axis=0, return_inverse=True)
        at_means = np.where(gaps[:, None], np.nan, self.means_).reshape(-1, rows.shape[1])
        at_all = self._log_joint_by(at_means, first).reshape(len(gaps), len(self.weights_), -1)
        groups = np.arange(len(first) - 1)
        own = np.repeat(groups, np.diff(first))[:, None] == groups
        largest = np.where(own, at_all, -np.inf).max(axis=1)
        short = largest[pattern] - self._log_joint_by(rows, first)
        distance = np.sqrt(2 * np.maximum(short, 0))
        return np.asarray(distance - distance.mean(axis=1, keepdims=True))

    @property
    def _n_features_out(self) -> int:
        return len(self.weights_)

    def _log_joint(self, X: NDArray[Any]) -> NDArray[np.float64]:
        return self._log_joint_by(X, self._fit.class_first)

    def _log_joint_by(self, X: NDArray[Any], first_component: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return log p(x, group) for groups of consecutive components."""
        with single_threaded_blas():
            return self._fit.log_joint(X, first_component, effective_threads(self.n_jobs))

    def _as_frequent_as_labels(self, X: NDArray[Any]) -> NDArray[np.float64]:
        return self._log_joint(X) + self._fit.shift_to_labels()

    def _likeliest(self, X: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        with single_threaded_blas():
            return self._fit.among_unlabeled().likeliest_classes(X, chosen, effective_threads(self.n_jobs))

    def _log_likelihood(self, X: ArrayLike, y: ArrayLike | None) -> tuple[float, int]:
        joint = self.predict_joint_log_proba(X)
        if y is not None:
            labels = self._labels_of(y, self.classes_)
            if len(labels.codes) != len(joint):
                raise ValueError(f"X has {len(joint)} rows and y has {len(labels.codes)}; they must be as many.")
            joint = joint + self._through_noise(labels).all_log_priors()
        evidence = np.logaddexp.reduce(joint, axis=1)
        return float(evidence.sum()), len(joint)

    def _n_parameters(self) -> int:
        n_components, class_prior = len(self.weights_), self._fit.options.class_prior
        free_weights = n_components - (1 if class_prior is None else len(self.classes_))
        free = free_weights + n_free(n_components, self._fit.options.learnt_degrees)
        return self._fit.parameters.form.free_parameters(n_components, self.n_features_in_) + free

    def _keep(self, fit: MixtureFit, training: TrainingSet, unlabeled_weight: float) -> None:
        """Set the attributes that a fit leaves, but for `transduction_`."""
        labels = training.labels
        self.classes_ = labels.classes
        self._keep_parameters(fit)
        counting = labels.unlabeled if training.weights is None else labels.unlabeled & (training.weights > 0)
        self._unlabeled_weight = float(unlabeled_weight)
        self._uses_unlabeled = bool(unlabeled_weight > 0 and counting.any())
        self.n_labeled_ = labels.counts
        self.n_unsure_ = int((labels.codes == UNSURE_CODE).sum())
        self.n_unlabeled_ = int(labels.unlabeled.sum())

    def _keep_parameters(self, fit: MixtureFit) -> None:
        """Set the attributes that do not depend on the labels of the training rows."""
        self._fit, sizes = fit, fit.options.sizes
        self.n_components_ = sizes
        self.component_class_ = np.repeat(np.arange(len(sizes)), sizes)
        self.weights_ = np.exp(fit.parameters.log_weights)
        self.weights_ /= self.weights_.sum()
        self.class_prior_ = np.add.reduceat(self.weights_, fit.class_first[:-1])
        self.means_, self.covariances_, self.precisions_cholesky_ = in_original_units(fit.parameters, fit.scaling)
        self.n_iter_, self.converged_ = fit.n_iter, fit.converged
        self.history_, self.log_likelihood_ = fit.history, fit.log_likelihood
        self._check_finite()

    def _warn_unless_converged(self, fit: MixtureFit) -> None:
        """Tell the caller of `fit` that it has not settled."""
        if not fit.converged:
            warnings.warn(not_converged(fit, self.max_iter, self.tol), ConvergenceWarning, stacklevel=outside())

    def _check_finite(self) -> None:
        """Refuse a fit that left the range of floating-point numbers, whatever took it there."""
        for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "history_", "log_likelihood_"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(
                    f"The fit ended with values in {name} that are no finite numbers: values in X, sample_weight or "
                    "init are beyond what can be computed with. Rescale them, or pass X as float64."
                )
