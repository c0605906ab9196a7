"""DeepClassifier: labels, rows with and without them, training and predictions of every deep classifier."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from torch import Tensor

from semigen.base import SemiSupervisedClassifier, TrainingSet
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.mapped_arrays import JoinedRows, is_mapped
from semigen.deep.data.steps import Model
from semigen.deep.estimators import saving
from semigen.deep.estimators.constructor_parameters import (
    CLASSIFIER_CONSTRAINTS,
    inherits_parameters,
    set_training_parameters,
)
from semigen.deep.estimators.fitted_networks import apply_in_slices
from semigen.deep.estimators.fitting import (
    check_parameters,
    encoded_rows,
    fitting,
    identity,
    keep_training,
    train,
    without_validation_rows,
)
from semigen.deep.estimators.temperature import check_enough_to_calibrate, cross_fitted_temperature
from semigen.deep.training.batches import Rows, TrainingRows, relative_weights
from semigen.deep.training.device import training_device
from semigen.deep.training.trainer import TrainingResult
from semigen.labels import Labels
from semigen.labels.checks import check_labels
from semigen.persistence import schema


class DeepClassifier(ClassNamePrefixFeaturesOutMixin, TransformerMixin, SemiSupervisedClassifier):  # type: ignore[misc]
    """Base of the deep classifiers.

    A subclass describes its networks (`_describe`) and builds them (`_build`), from that description alone; where
    training is more than passing rows and labels to `train`, it has a `_train` of its own. All that its files may hold
    is declared in `_architecture_kinds` and `_attribute_kinds`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = CLASSIFIER_CONSTRAINTS
    _architecture_kinds: ClassVar[dict[str, schema.Kind]] = saving.NETWORK_KINDS
    _attribute_kinds: ClassVar[dict[str, schema.Kind]] = {
        **saving.TRAINING_KINDS,
        "classes_": schema.Labels("classes", distinct=True),
        "transduction_": schema.Labels("training rows"),
        "temperature_": schema.Real(above=0),
        "n_labeled_": schema.Array("iu", ("classes",), least=0),
        "n_unlabeled_": schema.Integer(),
    }
    # Whether torch's exporter writes the networks of this very class. It does not write those of flows, whose splines
    # look for the bin of a value by torch.searchsorted, which ONNX lacks.
    _has_onnx_graph: ClassVar[bool] = False
    # Parameters that the fits of a calibration take from the fitted attributes of the same names.
    _kept_for_folds: ClassVar[tuple[str, ...]] = ()
    # Integers become float32, which is what networks train in; float64 rows are predicted in float64.
    _dtypes = (np.float32, np.float64)
    _prediction_dtype: Any = None

    _architecture: dict[str, Any]
    _coding: ColumnCoding
    _weights: dict[str, NDArray[Any]]
    _interrupted: bool
    _networks: dict[tuple[str, str], torch.nn.Module]

    @inherits_parameters(set_training_parameters, learning_rate=3e-3)
    def __init__(
        self,
        latent_dim: int = 50,
        hidden_dims: Sequence[int] = (500,),
        *,
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        labeled_batch_size: int | None = None,
        input_noise: float = 0.3,
        dropout: float = 0.2,
        adversarial_weight: float = 0.0,
        adversarial_radius: float = 0.1,
        calibrate: bool = False,
        likelihood: str | Sequence[str] = "auto",
        **others: Any,
    ):
        set_training_parameters(self, hidden_dims, **others)
        self.latent_dim = latent_dim
        self.likelihood = likelihood
        self.classes = classes
        self.unlabeled = unlabeled
        self.labeled_batch_size = labeled_batch_size
        self.input_noise = input_noise
        self.dropout = dropout
        self.adversarial_weight = adversarial_weight
        self.adversarial_radius = adversarial_radius
        self.calibrate = calibrate

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
        resume: Any = None,
    ) -> Self:
        """Learn from labelled and unlabelled rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows, labelled or not. Networks train in float32; float32 arrays in files (`numpy.memmap`) are read a
            batch at a time.
        y : array-like of shape (n,)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``.
        sample_weight : array-like of shape (n,), optional
            What each row of `X` counts; rows of `X_unlabeled` count one.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels. Cross-validation leaves them out of test folds; a `Pipeline` transforms them only
            if its `transform_input` names them.
        resume : path, optional
            A checkpoint of an earlier fit of the same data with the same parameters, to go on from. The result is that
            of an uninterrupted fit, to the last bit on one machine.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.
        FloatingPointError
            If the loss is not a number in the very first epoch.
        MemoryError
            If the device has no room for a step; the message names a batch size to try.

        Warns
        -----
        ConvergenceWarning
            If the loss stopped being a number, or Ctrl-C came, after the first epoch, or a game went wrong (the
            message says how, and what to change): the best weights so far are kept. Ctrl-C raises KeyboardInterrupt
            instead where `on_interrupt` says so.
        """
        check_parameters(self)
        with fitting(self):
            self._fit(X, y, sample_weight, X_unlabeled, resume)
        return self

    save = saving.save

    @abstractmethod
    def _describe(self, training: TrainingSet, weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        """Return how columns are encoded, and what else `_build` needs to know, as JSON holds it."""

    @abstractmethod
    def _build(self, generator: torch.Generator) -> Model:
        """Return the networks that `_coding` and `_architecture` describe, with starting weights from `generator`."""

    def _train(
        self, training: TrainingSet, weights: NDArray[np.float64], device: torch.device, resume: Any
    ) -> tuple[Model, TrainingResult]:
        """Train the networks."""
        return train_classifier(self, training, weights, device, resume)

    def _fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, X_unlabeled: ArrayLike | None, resume: Any
    ) -> None:
        data = self._validated(X, y, sample_weight, X_unlabeled, self.classes)
        labels = data.labels
        weights = np.ones(len(data.X)) if data.weights is None else data.weights
        check_labels(labels, weights, self.classes)
        if self.calibrate:
            check_enough_to_calibrate(labels)
        device = training_device(self.device)
        self.classes_ = labels.classes
        self._coding, self._architecture = self._describe(data, weights)
        keep_training(self, *self._train(data, weights, device, resume))
        self.temperature_ = 1.0
        if self.calibrate and not self._interrupted:
            self.temperature_ = cross_fitted_temperature(self, data)
        self.n_labeled_ = labels.counts
        self.n_unlabeled_ = int((~labels.labeled).sum())
        self.transduction_ = labels.classes[self._transduced(data)]
        self._examine(data)

    def _check_restored(self) -> None:
        """Raise a ValueError if parts of a file do not go together; each by itself is as declared."""
        strangers = set(self.transduction_.tolist()) - set(self.classes_.tolist())
        if strangers:
            raise ValueError(f"transduction_ has {schema.shown(strangers)}, not of classes_")

    def _checked_unlabeled(self, X_unlabeled: ArrayLike, dtype: Any) -> NDArray[Any]:
        # Rows of a file keep their precision, and are converted to that of X as they are read.
        return super()._checked_unlabeled(X_unlabeled, self._dtypes if is_mapped(X_unlabeled) else dtype)

    def _joined(self, rows: NDArray[Any], more: NDArray[Any]) -> Any:
        if is_mapped(rows) or is_mapped(more):
            return JoinedRows(rows, more)
        return super()._joined(rows, more)

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        posterior = apply_in_slices(self, X, _log_posterior)
        return posterior if self.temperature_ == 1 else posterior / self.temperature_


