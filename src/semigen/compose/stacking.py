"""Stacking: weights of several classifiers' class probabilities, from what they said of labels held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.cv.evidence import Evidence, tempered, weigh_evidence

# Labels that weights before any evidence are worth. Chosen on seeds 0 to 2 of the tables of bench.accuracy.suite, which
# reports seeds 100 and on.
_PSEUDO_LABELS = 5.0

_MOST_STEPS = 1000
_TOLERANCE = 1e-8
_TINY = np.finfo(np.float64).tiny


def stacking_weights(
    likelihood: NDArray[np.float64],
    of_labels: NDArray[np.float64],
    prior: NDArray[np.float64],
    pseudo_labels: float,
) -> NDArray[np.float64]:
    """Return the weights under which the average gives held-out labels the highest probability, beside a prior.

    They maximise sum_i v_i log sum_m w_m p_m(y_i | x_i) + pseudo_labels * sum_m prior_m log w_m, by EM for a mixture
    with known components; the objective is concave, so that the start does not matter.

    Parameters
    ----------
    likelihood : array of shape (classifiers, labels)
        Probability that each gave to each label, by a fit that had not seen it.
    of_labels : array of shape (labels,)
        v, what each label counts.
    prior : array of shape (classifiers,)
        Weights without any evidence; they sum to one.
    pseudo_labels : float
        Labels that the prior is worth.

    Returns
    -------
    array of shape (classifiers,)

    References
    ----------
    D. Wolpert, "Stacked generalization", Neural Networks 5, 1992. M. Stone, "The opinion pool", Annals of Mathematical
    Statistics 32, 1961.
    """
    weights = prior.copy()
    safe = np.maximum(likelihood, _TINY)
    for _ in range(_MOST_STEPS):
        share = weights[:, None] * safe
        share *= of_labels / share.sum(axis=0)
        updated = (share.sum(axis=1) + pseudo_labels * prior) / (of_labels.sum() + pseudo_labels)
        settled = np.abs(updated - weights).max() < _TOLERANCE
        weights = updated
        if settled:
            break
    return weights


@dataclass(frozen=True)
class Stack:
    """Several classifiers weighed.

    Attributes
    ----------
    evidence : Evidence
        Of each, with the power that its probabilities are raised to.
    weight : array of shape (classifiers,)
    tested : array of shape (classes,)
        Whether a label of the class was held out.
    """

    evidence: Evidence
    weight: NDArray[np.float64]
    tested: NDArray[np.bool_]

    def average(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the average of tempered class probabilities of shape (classifiers, rows, classes)."""
        milder = _milder(probability, self.evidence)
        return untested_by_first(np.tensordot(self.weight, milder, axes=1), milder[0], self.tested)


def untested_by_first(
    average: NDArray[np.float64], first: NDArray[np.float64], tested: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return an average in which classes without a label held out are as probable as the first classifier says.

    Of such a class nothing is known of anybody's certainty. What the first classifier leaves for the other classes is
    shared among them as the average says.

    Parameters
    ----------
    average, first : arrays of shape (rows, classes)
    tested : array of shape (classes,)
    """
    if tested.all():
        return average
    result = first.copy()
    of_tested = average[:, tested]
    left = first[:, tested].sum(axis=1, keepdims=True)
    result[:, tested] = left * of_tested / np.maximum(of_tested.sum(axis=1, keepdims=True), _TINY)
    return result


def weigh(
    probability: NDArray[np.float64],
    codes: NDArray[np.int64],
    of_labels: NDArray[np.float64],
    prior: NDArray[np.float64],
) -> Stack:
    """Return classifiers weighed by what they said of labels held out.

    Parameters
    ----------
    probability : array of shape (classifiers, labels, classes)
    codes, of_labels : arrays of shape (labels,)
        The classes, and what each label counts.
    prior : array of shape (classifiers,)
        Weights before any evidence, up to a factor. Without a label that was held out the first classifier is alone:
        any other could pretend to any certainty.

    Classifiers are compared by how they tell classes apart of which labels were held out. Of a class with a single
    label none is, and who never answers it must not be rewarded for that.
    """
    tested = np.bincount(codes, minlength=probability.shape[2]) > 0
    if not tested.all() and len(codes):
        among = probability[:, :, tested]
        probability = among / np.maximum(among.sum(axis=2, keepdims=True), _TINY)
        codes = (np.cumsum(tested) - 1)[codes]
    evidence = weigh_evidence(probability, codes, of_labels)
    if not len(codes):
        return Stack(evidence, np.eye(len(prior))[0], tested)
    given = _milder(probability, evidence)[:, np.arange(len(codes)), codes]
    return Stack(evidence, stacking_weights(given, of_labels, prior / prior.sum(), _PSEUDO_LABELS), tested)


def _milder(probability: NDArray[np.float64], evidence: Evidence) -> NDArray[np.float64]:
    return np.array([tempered(*each) for each in zip(probability, evidence.power.tolist(), strict=True)])
