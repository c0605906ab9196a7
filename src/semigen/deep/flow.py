"""SemiSupervisedFlow: FlowGMM of Izmailov et al. (2020) as a scikit-learn classifier."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_scalar
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen.base import TrainingSet
from semigen.deep.estimator import own_random_state
from semigen.deep.flow_map import FLOW_CONSTRAINTS, WITHOUT, FlowMap
from semigen.deep.flow_start import answers, fitted_start, gaussians, spread
from semigen.deep.generative import GENERATIVE_CONSTRAINTS, DeepGenerativeClassifier
from semigen.deep.models.flow import FlowMixture
from semigen.deep.parameters import inherits_parameters
from semigen.deep.training.batches import BesideRows, Rows
from semigen.mixture_cv import SemiSupervisedGMMCV

# What the cross-entropy of labelled rows weighs per datum, unless the caller says otherwise.
AUTO_ALPHA = 3.0

# The mixtures of "auto" take seconds up to so many columns.
_MOST_COLUMNS = 100

_WITHOUT = (*WITHOUT, "dropout")


class SemiSupervisedFlow(DeepGenerativeClassifier, FlowMap):
    """Normalising flow into a Gaussian mixture with one component for each class (FlowGMM)."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: allowed for name, allowed in GENERATIVE_CONSTRAINTS.items() if name not in _WITHOUT},
        **FLOW_CONSTRAINTS,
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "start": "no_validation",
        "start_weight": [Interval(Real, 0, None, closed="left")],
        "consistency_weight": [Interval(Real, 0, None, closed="left")],
        "consistency_noise": [Interval(Real, 0, None, closed="left")],
    }

    @inherits_parameters(DeepGenerativeClassifier.__init__, without=_WITHOUT, learning_rate=1e-3, input_noise=0.2)
    def __init__(
        self,
        n_couplings: int = 8,
        hidden_dims: Sequence[int] = (128, 128),
        *,
        alpha: str | float = "auto",
        start: Any = "auto",
        start_weight: float = 1.0,
        consistency_weight: float = 0.0,
        consistency_noise: float = 0.3,
        **others: Any,
    ):
        super().__init__(hidden_dims=hidden_dims, **others)
        self.n_couplings = n_couplings
        self.alpha = alpha
        self.start = start
        self.start_weight = start_weight
        self.consistency_weight = consistency_weight
        self.consistency_noise = consistency_noise

    def sample(self, n_samples: int = 1, y: Any = None) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Draw rows from the model.

        Parameters
        ----------
        n_samples : int, default=1
        y : label, optional
            Draw from this class only; None draws classes by their probabilities.

        Returns
        -------
        X : array of shape (n_samples, d), float64
        y : array of shape (n_samples,)
            The class of every row.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        random_state = own_random_state(self.random_state)
        codes = self._codes_to_draw(n_samples, y, random_state)
        return self._drawn(codes, int(random_state.randint(2**31 - 1))), self.classes_[codes]

    def _prepare(self, training: TrainingSet, weights: NDArray[np.float64]) -> None:
        super()._prepare(training, weights)
        self._answers: NDArray[np.float32] | None = None
        starting = self._starting_classifier()
        self.start_ = None
        if starting is not None and not training.labels.labeled.all():
            self.start_ = fitted_start(starting, training, weights)
            self._answers = answers(self.start_, training.X, len(self.classes_))
        self._map = self._described_map(training.X, weights)

    def _starting_classifier(self) -> Any:
        if isinstance(self.start, str) and self.start == "auto":
            return SemiSupervisedGMMCV(random_state=0) if self.n_features_in_ <= _MOST_COLUMNS else None
        if self.start is not None and not hasattr(self.start, "predict_proba"):
            raise ValueError(f"start={self.start!r}: give a classifier that has predict_proba, None, or 'auto'.")
        return self.start

    def _describe(self) -> dict[str, Any]:
        return {
            **self._map,
            "class_prior": self.class_prior_.tolist(),
            "learning": {
                "alpha": AUTO_ALPHA if self.alpha == "auto" else float(self.alpha),
                "input_noise": float(self.input_noise),
                "start_weight": float(self.start_weight),
                "consistency_weight": float(self.consistency_weight),
                "consistency_noise": float(self.consistency_noise),
                "adversarial_weight": float(self.adversarial_weight),
                "adversarial_radius": float(self.adversarial_radius),
            },
        }

    def _source(self, training: TrainingSet, device: torch.device) -> Callable[[NDArray[np.int64]], Rows]:
        rows = super()._source(training, device)
        known = self._answers
        if known is None:
            return rows
        return lambda numbers: BesideRows(rows(numbers), torch.from_numpy(known[numbers]).to(device))

    def _starter(self, training: TrainingSet, weights: NDArray[np.float64]) -> Callable[[torch.Generator], FlowMixture]:
        labels = training.labels
        used = np.flatnonzero(labels.labeled & (weights > 0))
        parts = np.eye(len(self.classes_))[labels.codes[used]]
        rows = self._coding.encode(training.X[used]).astype(np.float64)
        every = self._coding.encode(training.X[spread(np.flatnonzero(weights > 0))]).astype(np.float64)

        def started(generator: torch.Generator) -> FlowMixture:
            module = self._build(generator)
            # A class that nobody labelled starts at some row.
            drawn = torch.randint(len(every), (len(self.classes_),), generator=generator).numpy()
            start = gaussians(rows, parts, every[drawn])
            module.start_from(every.mean(axis=0), start.covariance, start.means)
            return module

        return started

    def _identity(
        self, X: NDArray[Any], weights: NDArray[np.float64], codes: NDArray[np.int64] | None
    ) -> dict[str, Any]:
        about = super()._identity(X, weights, codes)
        if self._answers is not None:
            about["checksum of the start's answers"] = zlib.crc32(self._answers.tobytes())
        return about

    def _log_joint(self, X: NDArray[Any]) -> NDArray[np.float64]:
        def log_joint(module: Any, x: Tensor) -> Tensor:
            joint: Tensor = module.log_joint(x)
            return joint

        return self._in_slices(X, log_joint) + self._coding.log_volume
