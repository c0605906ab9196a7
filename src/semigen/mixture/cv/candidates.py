"""Candidates of the cross-validation: families, shrinkage, weights of unlabelled rows, transforms of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from semigen._runtime.memory import available_memory
from semigen.base import TrainingSet
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv import auto
from semigen.mixture.cv.limits import Bounds
from semigen.mixture.cv.transforms import TRANSFORMS, components_kept, is_transform
from semigen.mixture.families import FAMILIES, Family
from semigen.mixture.options import NORMAL, STUDENT_T, check_memory, is_whole, memory_of_fit
from semigen.persistence.pickled import VersionedPart

# A prior worth more pseudo-rows than this is the prior alone.
_MOST_SHRINKAGE = 1e6

# What a candidate that ignores the unlabelled rows weighs before any evidence, beside one that uses them; and one with
# another component in every class, beside one without.
_WITHOUT_UNLABELED = 0.25
_ANOTHER_COMPONENT = 0.5


CONSTRAINTS: dict[str, Any] = {
    "covariance_types": ["array-like"],
    "shrinkages": ["array-like"],
    "unlabeled_weights": ["array-like"],
    "transforms": ["array-like", str],
    "combine": [StrOptions({"average", "best"})],
    "n_components": ["array-like", Integral, str],
    "distribution": [StrOptions({NORMAL, STUDENT_T})],
    "guard": ["boolean"],
    "missing": [StrOptions({"error", "marginal"})],
    "exponent": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    "cv": [Interval(Integral, 2, None, closed="left")],
    "classes": ["array-like", None],
    "unlabeled": "no_validation",
    "class_prior": ["array-like", Mapping, None],
    "random_state": ["random_state"],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
}


@dataclass(frozen=True)
class Candidate(VersionedPart):
    """One model in the competition.

    Attributes
    ----------
    transform : str
        Of the columns, fitted to all rows: a name that `is_transform` knows.
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
        of_family = FAMILIES[self.covariance_type].weight_before_evidence
        of_lambda = _WITHOUT_UNLABELED if self.unlabeled_weight == 0 else 1.0
        return of_family * of_lambda * _ANOTHER_COMPONENT ** (self.n_components - 1)

    def suits(self, n_rows: int, n_columns: int, **bounds: float) -> bool:
        """Return whether so many rows and columns can teach it, in reasonable time; see `auto.suits`."""
        left, by_em = self.columns(n_columns), self.unlabeled_weight > 0
        return auto.suits(self.covariance_type, self.n_components, n_rows, left, by_em=by_em, **bounds)

    def columns(self, n_columns: int) -> int:
        """Return how many of so many columns are left after the transform."""
        return min(components_kept(self.transform) or n_columns, n_columns)

    def form(self, n_rows: int, n_columns: int) -> Family:
        """Return the family, with the rank that it has for so many rows and columns."""
        family = FAMILIES[self.covariance_type]
        return family.of_rank(family.automatic_rank(self.columns(n_columns), n_rows))

    def directions_by_em(self, n_rows: int, n_columns: int) -> int:
        """Return in how many directions columns may depend on one another in a fit by EM; 0 without EM.

        To labels alone the prior of the covariances is enough: there is no EM that could go astray.
        """
        form = self.form(n_rows, n_columns)
        by_em = form.correlated and self.unlabeled_weight > 0
        return form.directions(self.columns(n_columns)) if by_em else 0

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
    transforms: Sequence[str] | str,
    covariance_types: Sequence[str],
    shrinkages: Sequence[float],
    unlabeled_weights: Sequence[float | str],
    n_components: int | Sequence[int] | str,
    bounds: Bounds,
    *,
    incomplete: bool = False,
) -> list[Candidate]:
    """Return all combinations; "balanced" is the weight at which unlabelled rows together weigh what labelled rows do.

    Without unlabelled rows their weight makes no difference, and there is one candidate where there were several. A
    class without labels can be learnt from unlabelled rows only, so that a weight of zero is then no candidate. Nor is
    one with more components than there are rows for. Where "auto" chooses, it also leaves out what takes too long.
    """
    if bounds.unlabeled_weight == 0:
        lambdas = [0.0]
    else:
        balanced = min(bounds.labeled_weight / bounds.unlabeled_weight, 1.0)
        lambdas = sorted({balanced if weight == "balanced" else float(weight) for weight in unlabeled_weights})
    shape = bounds.n_rows, bounds.n_columns
    any_transform, any_number = isinstance(transforms, str), isinstance(n_components, str)
    listed = auto.transforms(*shape, incomplete=incomplete) if any_transform else transforms
    sizes = auto.COMPONENTS if any_number else _listed(n_components)
    every = [Candidate(*each) for each in product(listed, covariance_types, shrinkages, lambdas, sizes)]
    if any_transform or any_number:
        # Rows with gaps cannot be reduced, and have nothing but all of their columns.
        within = [each for each in every if each.suits(*shape)]
        every = within or [each for each in every if each.suits(*shape, most_columns=inf)] or every
    by_labels = bounds.components_by_labels
    if any_number:
        # Labels alone must say more of each component than where it is.
        by_labels = max((by_labels - 1) // 2, min(by_labels, 1))
    most = [bounds.components if each.unlabeled_weight > 0 else by_labels for each in every]
    return [each for each, limit in zip(every, most, strict=True) if each.n_components <= limit] or every


def fits_at_once(candidates: Sequence[Candidate], training: TrainingSet, threads: int) -> int:
    """Return how many fits of candidates may run at the same time, so that memory suffices; `threads` at most.

    Raises
    ------
    MemoryError
        If there is too little memory for one of them alone.
    """
    largest = 0.0
    for each in candidates:
        form, left = each.form(*training.X.shape), each.columns(training.X.shape[1])
        n_components = len(training.labels.classes) * each.n_components
        check_memory(form, n_components, left)
        largest = max(largest, memory_of_fit(form, n_components, left))
    available = available_memory()
    return threads if available is None else max(1, min(threads, int(available / max(largest, 1.0))))


def check_choices(
    transforms: Sequence[str] | str,
    covariance_types: Sequence[str],
    shrinkages: Sequence[float],
    unlabeled_weights: Sequence[float | str],
    n_components: int | Sequence[int] | str,
) -> None:
    """Refuse what no candidate can be made of.

    Raises
    ------
    ValueError
        If a choice is empty, or names or numbers in it are not known or out of range.
    """
    families = list(covariance_types)
    if not families or not set(families) <= set(FAMILIES):
        raise ValueError(f"covariance_types={families}: name one or more of {list(FAMILIES)}.")
    names = [transforms] if isinstance(transforms, str) else list(transforms)
    transforms_are_auto = isinstance(transforms, str) and transforms == "auto"
    if isinstance(transforms, str) and not transforms_are_auto:
        raise ValueError(f"transforms={transforms!r}: give a list of names, as [{transforms!r}], or 'auto'.")
    if not names or not (transforms_are_auto or all(map(is_transform, names))):
        raise ValueError(
            f"transforms={names}: name one or more of {list(TRANSFORMS)}, or principal components by their number, as "
            "'principal-10' or 'pca-10', in a list; or give 'auto'."
        )
    multiples = list(shrinkages)
    if not multiples or not all(_is_between(value, _MOST_SHRINKAGE) for value in multiples):
        raise ValueError(f"shrinkages={multiples}: give one or more numbers from 0 to a million.")
    lambdas = list(unlabeled_weights)
    if not lambdas or not all(value == "balanced" or _is_between(value, 1.0) for value in lambdas):
        raise ValueError(f'unlabeled_weights={lambdas}: give one or more numbers between 0 and 1, or "balanced".')
    sizes: list[Any] = [n_components] if isinstance(n_components, str) else _listed(n_components)
    if isinstance(n_components, str) and n_components == "auto":
        return
    if not (sizes and all(is_whole(value) and value >= 1 for value in sizes)):
        raise ValueError(f"n_components={sizes}: give one or more whole numbers from 1 on, or 'auto'.")


def _listed(n_components: Any) -> list[Any]:
    return [n_components] if isinstance(n_components, Integral) else list(n_components)


def _is_between(value: object, most: float) -> bool:
    return isinstance(value, Real) and 0 <= float(value) <= most
