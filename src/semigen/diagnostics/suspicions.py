"""Findings about suspect fits, as values: one class for each sign, with its numbers and names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar

from sklearn.pipeline import Pipeline


class Sign(StrEnum):
    """Signs that a fit is wrong, those that name their cause first: a sentence tells of them in this order."""

    WILD_VALUES = "a few cells carry the scale of a column"
    TOO_FEW_ROWS = "more columns than the rows support"
    SHIFTED_CLASS = "a class is not where its labelled rows are"
    IMPROBABLE_LABELS = "given labels are improbable"
    OVERCONFIDENCE = "probabilities above the hit rate on labels held out"
    DISAGREEMENT = "answers that the labels alone contradict"
    GUESSED_LABELS = "no better than guessing"
    UNBALANCED_ANSWERS = "class shares far from those of the labels"


@dataclass(frozen=True)
class WildValues:
    """So few cells make up most of a column's variance.

    Attributes
    ----------
    column : str or int
        Its name, or its number where columns have none.
    value : float
        The cell farthest from the median.
    n_cells : int
    share : float
        Of the squares about the median.
    """

    sign: ClassVar[Sign] = Sign.WILD_VALUES
    column: str | int
    value: float
    n_cells: int
    share: float


@dataclass(frozen=True)
class TooFewRows:
    """A covariance is learnt from fewer rows than its columns need.

    Attributes
    ----------
    label : object or None
        The class whose covariance it is; None for that of all rows.
    n_rows : float
        Weight of the rows that it is learnt from.
    n_labels : int
        Labelled ones among them.
    n_columns : int
    """

    sign: ClassVar[Sign] = Sign.TOO_FEW_ROWS
    label: Any
    n_rows: float
    n_labels: int
    n_columns: int


@dataclass(frozen=True)
class ShiftedClass:
    """The fit has a class elsewhere than its labelled rows are.

    Attributes
    ----------
    label : object
    column : str or int
        In which it is farthest off.
    distance : float
        From the mean of the labelled rows to that of the class, in its standard deviations.
    n_labels : int
    """

    sign: ClassVar[Sign] = Sign.SHIFTED_CLASS
    label: Any
    column: str | int
    distance: float
    n_labels: int


@dataclass(frozen=True)
class ImprobableLabels:
    """More given labels are called less probable than another class than the probabilities themselves expect.

    Attributes
    ----------
    n_contradicted : int
    n_expected : float
        By the fit's own probabilities.
    n_labels : int
    """

    sign: ClassVar[Sign] = Sign.IMPROBABLE_LABELS
    n_contradicted: int
    n_expected: float
    n_labels: int


@dataclass(frozen=True)
class Overconfidence:
    """On labels held out, the mean probability of the answers is far above the share that was right."""

    sign: ClassVar[Sign] = Sign.OVERCONFIDENCE
    mean_probability: float
    hit_rate: float
    n_labels: int


@dataclass(frozen=True)
class DisagreementWithReference:
    """A classifier of the labels alone is right too often for the fit to be: they differ on too many rows.

    Attributes
    ----------
    reference_accuracy : float
        Of the least-squares reference, on labels left out one by one.
    agreement : float
        Share of the unlabelled rows to which both give the same class.
    n_labels : int
    """

    sign: ClassVar[Sign] = Sign.DISAGREEMENT
    reference_accuracy: float
    agreement: float
    n_labels: int


@dataclass(frozen=True)
class GuessedLabels:
    """The answers for rows with a label are no better than guessing, by more than chance explains.

    Attributes
    ----------
    recall : float
        Mean over the classes of the share of their labels that the fit gives.
    guessing : float
        The same of a guess: one over the number of classes.
    n_labels : int
    held_out : bool
        Whether the fit had not seen these labels.
    """

    sign: ClassVar[Sign] = Sign.GUESSED_LABELS
    recall: float
    guessing: float
    n_labels: int
    held_out: bool


@dataclass(frozen=True)
class UnbalancedAnswers:
    """The classes of the unlabelled rows have other shares than those of the labels, by more than a bad sample has.

    Attributes
    ----------
    label : object
        The class whose share differs most.
    share_of_answers, share_of_labels : float
    """

    sign: ClassVar[Sign] = Sign.UNBALANCED_ANSWERS
    label: Any
    share_of_answers: float
    share_of_labels: float


Suspicion = (
    WildValues
    | TooFewRows
    | ShiftedClass
    | ImprobableLabels
    | Overconfidence
    | DisagreementWithReference
    | GuessedLabels
    | UnbalancedAnswers
)


def in_order(found: Iterable[Suspicion | None]) -> tuple[Suspicion, ...]:
    """Return the findings among these, in the order of their signs."""
    order = list(Sign)
    return tuple(sorted((each for each in found if each is not None), key=lambda each: order.index(each.sign)))


def suspicions_of(model: Any, columns: Sequence[str] = ()) -> tuple[Suspicion, ...]:
    """Return what is suspect of a fitted model, or of what is at the end of a pipeline; nothing if it does not look.

    Parameters
    ----------
    model : estimator
    columns : sequence of str, optional
        Names of columns that were given without any.
    """
    while isinstance(model, Pipeline):
        if len(model) > 1 and not len(columns):
            with suppress(AttributeError, ValueError):
                columns = [str(name) for name in model[:-1].get_feature_names_out()]
        model = model.steps[-1][1]
    found: tuple[Suspicion, ...] = getattr(model, "suspicions_", ())
    return tuple(_named(each, columns) for each in found)


def _named(found: Suspicion, columns: Sequence[str]) -> Suspicion:
    if isinstance(found, WildValues | ShiftedClass) and isinstance(found.column, int) and found.column < len(columns):
        return replace(found, column=columns[found.column])
    return found
