"""The result of `recommend`: every candidate with its evidence, which one was chosen, and why."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen._runtime.callers import outside
from semigen.diagnostics.rows_to_check import HiddenLabels
from semigen.persistence.pickled import VersionedPickle
from semigen.recommendation import text
from semigen.recommendation.findings import Calibration, Finding, Misspecification, Status
from semigen.recommendation.verdict import Verdict
from semigen.tables.kinds import Column


@dataclass(frozen=True)
class CandidateResult:
    """How a candidate did on labelled rows held out.

    Attributes
    ----------
    name : str
    estimator : classifier
        Not fitted; takes the rows as `recommend` was given them.
    uses_unlabeled : bool
        Whether its classifier learns from unlabelled rows too.
    error : float
        Share of the held-out rows that it misclassified, mean over rounds; NaN if it has no round.
    lower, upper : float
        Ends of a 95 % interval of `error`; NaN if it has no round.
    gain : float
        By how much its error is expected to be below that of labels alone, from the evidence and what is known of such
        classifiers beforehand.
    gain_sd : float
        Standard deviation of that expectation.
    n_rounds : int
        Rounds of cross-validation that it completed.
    seconds : float
        That it took, with a result or without; of an average that was measured, those of its members.
    status : {"raced", "dropped early", "not measured", "no time", "failed"}
        "raced" if it was compared to the end.
    more_seconds, budget : float
        Of one that had no time: what it needs besides, and the budget with which it would be measured; else zero.
    failure : str
        Of one that failed: when, and the error.
    traceback : str
        Where its code failed, if it did.
    seconds_of_fit : float
        That a fit takes by the times of fits in the comparison, those of its members for an average; zero if there
        were none.
    """

    name: str
    estimator: Any
    uses_unlabeled: bool
    error: float
    lower: float
    upper: float
    gain: float
    gain_sd: float
    n_rounds: int
    seconds: float
    status: Status
    more_seconds: float = 0.0
    budget: float = 0.0
    failure: str = ""
    traceback: str = field(default="", repr=False)
    seconds_of_fit: float = 0.0

    @property
    def began(self) -> bool:
        """Whether any fit of it was begun."""
        return self.n_rounds > 0 or self.seconds > 0

    @property
    def detail(self) -> str:
        """A sentence on its status."""
        return text.of_status(self)


@dataclass(frozen=True)
class DataSummary:
    """What the usual advice depends on, measured on these rows.

    Attributes
    ----------
    n_rows, n_labeled, n_unlabeled : int
    n_columns : int
        As the candidates see them, after text was encoded.
    labels_per_class : mapping of class to int
    n_missing : int
        Cells without a value.
    misspecification : Misspecification or None
        None if it could not be measured.
    calibration : tuple of Calibration
        Of the chosen candidate and of labels alone, where they give probabilities.
    """

    n_rows: int
    n_labeled: int
    n_unlabeled: int
    n_columns: int
    labels_per_class: Mapping[Any, int]
    n_missing: int
    misspecification: Misspecification | None
    calibration: tuple[Calibration, ...]


# The name that pickles of version 0.1.0 have for it.
Situations = DataSummary


@dataclass(frozen=True)
class Recommendation(VersionedPickle):
    """What `recommend` found; prints as a verdict, a table and the reasons.

    Attributes
    ----------
    candidates : tuple of CandidateResult
        The most promising first; those without evidence last.
    chosen, baseline : int
        Numbers of the recommended candidate and of labels alone, which is logistic regression.
    data_summary : DataSummary
    conclusion : Verdict
        What to do and how wrong it will be, as values; `verdict` is the same in sentences.
    findings : tuple of Finding
        What that rests on, as values; `reasons` are the same in sentences.
    best_estimator_ : classifier
        The chosen one, fitted to all rows; `semigen.save` writes it to a file.
    seconds : float
        That all of it took.
    columns : tuple of Column
        How each column was read, where they are not all plain numbers; `reasons` name those that are not used as they
        look.
    hidden_labels : HiddenLabels or None
        What the chosen one said of given labels while they were hidden from it: a low probability shows a label that
        may be wrong. None where no label was hidden, it gives no probabilities, or more than 5,000 rows are labelled.
    """

    candidates: tuple[CandidateResult, ...]
    chosen: int
    baseline: int
    data_summary: DataSummary
    conclusion: Verdict
    findings: tuple[Finding, ...]
    best_estimator_: Any = field(repr=False)
    seconds: float
    columns: tuple[Column, ...] = ()
    hidden_labels: HiddenLabels | None = field(default=None, repr=False)

    @property
    def situations(self) -> DataSummary:
        """The former name of `data_summary`."""
        warnings.warn("situations is called data_summary now.", DeprecationWarning, stacklevel=outside())
        return self.data_summary

    @property
    def verdict(self) -> str:
        """What to do, how wrong it will be, compared with what, and how sure that is."""
        return " ".join(text.verdict(self.conclusion))

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the verdict rests on, in sentences."""
        return tuple(text.sentences(self.findings))

    @property
    def names(self) -> list[str]:
        """Of the candidates."""
        return [each.name for each in self.candidates]

    @property
    def statuses(self) -> list[str]:
        """Of the candidates: "raced", "dropped early", "not measured", "failed" or "no time"."""
        return [each.status for each in self.candidates]

    @property
    def labels_alone(self) -> list[bool]:
        """Of the candidates: whether each learns from the labelled rows alone."""
        return [not each.uses_unlabeled for each in self.candidates]

    @property
    def errors(self) -> NDArray[np.float64]:
        """Of the candidates; NaN where nothing was measured."""
        return np.array([each.error for each in self.candidates])

    @property
    def lower(self) -> NDArray[np.float64]:
        """Lower ends of the intervals; NaN for candidates that were dropped early."""
        return self._of_raced("lower")

    @property
    def upper(self) -> NDArray[np.float64]:
        """Upper ends of the intervals; NaN for candidates that were dropped early."""
        return self._of_raced("upper")

    def _of_raced(self, name: str) -> NDArray[np.float64]:
        return np.array([getattr(each, name) if each.status is Status.RACED else np.nan for each in self.candidates])

    def table(self) -> str:
        """Return the candidates as text, a line for each: error and interval in per cent, rounds, seconds, status."""
        width = max(len(name) for name in self.names)
        lines = [f"  {'candidate':<{width}}  {'error in %':>20}  rounds  seconds  status"]
        for i, each in enumerate(self.candidates):
            error = "-"
            if np.isfinite(each.error):
                error = f"{100 * each.error:.1f} ({100 * each.lower:.1f} - {100 * each.upper:.1f})"
            mark = ">" if i == self.chosen else " "
            status = each.status + ("" if each.uses_unlabeled else ", labels alone")
            seconds = f"{each.seconds:.1f}" if each.began else "-"
            lines.append(f"{mark} {each.name:<{width}}  {error:>20}  {each.n_rounds:6}  {seconds:>7}  {status}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return "\n\n".join([self.verdict, self.table(), "\n".join(f"- {reason}" for reason in self.reasons)])
