"""GenerativeFeatures, the hybrid: features that a generative model learns from all rows, and a classifier on them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils import _safe_indexing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from semigen._runtime.arithmetic import ordinary
from semigen._validation import checked_rows, checked_weights
from semigen.base import SemiSupervisedClassifier, TrainingSet, unchanged_if_failed
from semigen.compose.hybrid_parts import (
    CONSTRAINTS,
    check_columns,
    check_held_out,
    check_parts,
    classifier_has,
    features_for_classifier,
    fitted_to_all,
    label_readers,
    remedy_for_missing,
    takes_missing,
    unfitted,
    unseen_features,
    warn_of_labels_known,
)
from semigen.labels import Labels, as_objects
from semigen.labels.checks import check_labels
from semigen.model_selection.any_classifier import fit_part, or_equal, part_of, told_to_classifier, without_answers
from semigen.tables.sparse_rows import TakesSparseRows


class GenerativeFeatures(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    TakesSparseRows,
    SemiSupervisedClassifier,
):
    """Hybrid of a generative model and any classifier: features learnt from all rows, classes from the labelled ones.

    The model is fitted to all rows, labelled or not; the classifier then to the features of the labelled rows. Where
    few rows are labelled, a plain classifier can do far better on features that the others taught than on raw columns;
    where a linear border suits the columns as they are, it may not.

    Parameters
    ----------
    model : estimator with `fit` and `transform`
        What learns the features, of which `transform` tells: `VAEFeatures`, `SemiSupervisedGMM`, `SemiSupervisedGAN`,
        a semi-supervised autoencoder, any unsupervised transformer, or a pipeline of these. Models that can do without
        labels get none; the semi-supervised ones get those there are. A clone is fitted, also of a fitted model, unless
        that is wrapped in `sklearn.frozen.FrozenEstimator`.
    classifier : classifier, optional
        What learns the classes: any of scikit-learn's. One that learns from unlabelled rows itself
        (`SemiSupervisedGMM`, or of `sklearn.semi_supervised`, also at the end of a pipeline) gets the features of all
        rows; any other those of the labelled rows. Default: ``LogisticRegression(max_iter=1000)``; pass it to search
        over its parameters.
    passthrough : bool, default=False
        Whether the classifier sees the columns as well, before the features. A forest on both can follow borders that
        no cloud has; it needs no scaling, most other classifiers do (in a pipeline that is `classifier`). Values that
        are missing are handed on to a classifier that takes them.
    n_folds : int, default=None
        Folds in which labels are held out of a model that reads them, so that the classifier learns from features of
        rows whose label the model had not seen. Features are then one a class (see `transform`), as only these mean
        the same in every fit. The only labelled row of a class is never held out. Default: none is, and the classifier
        trusts such features too much. Of no effect on models that read no label.
    classes : array-like, optional
        All classes, in the order wanted; the parts that learn from unlabelled rows are told. May name classes without
        a labelled row if the classifier is one of semigen's. Default: those in `y`, sorted.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``. The parts are told.

    Attributes
    ----------
    model_ : estimator
        The fitted model.
    classifier_ : estimator
        The fitted classifier. One of `sklearn.semi_supervised` knows classes by their numbers in `classes_`, and so
        does a plain one if `classes` gives an order that is not the sorted one.
    classes_ : array of shape (classes,)
    transduction_ : array of shape (n,)
        The class of every training row, those of `X_unlabeled` last; a label that was given is kept.
    n_labeled_ : array of shape (classes,)
        Labelled rows of each class.
    n_unlabeled_ : int
    n_features_in_ : int
    feature_names_in_ : array of shape (d,)
        Only if `X` had names for its columns.

    Notes
    -----
    A model that reads labels has adapted to the labelled rows, so its features look better on them than on other rows,
    and a classifier on these features is surer than it should be, unless `n_folds` holds labels out. `VAEFeatures` and
    the like have no such bias.

    References
    ----------
    D. Kingma, D. Rezende, S. Mohamed, M. Welling, "Semi-supervised learning with deep generative models", NeurIPS 2014
    (M1 and a classifier on it). T. Jaakkola, D. Haussler, "Exploiting generative models in discriminative classifiers",
    NeurIPS 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from semigen import GenerativeFeatures, SemiSupervisedGMM
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 10 == 0, species, -1)  # every tenth row is labelled
    >>> model = GenerativeFeatures(SemiSupervisedGMM(), SVC()).fit(X, y)
    >>> print(f"{model.score(X, species):.2f}")
    0.97
    >>> model.transform(X).shape
    (150, 3)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS
    # What pickles of version 0.1.0 lack.
    passthrough, n_folds, _held_out = False, None, False

    def __init__(
        self,
        model: Any,
        classifier: Any = None,
        *,
        passthrough: bool = False,
        n_folds: int | None = None,
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
    ):
        self.model = model
        self.classifier = classifier
        self.passthrough = passthrough
        self.n_folds = n_folds
        self.classes = classes
        self.unlabeled = unlabeled

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
    ) -> Self:
        """Learn features from all rows, then classes from the labelled ones.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, d)
            Rows of numbers, labelled or not; columns of text are encoded before, in a pipeline that ends here. Sparse
            rows are reduced to 50 numbers at most by truncated SVD, with a warning.
        y : array-like of shape (n,)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``.
        sample_weight : array-like of shape (n,), optional
            What each row of `X` counts, for the parts that take weights; rows of `X_unlabeled` count one. Rows of
            weight zero are absent for both.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels. Cross-validation leaves them out of test folds.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.

        Warns
        -----
        UserWarning
            If a frozen model has seen more labels than are given here: in cross-validation, those of the test rows.
        """
        with unchanged_if_failed(self):
            self._validate_params()
            everything = self._validated(X, y, sample_weight, X_unlabeled, self.classes)
            weights = np.ones(len(everything.X)) if everything.weights is None else everything.weights
            check_labels(everything.labels, weights, self.classes)
            self._learn(everything)
        return self

    def with_features_of(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Return an unfitted copy whose features are learnt from these rows, once, for every later fit.

        For cross-validation, where fitting the model for every fold takes long and teaches it little that is new:
        ``cross_val_score(hybrid.with_features_of(X), X, y, cv=LabeledStratifiedKFold(5))``. The rows of test folds are
        then among those that taught the features, as unlabelled rows are; their labels are not.

        Parameters
        ----------
        X : array-like of shape (n, d)
            All rows, labelled or not.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        GenerativeFeatures
            With `model` a `sklearn.frozen.FrozenEstimator`, which `clone`, and so each fold, leaves fitted.

        Raises
        ------
        ValueError
            If the model reads labels: its features would have seen those that a fold holds out.
        """
        copy: Self = clone(self)
        copy._validate_params()
        readers = label_readers(self.model)
        if readers:
            raise ValueError(
                f"{type(readers[0]).__name__} reads labels, so features that are fitted once would have seen those of "
                "the rows that cross-validation holds out. Leave with_features_of out, and each fold fits its own."
            )
        rows = clone(self)._checked_rows(X, reset=True)
        # A frame is given as it is: the frozen model then knows the names of its columns.
        given, weights = X if hasattr(X, "columns") else rows, None
        if sample_weight is not None:
            weights = checked_weights(sample_weight, rows)
            counting = np.flatnonzero(weights)
            given, weights = _safe_indexing(given, counting), weights[counting]
        copy.model = FrozenEstimator(fit_part(copy.model, given, None, weights))
        return copy

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Return the features as the classifier sees them; with `passthrough`, behind the columns.

        They are what the model's `transform` gives, but for two models at its end:

        - Log-densities of a mixture go over many powers of ten, on which few classifiers do well. They become
          distances: the square root of twice what log p(x | component) is short of its largest value, which is
          Mahalanobis' distance, less its mean over the components.
        - The latent z of a semi-supervised autoencoder is what is left of a row when its class is taken away, so
          log q(y | x) is set beside it.

        With `n_folds` they are one a class instead: of a mixture such a distance, where log p(x | y) is short of its
        largest value at a mean of the class; of a semi-supervised autoencoder log q(y | x).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, features)
        """
        check_is_fitted(self)
        return self._seen(X)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class of every row.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
        """
        check_is_fitted(self)
        return self._predicted(self._seen(X))

    @available_if(classifier_has("predict_proba"))  # type: ignore[untyped-decorator]
    @ordinary
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return class probabilities, if the classifier gives any.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
            Columns in the order of `classes_`.
        """
        check_is_fitted(self)
        with without_answers():
            return or_equal(np.asarray(self.classifier_.predict_proba(self._seen(X))))

    @available_if(classifier_has("predict_proba"))  # type: ignore[untyped-decorator]
    @ordinary
    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the log of the class probabilities, if the classifier gives any.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes)
            Columns in the order of `classes_`.
        """
        check_is_fitted(self)
        return self._log_posterior(self._validated_rows(X))

    @available_if(classifier_has("decision_function"))  # type: ignore[untyped-decorator]
    @ordinary
    def decision_function(self, X: ArrayLike) -> NDArray[Any]:
        """Return the values by which the classifier decides, if it gives any.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,) for two classes, else most often of shape (n, classes)
        """
        check_is_fitted(self)
        return np.asarray(self.classifier_.decision_function(self._seen(X)))

    def _learn(self, everything: TrainingSet) -> None:
        counting = np.ones(len(everything.X), dtype=bool) if everything.weights is None else everything.weights > 0
        training = everything.counting()
        labels = training.labels
        check_parts(self.model, self._classifier(), labels, training.weights)
        warn_of_labels_known(self.model, labels)
        self.classes_ = labels.classes
        self.model_ = self._unfitted(self.model)
        check_columns(self.model_, self)
        self._held_out = self.n_folds is not None and bool(label_readers(self.model))
        if self._held_out:
            check_held_out(self.model_)
        fitted_to_all(self.model_, training)
        features = self._features_by(self.model_, everything.X)
        self._n_features_out = features.shape[1]
        taught = features[counting]
        if self._held_out and self.n_folds is not None:
            taught = unseen_features(self._fitted_model, self._features_by, training, taught, self.n_folds)
        self._learn_classes(taught, labels, training.weights)
        self.n_labeled_ = labels.counts
        self.n_unlabeled_ = int(labels.unlabeled.sum())
        self.transduction_ = self._classes_of(features, everything.labels)
        if hasattr(self.classifier_, "predict_proba"):
            self._examine(everything)

    def _fitted_model(self, rows: TrainingSet) -> Any:
        return fitted_to_all(self._unfitted(self.model), rows)

    def _learn_classes(self, features: NDArray[Any], labels: Labels, weights: NDArray[np.float64] | None) -> None:
        """Fit the classifier to the features of the rows that it can learn from."""
        classifier = self._unfitted(self._classifier())
        rows, y, self._in_codes = told_to_classifier(classifier, labels)
        self.classifier_ = fit_part(classifier, features[rows], y, part_of(weights, rows))

    def _classifier(self) -> Any:
        return LogisticRegression(max_iter=1000) if self.classifier is None else self.classifier

    def _unfitted(self, part: Any) -> Any:
        return unfitted(part, self.unlabeled, None if self.classes is None else as_objects(self.classes_))

    def _seen(self, X: ArrayLike) -> NDArray[Any]:
        return self._features_by(self.model_, self._validated_rows(X))

    def _features_by(self, model: Any, rows: NDArray[Any]) -> NDArray[Any]:
        with warnings.catch_warnings():
            # Names of columns were compared when they were given; the parts get arrays.
            warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
            given = features_for_classifier(model, rows, of_classes=self._held_out)
        called = f"features of {type(self.model).__name__}"
        features = checked_rows(given, dtype=self._dtypes, name=called)
        return np.hstack([rows, features]) if self.passthrough else features

    def _predicted(self, features: NDArray[Any]) -> NDArray[Any]:
        with without_answers():
            predicted: NDArray[Any] = self.classifier_.predict(features)
        return self.classes_[predicted] if self._in_codes else predicted

    def _classes_of(self, features: NDArray[Any], labels: Labels) -> NDArray[Any]:
        """Return the class of every training row: the one given, or predicted."""
        result = labels.classes[np.maximum(labels.codes, 0)]
        if not labels.labeled.all():
            result[~labels.labeled] = self._predicted(features[~labels.labeled])
        return result

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        features = self._features_by(self.model_, X)
        if hasattr(self.classifier_, "predict_log_proba"):
            return np.asarray(self.classifier_.predict_log_proba(features))
        with without_answers(), np.errstate(divide="ignore"):
            log_probability: NDArray[Any] = np.log(or_equal(self.classifier_.predict_proba(features)))
        return log_probability

    @property
    def _missing_allowed(self) -> bool:
        return takes_missing(self.model) and (not self.passthrough or takes_missing(self._classifier()))

    @property
    def _remedy_for_missing(self) -> str:
        return remedy_for_missing(self.model, self._classifier())
