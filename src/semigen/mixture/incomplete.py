"""Mixin of the classifiers that take missing values, and labels that are probabilities or sets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike

from semigen.labels import Labels, encode


class TakesIncompleteData:
    """Mixin before `SemiSupervisedClassifier`: NaN if ``missing="marginal"``, and every form of labels."""

    missing: str
    unlabeled: object

    @property
    def _missing_allowed(self) -> bool:
        return bool(self.missing == "marginal")

    @property
    def _remedy_for_missing(self) -> str:
        return "Pass missing='marginal' if NaN stands for values that were not measured."

    def _labels_of(self, y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
        return encode(y, unlabeled=self.unlabeled, classes=classes, unsure=True)
