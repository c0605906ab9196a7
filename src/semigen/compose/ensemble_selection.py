"""What an ensemble found out of its members, as a table that prints well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.compose.stacking import Stack
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True)
class EnsembleSelection(VersionedPart):
    """Members of an ensemble with what they said of held-out labels, and their weights, the heaviest first.

    Attributes
    ----------
    names : sequence of str
    log_loss : array
        Mean over the labelled rows that were held out, of tempered probabilities; NaN where none could be.
    error : array
        Share of them that were misclassified.
    power : array
        That probabilities are raised to, and then normalised, before they are scored and averaged.
    weight : array
        In the average; sums to one.
    n_held_out : int
        Labels held out.
    """

    names: Sequence[str]
    log_loss: NDArray[np.float64]
    error: NDArray[np.float64]
    power: NDArray[np.float64]
    weight: NDArray[np.float64]
    n_held_out: int

    @classmethod
    def of(cls, names: Sequence[str], stack: Stack, n_held_out: int) -> EnsembleSelection:
        """Return what was found of the classifiers of these names."""
        order, found = np.argsort(-stack.weight, kind="stable"), stack.evidence
        loss, error, power, weight = (each[order] for each in (found.log_loss, found.error, found.power, stack.weight))
        return cls([names[i] for i in order], loss, error, power, weight, n_held_out)

    def __len__(self) -> int:
        return len(self.names)

    def to_dict(self) -> dict[str, list[object]]:
        """Return columns by name, for ``pandas.DataFrame(selection.to_dict())``."""
        columns: dict[str, list[object]] = {"name": list(self.names)}
        for name in ("log_loss", "error", "power", "weight"):
            columns[name] = getattr(self, name).tolist()
        return columns

    def __str__(self) -> str:
        """Return what decides in words, and the table."""
        if not self.n_held_out:
            return repr(self)
        best = int(np.nanargmin(self.log_loss))
        alone = f"{self.names[best]} alone: log-loss {self.log_loss[best]:.3f}, {self.error[best]:.1%} wrong"
        return (
            f"Members count by how well their average told {self.n_held_out} labels held out, beside weights known "
            f"beforehand.\nMost weight has {self.names[0]} ({self.weight[0]:.0%}). The best by itself is {alone}.\n\n"
            f"{self!r}"
        )

    def __repr__(self) -> str:
        if not self.n_held_out:
            return f"No label could be held out, so only one member counts: {self.names[0]}."
        lines = [f"Weights after {self.n_held_out} labels were held out:", f"{'weight':>6}  log-loss   error  power"]
        for name, *row in zip(self.names, self.weight, self.log_loss, self.error, self.power, strict=True):
            weight, loss, error, power = row
            lines.append(f"{weight:6.3f}  {loss:8.3f}  {error:6.1%}  {power:5.3g}  {name}")
        return "\n".join(lines)
