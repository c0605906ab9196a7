"""Base of SemiSupervisedGMM: what a fitted mixture answers of rows, and what it consists of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils.validation import check_is_fitted

from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.threads import effective_threads
from semigen.base import GenerativeClassifier, TrainingSet
from semigen.diagnostics import Examined, Suspicion, in_order
from semigen.labels import UNSURE_CODE, Labels, as_objects, encode_annotators, is_matrix
from semigen.mixture.component_distances import component_distances
from semigen.mixture.gaussian.imputation import conditional_moments
from semigen.mixture.gaussian.label_noise import of_given_labels
from semigen.mixture.gaussian.no_class import NoClass
from semigen.mixture.gaussian.sampling import draw
from semigen.mixture.gaussian.scaling import in_original_units
from semigen.mixture.incomplete import TakesIncompleteData
from semigen.mixture.label_mechanism import LabelMechanism
from semigen.mixture.labels_as_evidence import as_evidence
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.outlier_scores import of_no_class, outlier_scores
from semigen.mixture.rows.missing_patterns import patterns_of
from semigen.mixture.signs_of_mixtures import is_explained, shifted_class, too_few_rows, without_rows_of_no_class
from semigen.mixture.unknown_label import with_unknown


class FittedMixture(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    TakesIncompleteData,
    GenerativeClassifier,
):
    """Base of `SemiSupervisedGMM`: answers of the mixture in `_fit`."""

    # What pickles of earlier versions lack, which had no such parameters.
    label_noise: ArrayLike | str | None = None
    unknown_label: Any = None

    n_jobs: int | None
    random_state: Any
    weights_: NDArray[np.float64]
    means_: NDArray[np.float64]
    covariances_: NDArray[np.float64]
    class_prior_: NDArray[np.float64]
    label_noise_: NDArray[np.float64]
    component_class_: NDArray[np.int64]
    n_labeled_: NDArray[np.int64]
    outlier_threshold_: float
    _fit: MixtureFit
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

    def outlier_score(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return how little each row looks like one of the known classes: larger is stranger.

        The score is log p(x, no known class) - log p(x, known class), the log odds of a row to be of a novel component
        or noise, if the fit has them (`novelty`, `noise`). Without noise, a uniform density of weight 0.01 stands in
        for rows that no component describes; without both, the score is minus log p(x) up to a constant. It is not
        calibrated itself: `outlier_threshold_` is, if there is an `unknown_label`.

        Parameters
        ----------
        X : array-like of shape (n, d)
            With ``missing="marginal"`` also rows with NaN, which are scored by what was measured.

        Returns
        -------
        array of shape (n,)

        Examples
        --------
        >>> import numpy as np
        >>> from semigen import SemiSupervisedGMM
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(300, 2)) + np.repeat([[0, 0], [6, 0], [0, 6]], 100, axis=0)
        >>> y = np.full(300, "?")
        >>> y[:20], y[100:120] = "a", "b"  # nobody has labelled the third cloud
        >>> model = SemiSupervisedGMM(novelty=1, unlabeled="?", unknown_label="unknown").fit(X, y)
        >>> bool(model.outlier_score([[0, 6]])[0] > model.outlier_score([[0, 0]])[0])
        True
        >>> model.predict([[0, 0], [6, 0], [0, 6]]).tolist()
        ['a', 'b', 'unknown']
        """
        check_is_fitted(self)
        rows = self._validated_rows(X)
        with single_threaded_blas():
            return outlier_scores(self._fit, rows)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of every row, or `unknown_label` where the row looks like none.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
            Classes; with `unknown_label` also that label, for rows whose `outlier_score` is above
            `outlier_threshold_`.
        """
        predicted = super().predict(X)
        if self.unknown_label is None or "outlier_threshold_" not in self.__dict__:
            return predicted
        return with_unknown(predicted, self.unknown_label, self.outlier_score(X) > self.outlier_threshold_)

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
        return -2 * log_likelihood + self._fit.n_parameters * float(np.log(n))

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
        return -2 * log_likelihood + 2 * self._fit.n_parameters

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

    @property
    def degrees_of_freedom_(self) -> NDArray[np.float64]:
        """Degrees of freedom of every component, of shape (M,); only with ``distribution='t'``."""
        fit = self.__dict__.get("_fit")
        found = None if fit is None else fit.parameters.degrees_of_freedom
        if found is None:
            raise AttributeError("Only a mixture that was fitted with distribution='t' has degrees_of_freedom_.")
        return np.array(found)

    @property
    def label_mechanism_(self) -> LabelMechanism:
        """Which rows have a label, as it was estimated; only with `label_mechanism`."""
        fit = self.__dict__.get("_fit")
        found: LabelMechanism | None = None if fit is None else fit.label_mechanism
        if found is None:
            raise AttributeError(
                "label_mechanism_ is there after a fit with label_mechanism, unless guard=True kept the supervised fit."
            )
        return found

    @property
    def noise_weight_(self) -> float:
        """Probability of noise, of a row without a label; zero without noise."""
        beside = self._no_class_of("noise_weight_")
        return 0.0 if beside is None else beside.noise_weight

    @property
    def novel_weight_(self) -> float:
        """Probability of the novel components together, of a row that is no noise; zero without any."""
        beside = self._no_class_of("novel_weight_")
        return 0.0 if beside is None else beside.novel_weight

    @property
    def novel_means_(self) -> NDArray[np.float64]:
        """Means of the novel components, of shape (novel components, d)."""
        beside = self._no_class_of("novel_means_")
        if beside is None or beside.novel is None:
            return np.empty((0, self._fit.parameters.n_features))
        return np.asarray(beside.novel.means / self._fit.scaling.scale + self._fit.scaling.centre)

    def _no_class_of(self, name: str) -> NoClass | None:
        if "_fit" not in self.__dict__:
            raise AttributeError(f"Only a fitted mixture has {name}.")
        return self._fit.no_class

    @property
    def _n_features_out(self) -> int:
        return len(self.weights_)

    def _log_joint(self, X: NDArray[Any]) -> NDArray[np.float64]:
        return self._log_joint_by(X, self._fit.class_first)

    def _log_joint_by(self, X: NDArray[Any], first_component: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return log p(x, group) for groups of consecutive components."""
        with single_threaded_blas():
            return self._fit.log_joint(X, first_component, effective_threads(self.n_jobs))

    def _features_for_classifier(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return distances to the components in the measured columns, less their mean."""
        return self._distances(X, np.arange(len(self.weights_) + 1))

    def _features_of_classes(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return such a distance to every class: components of two fits may come in any order, classes do not."""
        return self._distances(X, self._fit.class_first)

    def _distances(self, X: ArrayLike, first: NDArray[np.int64]) -> NDArray[np.float64]:
        rows = self._validated_rows(X)
        with single_threaded_blas():
            return component_distances(self._fit, rows, self.means_, first, effective_threads(self.n_jobs))

    def _labels_of(self, y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
        if self.label_noise is not None and is_matrix(y):
            return encode_annotators(y, unlabeled=self.unlabeled, classes=classes)
        return super()._labels_of(y, classes)

    def _likeliest(self, X: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        with single_threaded_blas():
            return self._fit.among_unlabeled().likeliest_classes(X, chosen, effective_threads(self.n_jobs))

    def _transduced(self, training: TrainingSet) -> NDArray[np.int64]:
        return super()._transduced(replace(training, labels=as_evidence(self._fit, training.labels)))

    def _as_frequent_as_labels(self, X: NDArray[Any]) -> NDArray[np.float64]:
        found = self._log_joint(X) + self._fit.shift_to_labels()
        if self._fit.confusion is None:
            return found
        # Labels are compared with labels: wrong ones are no sign of a wrong fit.
        return np.asarray(np.log(of_given_labels(softmax(found, axis=1), self._fit.confusion)))

    def _log_likelihood(self, X: ArrayLike, y: ArrayLike | None) -> tuple[float, int]:
        """Return the log-likelihood of rows and labels, and the number of rows."""
        check_is_fitted(self)
        rows = self._validated_rows(X)
        known, sure = self._log_joint(rows), np.zeros(len(rows), dtype=bool)
        log_prior = np.zeros((len(rows), 1))
        if y is not None:
            labels = self._labels_of(y, self.classes_)
            if len(labels.codes) != len(rows):
                raise ValueError(f"X has {len(rows)} rows and y has {len(labels.codes)}; they must be as many.")
            log_prior, sure = as_evidence(self._fit, labels).all_log_priors(), labels.labeled
        beside = self._fit.no_class
        if beside is None:
            return float(np.logaddexp.reduce(known + log_prior, axis=1).sum()), len(rows)
        known = known + np.log1p(-beside.novel_weight) + log_prior
        known = known + np.where(sure, 0.0, np.log1p(-beside.noise_weight))[:, None]
        evidence = np.logaddexp.reduce(known, axis=1)
        other = of_no_class(self._fit, rows) + log_prior.min(axis=1)
        return float(np.where(sure, evidence, np.logaddexp(evidence, other)).sum()), len(rows)

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        fit, classes = self._fit, as_objects(self.classes_)
        with single_threaded_blas():
            examined = without_rows_of_no_class(fit, examined)
        found = [
            *super()._suspicions(examined),
            shifted_class(fit, examined, self.means_, self.covariances_, classes, self._columns),
            too_few_rows(fit, self.n_labeled_, classes) if self._uses_unlabeled else None,
        ]
        return [each for each in in_order(found) if not is_explained(fit, each)]

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
        for name in ("label_noise_", "suspect_labels_") if fit.confusion is None else ():
            self.__dict__.pop(name, None)
        if fit.confusion is not None:
            self.label_noise_ = fit.confusion[0] if len(fit.confusion) == 1 else fit.confusion
        # Whatever took a fit out of the range of floating-point numbers.
        for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "history_", "log_likelihood_"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(
                    f"The fit ended with values in {name} that are no finite numbers: values in X, sample_weight or "
                    "init are beyond what can be computed with. Rescale them, or pass X as float64."
                )
