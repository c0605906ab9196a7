"""The parameter `class_prior`, and draws of classes by their probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import StrOptions

from semigen.labels import Labels
from semigen.labels.checks import class_probabilities

CLASS_PRIOR_CONSTRAINT = [StrOptions({"uniform", "empirical"}), "array-like", Mapping]


def class_prior(given: str | ArrayLike | Mapping[Any, float], labels: Labels) -> NDArray[np.float64]:
    """Return p(y) in the order of the classes."""
    if isinstance(given, str):
        # One more row for each class, so that a class without labels stays possible.
        counts = labels.counts + 1.0 if given == "empirical" else np.ones(len(labels.classes))
        prior: NDArray[np.float64] = counts / counts.sum()
        return prior
    checked = class_probabilities(given, labels.classes)
    assert checked is not None
    return checked


def drawn_classes(model: Any, n_samples: int, y: Any, random_state: np.random.RandomState) -> NDArray[np.int64]:
    """Return class codes of new rows: all of the class y, or drawn by the classes' probabilities if it is None."""
    if y is None:
        drawn: NDArray[np.int64] = random_state.choice(len(model.classes_), size=n_samples, p=model.class_prior_)
        return drawn
    return np.full(n_samples, model._code_of(y))
