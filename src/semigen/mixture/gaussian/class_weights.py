"""Weights of components in the objective: learnt from all rows, from those that say how frequent classes are, or fixed.

With the mass N_m of each component and n_k of each class, the expected log-likelihood of the weights is

    sum_m N_m log pi_m - sum_k d_k log pi_k,

where pi_k sums the weights of class k, and d_k is the weight of its labelled rows that count by log p(x | y) instead of
log p(x, y): rows that were drawn class by class say what a class looks like, not how frequent it is. Of each class one
row still does, and counts as an unlabelled row does: a class that somebody labelled is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior

Vector = NDArray[np.float64]

# A component's weight never falls below this, so that its logarithm stays finite.
_LEAST_WEIGHT = 1e-300


def drawn_by_class(labeled_weight: Vector, unlabeled_weight: float) -> Vector:
    """Return d from the weights of the labelled rows of each class, and what an unlabelled row counts."""
    return np.asarray(np.maximum(labeled_weight - unlabeled_weight, 0.0))


def log_likelihood(statistics: Statistics, parameters: Parameters, prior: MixturePrior) -> float:
    """Return the weighted log-likelihood of the rows, those drawn class by class by log p(x | y)."""
    if prior.drawn_by_class is None:
        return statistics.log_likelihood
    of_classes = np.logaddexp.reduceat(parameters.log_weights, prior.class_first[:-1])
    return statistics.log_likelihood - float(prior.drawn_by_class @ of_classes)


def log_weights(mass: Vector, prior: MixturePrior) -> Vector:
    """Return the log mixing weights that maximise the objective, from the mass of each component."""
    if prior.drawn_by_class is not None:
        of_class = _of_classes(mass, prior)
        telling = np.maximum(of_class - prior.drawn_by_class, 0.0)
        mass = mass * _of_components(telling / np.where(of_class > 0, of_class, 1.0), prior)
    return normalised(mass, prior)


def normalised(mass: Vector, prior: MixturePrior) -> Vector:
    """Return log shares of mass, each class's total fixed where the caller fixed the class prior."""
    if prior.class_prior is None:
        total = mass.sum()
        weights = mass / total if total > 0 else np.full(len(mass), 1 / len(mass))
    else:
        class_mass = np.add.reduceat(mass, prior.class_first[:-1])
        sizes = np.diff(prior.class_first)
        share = np.where(class_mass > 0, prior.class_prior / np.where(class_mass > 0, class_mass, 1.0), 0.0)
        weights = mass * np.repeat(share, sizes)
        empty = np.repeat(class_mass <= 0, sizes)
        weights = np.where(empty, np.repeat(prior.class_prior / sizes, sizes), weights)
    return safe_log(weights)


def safe_log(weights: Vector) -> Vector:
    """Return logarithms that are finite, also of components without any weight."""
    result: Vector = np.log(np.maximum(weights, _LEAST_WEIGHT))
    return result


def slope(parameters: Parameters, mass: Vector, prior: MixturePrior) -> Vector:
    """Return the gradient of the objective in log weights that are free, and normalised afterwards."""
    found = mass - _expected_mass(parameters, mass, prior)
    if prior.drawn_by_class is None:
        return found
    weights = np.exp(parameters.log_weights)
    of_class = prior.drawn_by_class / np.maximum(_of_classes(weights, prior), _LEAST_WEIGHT)
    moved: Vector = found - weights * (_of_components(of_class, prior) - prior.drawn_by_class.sum())
    return moved


def em_step(of_weights: Vector, parameters: Parameters, mass: Vector, prior: MixturePrior, least: float) -> Vector:
    """Return a slope in log weights times the inverse of the complete-data information, of `least` at least.

    Rows drawn class by class tell shares of components within their class only. Then the part of a slope that moves a
    class as a whole is divided by what the other rows promise the class, the rest by what all promise the component.
    """
    if prior.drawn_by_class is None:
        step: Vector = of_weights / np.maximum(_expected_mass(parameters, mass, prior), least)
        return step
    weights = np.exp(parameters.log_weights)
    of_class = np.maximum(_of_classes(weights, prior), _LEAST_WEIGHT)
    share = weights / _of_components(of_class, prior)
    together = _of_classes(of_weights, prior)
    telling = np.maximum((mass.sum() - prior.drawn_by_class.sum()) * of_class, least)
    within = (of_weights - share * _of_components(together, prior)) / np.maximum(
        share * _of_components(_of_classes(mass, prior), prior), least
    )
    return np.asarray(within + _of_components(together / telling, prior))


def _expected_mass(parameters: Parameters, mass: Vector, prior: MixturePrior) -> Vector:
    """Return the mass that the weights promise each component: of all, or of its class where their prior is fixed."""
    weights = np.exp(parameters.log_weights)
    total = mass.sum()
    if prior.class_prior is not None:
        class_mass = np.add.reduceat(mass, prior.class_first[:-1])
        total = np.repeat(class_mass / prior.class_prior, np.diff(prior.class_first))
    expected: Vector = total * weights
    return expected


def _of_classes(of_components: Vector, prior: MixturePrior) -> Vector:
    """Return sums over the components of each class."""
    return np.asarray(np.add.reduceat(of_components, prior.class_first[:-1]))


def _of_components(of_classes: Vector, prior: MixturePrior) -> Vector:
    """Return the value of its class for each component."""
    return np.repeat(of_classes, np.diff(prior.class_first))
