"""The mixtures that compete: families of covariance, shrinkage, weights of unlabelled rows, transforms of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.priors import automatic_pseudo_count


@dataclass(frozen=True)
class Candidate:
    """One model in the competition.

    Attributes
    ----------
    transform : {"none", "yeo-johnson"}
        Of the columns, fitted to all rows.
    covariance_type : str
    shrinkage : float
        Multiple of what "auto" gives.
    unlabeled_weight : float
        lambda.
    """

    transform: str
    covariance_type: str
    shrinkage: float
    unlabeled_weight: float

    def estimator(self, n_features: int, **options: Any) -> SemiSupervisedGMM:
        """The mixture, not yet fitted."""
        return SemiSupervisedGMM(
            self.covariance_type,
            shrinkage=self.shrinkage * automatic_pseudo_count(self.covariance_type, n_features),
            unlabeled_weight=self.unlabeled_weight,
            **options,
        )


def candidates(
    transforms: Sequence[str],
    covariance_types: Sequence[str],
    shrinkages: Sequence[float],
    unlabeled_weights: Sequence[float | str],
    n_labeled: int,
    n_unlabeled: int,
    *,
    every_class_labeled: bool = True,
) -> list[Candidate]:
    """All combinations; "balanced" among the weights is as many unlabelled rows' worth as there are labelled rows.

    Without unlabelled rows their weight makes no difference, and there is one candidate where there were several. A
    class without labels can be learnt from unlabelled rows only, so that a weight of zero is then no candidate.
    """
    if n_unlabeled == 0:
        lambdas = [0.0]
    else:
        balanced = min(n_labeled / n_unlabeled, 1.0)
        lambdas = sorted({balanced if weight == "balanced" else float(weight) for weight in unlabeled_weights})
        if not every_class_labeled:
            lambdas = [weight for weight in lambdas if weight > 0] or lambdas
    return [Candidate(*each) for each in product(transforms, covariance_types, shrinkages, lambdas)]
