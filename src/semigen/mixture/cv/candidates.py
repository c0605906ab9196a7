"""Candidates of the cross-validation: families, shrinkage, weights of unlabelled rows, transforms of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Integral, Real
from typing import Any

from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv.limits import Bounds
from semigen.mixture.cv.transforms import TRANSFORMS
from semigen.mixture.families import FAMILIES
from semigen.persistence.pickled import VersionedPart

# A prior worth more pseudo-rows than this is the prior alone.
_MOST_SHRINKAGE = 1e6


@dataclass(frozen=True)
class Candidate(VersionedPart):
    """One model in the competition.

    Attributes
    ----------
    transform : {"none", "yeo-johnson", "normal-scores", "principal"}
        Of the columns, fitted to all rows.
    covariance_type : str
    shrinkage : float
        Multiple of what "auto" gives.
    unlabeled_weight : float
        lambda.
    n_components : int
        Of each class.
    """

    transform: str
    covariance_type: str
    shrinkage: float
    unlabeled_weight: float
    n_components: int = 1

    @property
    def prior(self) -> float:
        """What it weighs before any evidence, up to a factor that all candidates share."""
        return FAMILIES[self.covariance_type].weight_before_evidence

    def estimator(self, n_features: int, **options: Any) -> SemiSupervisedGMM:
        """Return the mixture, not yet fitted."""
        return SemiSupervisedGMM(
            self.covariance_type,
            self.n_components,
            shrinkage=self.shrinkage * FAMILIES[self.covariance_type].pseudo_count(n_features),
            unlabeled_weight=self.unlabeled_weight,
            **options,
        )


def candidates(
    transforms: Sequence[str],
    covariance_types: Sequence[str],
    shrinkages: Sequence[float],
    unlabeled_weights: Sequence[float | str],
    n_components: int | Sequence[int],
    bounds: Bounds,
) -> list[Candidate]:
    """Return all combinations; "balanced" is the weight at which unlabelled rows together weigh what labelled rows do.

    Without unlabelled rows their weight makes no difference, and there is one candidate where there were several. A
    class without labels can be learnt from unlabelled rows only, so that a weight of zero is then no candidate. Nor is
    one with more components than there are rows for.
    """
    if bounds.unlabeled_weight == 0:
        lambdas = [0.0]
    else:
        balanced = min(bounds.labeled_weight / bounds.unlabeled_weight, 1.0)
        lambdas = sorted({balanced if weight == "balanced" else float(weight) for weight in unlabeled_weights})
    every = [
        Candidate(*each) for each in product(transforms, covariance_types, shrinkages, lambdas, _listed(n_components))
    ]
    most = [bounds.components if each.unlabeled_weight > 0 else bounds.components_by_labels for each in every]
    return [each for each, limit in zip(every, most, strict=True) if each.n_components <= limit] or every


def check_choices(
    transforms: Sequence[str],
    covariance_types: Sequence[str],
    shrinkages: Sequence[float],
    unlabeled_weights: Sequence[float | str],
    n_components: int | Sequence[int],
) -> None:
    """Refuse what no candidate can be made of.

    Raises
    ------
    ValueError
        If a choice is empty, or names or numbers in it are not known or out of range.
    """
    chosen = (("covariance_types", covariance_types, tuple(FAMILIES)), ("transforms", transforms, TRANSFORMS))
    for name, names, known in chosen:
        given = list(names)
        if not given or not set(given) <= set(known):
            raise ValueError(f"{name}={given}: name one or more of {list(known)}.")
    multiples = list(shrinkages)
    if not multiples or not all(_is_between(value, _MOST_SHRINKAGE) for value in multiples):
        raise ValueError(f"shrinkages={multiples}: give one or more numbers from 0 to a million.")
    lambdas = list(unlabeled_weights)
    if not lambdas or not all(value == "balanced" or _is_between(value, 1.0) for value in lambdas):
        raise ValueError(f'unlabeled_weights={lambdas}: give one or more numbers between 0 and 1, or "balanced".')

    sizes = _listed(n_components)
    if not sizes or not all(_is_whole(value) and value >= 1 for value in sizes):
        raise ValueError(f"n_components={sizes}: give one or more whole numbers from 1 on.")


def _listed(n_components: int | Sequence[int]) -> list[int]:
    return [n_components] if isinstance(n_components, Integral) else list(n_components)  # type: ignore[arg-type, list-item]


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_between(value: object, most: float) -> bool:
    return isinstance(value, Real) and 0 <= float(value) <= most
