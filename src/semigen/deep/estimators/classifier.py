"""What every deep semi-supervised classifier does alike: labels, the two streams of rows, predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.utils._param_validation import Interval
from torch import Tensor

from semigen.base import SemiSupervisedClassifier, TrainingSet
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.mapped_arrays import JoinedRows, is_mapped
from semigen.deep.data.steps import Model
from semigen.deep.estimators.deep_estimator import TRAINING_CONSTRAINTS, DeepEstimator
from semigen.deep.estimators.inherited_parameters import inherits_parameters
from semigen.deep.estimators.temperature import check_enough_to_calibrate, cross_fitted_temperature
from semigen.deep.training.batches import Rows, TrainingRows, relative_weights
from semigen.deep.training.device import training_device
from semigen.deep.training.trainer import Outcome
from semigen.labels import Labels
from semigen.labels.checks import check_labels
from semigen.persistence import schema

CLASSIFIER_CONSTRAINTS: dict[str, Any] = {
    **TRAINING_CONSTRAINTS,
    "classes": ["array-like", None],
    "unlabeled": "no_validation",
    "labeled_batch_size": [Interval(Integral, 1, None, closed="left"), None],
    "input_noise": [Interval(Real, 0, None, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "adversarial_weight": [Interval(Real, 0, None, closed="left")],
    "adversarial_radius": [Interval(Real, 0, None, closed="neither")],
    "calibrate": ["boolean"],
}


class DeepClassifier(ClassNamePrefixFeaturesOutMixin, TransformerMixin, SemiSupervisedClassifier, DeepEstimator):  # type: ignore[misc]
    """Base of the deep classifiers; a subclass says what networks it is made of."""

    _parameter_constraints: ClassVar[dict[str, Any]] = CLASSIFIER_CONSTRAINTS
    _attribute_kinds: ClassVar[dict[str, schema.Kind]] = {
        **DeepEstimator._attribute_kinds,
        "classes_": schema.Labels("classes", distinct=True),
        "transduction_": schema.Labels("training rows"),
        "temperature_": schema.Real(above=0),
        "n_labeled_": schema.Array("iu", ("classes",), least=0),
        "n_unlabeled_": schema.Integer(),
    }
    _dtypes = DeepEstimator._dtypes

    @inherits_parameters(DeepEstimator.__init__, learning_rate=3e-3)
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
        **others: Any,
    ):
        DeepEstimator.__init__(self, latent_dim, hidden_dims, **others)
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
        self._fitted_or_as_before(lambda: self._fit(X, y, sample_weight, X_unlabeled, resume))
        return self

    def _fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, X_unlabeled: ArrayLike | None, resume: Any
    ) -> None:
        training = self._validated(X, y, sample_weight, X_unlabeled, self.classes)
        labels = training.labels
        weights = np.ones(len(training.X)) if training.weights is None else training.weights
        check_labels(labels, weights, self.classes)
        if self.calibrate:
            check_enough_to_calibrate(labels)
        device = training_device(self.device)
        self.classes_ = labels.classes
        self._prepare(training, weights)
        self._architecture = self._describe(training.X, weights)
        module, outcome = self._learn(training, weights, device, resume)
        self._keep_training(module, outcome)
        self.temperature_ = 1.0
        if self.calibrate and not self._interrupted:
            self.temperature_ = cross_fitted_temperature(self, training)
        self.n_labeled_ = labels.counts
        self.n_unlabeled_ = int((~labels.labeled).sum())
        self.transduction_ = labels.classes[self._transduced(training)]
        self._examine(training)

    def _prepare(self, training: TrainingSet, weights: NDArray[np.float64]) -> None:
        """What must be known before the networks can be described."""
        self._coding = self._coding_for(training, weights)

    def _coding_for(self, training: TrainingSet, weights: NDArray[np.float64]) -> ColumnCoding:
        return self._coding_of(training.X, weights)

    def _learn(
        self, training: TrainingSet, weights: NDArray[np.float64], device: torch.device, resume: Any
    ) -> tuple[Model, Outcome]:
        """Train the networks of `_build`."""
        rows, held_out = self._rows(self._source(training, device), training.labels, weights, device)
        return self._trained(
            self._starter(training, weights),
            rows,
            held_out,
            lambda: self._identity(training.X, weights, training.labels.codes),
            resume,
            self._settings(),
            self.n_fits,
        )

    def _source(self, training: TrainingSet, device: torch.device) -> Callable[[NDArray[np.int64]], Rows]:
        """What gives the trainer the rows of these numbers."""
        return lambda numbers: self._encoded(training.X, numbers, device)

    def _starter(self, training: TrainingSet, weights: NDArray[np.float64]) -> Callable[[torch.Generator], Model]:
        """What makes the networks as they are before the first step."""
        return self._build

    def _check_restored(self) -> None:
        super()._check_restored()
        strangers = set(self.transduction_.tolist()) - set(self.classes_.tolist())
        if strangers:
            raise ValueError(f"transduction_ has {schema.shown(strangers)}, not of classes_")

    def _for_a_fold(self) -> Self:
        """An unfitted copy for calibration, told the classes by number."""
        copy: Self = clone(self)
        copy.set_params(
            calibrate=False,
            checkpoint=None,
            callbacks=(),
            verbose=0,
            unlabeled=-1,
            classes=np.arange(len(self.classes_)),
        )
        return copy

    def _rows(
        self,
        source: Callable[[NDArray[np.int64]], Rows],
        labels: Labels,
        weights: NDArray[np.float64],
        device: torch.device,
    ) -> tuple[TrainingRows, Rows | None]:
        """Labelled, unlabelled and held-out rows; rows of weight zero are absent."""
        labeled = np.flatnonzero(labels.labeled & (weights > 0))
        unlabeled = np.flatnonzero(~labels.labeled & (weights > 0))
        unlabeled, apart = self._held_apart(unlabeled, "unlabelled rows")
        held_out = source(apart) if self.early_stopping else None
        total_labeled, total_unlabeled = weights[labeled].sum(), weights[unlabeled].sum()
        rows = TrainingRows(
            labeled=source(labeled),
            unlabeled=source(unlabeled),
            codes=torch.from_numpy(labels.codes[labeled]).to(device),
            labeled_share=float(total_labeled / (total_labeled + total_unlabeled)),
            labeled_weights=relative_weights(weights[labeled], device),
            unlabeled_weights=relative_weights(weights[unlabeled], device),
        )
        return rows, held_out

    def _checked_unlabeled(self, X_unlabeled: ArrayLike, dtype: Any) -> NDArray[Any]:
        # Rows of a file keep their precision there, and are brought to that of X as they are read.
        return super()._checked_unlabeled(X_unlabeled, self._dtypes if is_mapped(X_unlabeled) else dtype)

    def _joined(self, rows: NDArray[Any], more: NDArray[Any]) -> Any:
        if is_mapped(rows) or is_mapped(more):
            return JoinedRows(rows, more)
        return super()._joined(rows, more)

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        def log_posterior(module: Any, x: Tensor) -> Tensor:
            result: Tensor = module.log_posterior(x)
            return result

        posterior = self._in_slices(X, log_posterior)
        return posterior if self.temperature_ == 1 else posterior / self.temperature_
