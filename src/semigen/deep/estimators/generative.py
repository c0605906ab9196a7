"""What every deep classifier with a density does alike: a prior of the classes, and draws by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import StrOptions

from semigen.base import GenerativeClassifier, TrainingSet
from semigen.deep.estimators.classifier import CLASSIFIER_CONSTRAINTS, DeepClassifier
from semigen.deep.estimators.inherited_parameters import inherits_parameters
from semigen.labels import Labels
from semigen.labels.checks import class_probabilities
from semigen.persistence.schema import Kind, Probabilities

GENERATIVE_CONSTRAINTS: dict[str, Any] = {
    **CLASSIFIER_CONSTRAINTS,
    "class_prior": [StrOptions({"uniform", "empirical"}), "array-like", Mapping],
}


class DeepGenerativeClassifier(DeepClassifier, GenerativeClassifier):
    """Base of the deep classifiers that model p(y) p(x | y)."""

    _parameter_constraints: ClassVar[dict[str, Any]] = GENERATIVE_CONSTRAINTS
    _attribute_kinds: ClassVar[dict[str, Kind]] = {
        **DeepClassifier._attribute_kinds,
        "class_prior_": Probabilities("classes"),
    }

    @inherits_parameters(DeepClassifier.__init__)
    def __init__(
        self,
        latent_dim: int = 50,
        hidden_dims: Sequence[int] = (500,),
        *,
        class_prior: str | ArrayLike | Mapping[Any, float] = "uniform",
        **others: Any,
    ):
        super().__init__(latent_dim, hidden_dims, **others)
        self.class_prior = class_prior

    def _prepare(self, training: TrainingSet, weights: NDArray[np.float64]) -> None:
        self.class_prior_ = self._class_prior(training.labels)
        super()._prepare(training, weights)

    def _class_prior(self, labels: Labels) -> NDArray[np.float64]:
        n_classes = len(labels.classes)
        if isinstance(self.class_prior, str):
            # One more row for each class, so that a class without labels stays possible.
            counts = labels.counts + 1.0 if self.class_prior == "empirical" else np.ones(n_classes)
            prior: NDArray[np.float64] = counts / counts.sum()
            return prior
        given = class_probabilities(self.class_prior, labels.classes)
        assert given is not None
        return given

    def _for_a_fold(self) -> Self:
        copy: Self = super()._for_a_fold().set_params(class_prior=self.class_prior_)
        return copy

    def _codes_to_draw(self, n_samples: int, y: Any, random_state: np.random.RandomState) -> NDArray[np.int64]:
        """Class codes of so many rows: all of the class y, or by the classes' probabilities if it is None."""
        if y is None:
            drawn: NDArray[np.int64] = random_state.choice(len(self.classes_), size=n_samples, p=self.class_prior_)
            return drawn
        return np.full(n_samples, self._code_of(y))
