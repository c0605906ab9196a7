"""The outcome of a competition as a table that prints well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.cv.candidates import Candidate
from semigen.persistence.pickled import VersionedPart

_SHOWN = 10
# Smaller shares of the weight are not told of.
_LEAST_WEIGHT = 0.01
_CERTAINTY = {True: "as claimed", False: "less sure, by power {power:g}"}
_GLOSSARY = (
    "power: probabilities of a candidate that was too sure of labels held out are raised to it, which makes them less",
    "  sure; 1 leaves them. shrinkage: how strongly covariances lean on what all rows say, beside the usual.",
    "  lambda: what an unlabelled row counts beside a labelled one; 0 is a fit to the labels alone.",
)


@dataclass(frozen=True)
class Selection(VersionedPart):
    """Candidates with their held-out log-loss and weight, the heaviest first.

    Attributes
    ----------
    candidates : sequence of Candidate
    log_loss : array
        Mean over the labelled rows that were held out, of tempered probabilities; NaN where none could be.
    error : array
        Share of them that were misclassified.
    power : array
        That its probabilities are raised to, and then normalised, before they are scored and averaged.
    weight : array
        In the average; sums to one.
    """

    candidates: Sequence[Candidate]
    log_loss: NDArray[np.float64]
    error: NDArray[np.float64]
    power: NDArray[np.float64]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.candidates)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.candidates)

    def to_dict(self) -> dict[str, list[object]]:
        """Return columns by name, for ``pandas.DataFrame(selection.to_dict())``."""
        names = ("transform", "covariance_type", "n_components", "shrinkage", "unlabeled_weight")
        columns: dict[str, list[object]] = {name: [getattr(each, name) for each in self] for name in names}
        return columns | {
            "log_loss": self.log_loss.tolist(),
            "error": self.error.tolist(),
            "power": self.power.tolist(),
            "weight": self.weight.tolist(),
        }

    def __str__(self) -> str:
        """Return what decides in words, and the table."""
        used = int((self.weight >= _LEAST_WEIGHT).sum())
        if np.isnan(self.log_loss).all():
            heading = "No label could be held out, so weights are those before any evidence."
        else:
            heading = "Candidates count by how well they told labels held out; log-loss and error are on these."
        return "\n".join(
            [
                heading,
                f"{used} of {len(self)} have {_LEAST_WEIGHT:.0%} of the weight or more. Shares of the weight:",
                f"- covariances: {self._shares(lambda each: each.covariance_type)}",
                f"- components a class: {self._shares(lambda each: str(each.n_components))}",
                f"- columns: {self._shares(_columns)}",
                f"- unlabelled rows: {self._shares(_unlabeled)}",
                *([f"- shrinkage: {self._shares(_shrinkage)}"] if len({each.shrinkage for each in self}) > 1 else []),
                f"- certainty: {self._of_powers()}",
                "",
                repr(self),
                "",
                *_GLOSSARY,
            ]
        )

    def _shares(self, of: Callable[[Candidate], str]) -> str:
        """Return the weights of candidates that have something in common, the heaviest first."""
        return self._shares_of([of(each) for each in self])

    def _of_powers(self) -> str:
        """Return how sure candidates are let be."""
        return self._shares_of([_CERTAINTY[power == 1].format(power=power) for power in self.power.tolist()])

    def _shares_of(self, values: Sequence[str]) -> str:
        shares: dict[str, float] = {}
        for value, weight in zip(values, self.weight.tolist(), strict=True):
            shares[value] = shares.get(value, 0.0) + weight
        shown = [(value, share) for value, share in shares.items() if share >= _LEAST_WEIGHT]
        return ", ".join(f"{value} ({share:.0%})" for value, share in sorted(shown, key=lambda each: -each[1]))

    def __repr__(self) -> str:
        heading = f"{'weight':>6}  {'log-loss':>8}  {'error':>6}  {'power':>5}  "
        lines = [f"{heading}covariance  components  shrinkage  lambda  transform"]
        columns = (self.log_loss, self.error, self.power, self.weight)
        for each, loss, error, power, weight in zip(self, *columns, strict=True):
            if len(lines) > _SHOWN:
                lines.append(f"... and {len(self) - _SHOWN} more")
                break
            lines.append(
                f"{weight:6.3f}  {loss:8.3f}  {error:6.1%}  {power:5.3g}  {each.covariance_type:<10}  "
                f"{each.n_components:10}  {each.shrinkage:9.3g}  {each.unlabeled_weight:6.2g}  {each.transform}"
            )
        return "\n".join(lines)


def _columns(candidate: Candidate) -> str:
    """Return how a candidate sees the columns."""
    return "as they are" if candidate.transform == "none" else candidate.transform


def _unlabeled(candidate: Candidate) -> str:
    """Return what unlabelled rows count for a candidate."""
    weight = candidate.unlabeled_weight
    if weight == 0:
        return "not counted"
    return "each counts as a labelled one" if weight == 1 else f"each counts {weight:.2g} of a labelled one"


def _shrinkage(candidate: Candidate) -> str:
    return f"{candidate.shrinkage:.3g} times the usual"