def train_classifier(
    classifier: DeepClassifier,
    training: TrainingSet,
    weights: NDArray[np.float64],
    device: torch.device,
    resume: Any,
    *,
    start: Callable[[torch.Generator], Model] | None = None,
    rows_of: Callable[[NDArray[np.int64]], Rows] | None = None,
    more_identity: Callable[[], Mapping[str, Any]] = dict,
    **options: Any,
) -> tuple[Model, TrainingResult]:
    """Train the networks of a classifier on labelled and unlabelled rows.

    Parameters
    ----------
    classifier : DeepClassifier
    training : TrainingSet
    weights : array of shape (n,)
    device : torch.device
    resume : path or None
    start : callable, optional
        As in `train`.
    rows_of : callable, optional
        From numbers of rows to `Rows` of them; by default the encoded rows of X.
    more_identity : callable, optional
        Returns what a checkpoint must share with the fit that resumes it, besides the rows and the parameters.
    **options
        Passed on to `train`.
    """
    X, labels = training.X, training.labels
    if rows_of is None:

        def rows_of(numbers: NDArray[np.int64]) -> Rows:
            return encoded_rows(X, numbers, classifier._coding, device)

    rows, held_out = _training_rows(classifier, rows_of, labels, weights, device)
    return train(
        classifier,
        rows,
        held_out,
        known=lambda: {**identity(classifier, X, weights, labels.codes), **more_identity()},
        resume=resume,
        start=start,
        **options,
    )


def _training_rows(
    classifier: DeepClassifier,
    rows_of: Callable[[NDArray[np.int64]], Rows],
    labels: Labels,
    weights: NDArray[np.float64],
    device: torch.device,
) -> tuple[TrainingRows, Rows | None]:
    """Return labelled and unlabelled rows, and those that early stopping holds out; rows of weight zero are absent."""
    labeled = np.flatnonzero(labels.labeled & (weights > 0))
    unlabeled = np.flatnonzero(~labels.labeled & (weights > 0))
    unlabeled, apart = without_validation_rows(classifier, unlabeled, "unlabelled rows")
    held_out = rows_of(apart) if classifier.early_stopping else None
    total_labeled, total_unlabeled = weights[labeled].sum(), weights[unlabeled].sum()
    rows = TrainingRows(
        labeled=rows_of(labeled),
        unlabeled=rows_of(unlabeled),
        codes=torch.from_numpy(labels.codes[labeled]).to(device),
        labeled_share=float(total_labeled / (total_labeled + total_unlabeled)),
        labeled_weights=relative_weights(weights[labeled], device),
        unlabeled_weights=relative_weights(weights[unlabeled], device),
    )
    return rows, held_out


def _log_posterior(module: Any, x: Tensor) -> Tensor:
    log_posterior: Tensor = module.log_posterior(x)
    return log_posterior
