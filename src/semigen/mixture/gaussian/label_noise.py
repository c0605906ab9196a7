"""Wrong labels: the probabilities of given labels for each class, their prior, their M step and their gradient.

A labelled row of class y has the label g by annotator a with probability T[a, y, g], so that it counts in the objective
by

    log sum_y pi_y p(x | y) prod_a T[a, y, g_a].

Each row of each matrix has a Dirichlet prior, written as pseudo-labels: with n[a, y, g] responsibilities of the rows
that annotator a labelled g, and b[a, y, g] pseudo-labels, the objective gains sum b log T, and its M step is
T = (n + b) / sum_g (n + b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.persistence.pickled import VersionedPart

Array = NDArray[np.float64]

# Pseudo-labels of each class and annotator, and the share of them that is right. On seeds 0 to 4 of
# bench.accuracy.label_noise, 5 to 300 pseudo-labels of which 80 to 99.9 % are right made little difference. Few bias
# the estimate least, and if nearly all are right they do least harm where all labels are.
PSEUDO_LABELS, RIGHT = 5.0, 0.99


@dataclass(frozen=True, eq=False)
class LabelNoise(VersionedPart):
    """What is known beforehand of how labels go wrong.

    Attributes
    ----------
    start : array of shape (annotators, classes, classes)
        The probability of each given label (last axis) for each class: where EM starts, or what is known.
    pseudo_labels : array of that shape, or None
        Of the Dirichlet prior; None if the probabilities are known.
    """

    start: Array
    pseudo_labels: Array | None = None

    @classmethod
    def mostly_right(cls, n_annotators: int, n_classes: int) -> LabelNoise:
        """Return a prior by which most labels are right, and wrong ones as often of each other class."""
        wrong = PSEUDO_LABELS * (1 - RIGHT) / max(n_classes - 1, 1)
        of_one = np.full((n_classes, n_classes), wrong)
        np.fill_diagonal(of_one, PSEUDO_LABELS * RIGHT)
        pseudo_labels = np.repeat(of_one[None], n_annotators, axis=0)
        return cls(_normalised(pseudo_labels), pseudo_labels)

    @property
    def estimated(self) -> Array | None:
        """Where the estimate starts; None if the probabilities are known."""
        return None if self.pseudo_labels is None else self.start

    @property
    def free_parameters(self) -> int:
        """How many probabilities are estimated, less those that follow from the others."""
        return 0 if self.pseudo_labels is None else self.start[..., 1:].size

    def log_density(self, confusion: Array | None) -> float:
        """Return the log density of the prior, up to a constant."""
        if self.pseudo_labels is None or confusion is None:
            return 0.0
        return float((self.pseudo_labels * np.log(confusion)).sum())

    def mode(self, label_counts: Array | None) -> Array | None:
        """Return the probabilities that maximise the objective, from the responsibilities of each given label."""
        if self.pseudo_labels is None or label_counts is None:
            return self.estimated
        return _normalised(label_counts + self.pseudo_labels)

    def slope(self, confusion: Array, label_counts: Array) -> Array:
        """Return the gradient of the objective in log probabilities that are free, and normalised afterwards."""
        found = self._with_pseudo_labels(label_counts)
        slope: Array = found - found.sum(axis=-1, keepdims=True) * confusion
        return slope

    def em_step(self, slope: Array, confusion: Array, label_counts: Array) -> Array:
        """Return a slope times the inverse of the complete-data information."""
        step: Array = slope / (self._with_pseudo_labels(label_counts).sum(axis=-1, keepdims=True) * confusion)
        return step

    def _with_pseudo_labels(self, label_counts: Array) -> Array:
        return label_counts if self.pseudo_labels is None else label_counts + self.pseudo_labels


def from_logarithms(free: Array) -> Array:
    """Return the probabilities that are proportional to the exponentials of some numbers, row by row."""
    # No probability is zero, which would have no logarithm.
    exponent = np.maximum(free - free.max(axis=-1, keepdims=True), -690.0)
    return _normalised(np.exp(exponent))


def log_priors(confusion: Array, given: NDArray[np.int64]) -> Array:
    """Return log prod_a T[a, y, g_a] for each row and class.

    Parameters
    ----------
    confusion : array of shape (annotators, classes, classes)
    given : array of shape (n, annotators)
        Codes of the labels, -1 where an annotator gave none.
    """
    with np.errstate(divide="ignore"):
        log_confusion = np.log(confusion)
    found = np.zeros((len(given), confusion.shape[1]))
    for of_annotator, codes in zip(log_confusion, given.T, strict=True):
        some = codes >= 0
        found[some] += of_annotator.T[codes[some]]
    return found


def count_labels(responsibilities: Array, given: NDArray[np.int64]) -> Array:
    """Return sums of responsibilities by annotator, class and given label.

    Parameters
    ----------
    responsibilities : array of shape (n, classes)
        Times the weights of the rows.
    given : array of shape (n, annotators)
        Codes of the labels, -1 where an annotator gave none.
    """
    n_classes = responsibilities.shape[1]
    labels = np.arange(n_classes)
    return np.stack([responsibilities.T @ (codes[:, None] == labels) for codes in given.T]).reshape(
        -1, n_classes, n_classes
    )


def of_given_labels(of_classes: Array, confusion: Array) -> Array:
    """Return the probabilities of what an annotator says, from those of the classes; the mean of several annotators."""
    found: Array = of_classes @ confusion.mean(axis=0)
    return found


def _normalised(mass: Array) -> Array:
    normalised: Array = mass / mass.sum(axis=-1, keepdims=True)
    return normalised
