"""What an ensemble found out of its members, as a table that prints well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    untested : tuple
        Classes of which no label could be held out, as they have a single one. Log-losses and errors are those of
        telling the other classes apart, and of these classes the mixtures decide alone.
    """

    names: Sequence[str]
    log_loss: NDArray[np.float64]
    error: NDArray[np.float64]
    power: NDArray[np.float64]
    weight: NDArray[np.float64]
    n_held_out: int
    untested: tuple[Any, ...] = ()

    @classmethod
    def of(
        cls, names: Sequence[str], stack: Stack, n_held_out: int, untested: tuple[Any, ...] = ()
    ) -> EnsembleSelection:
        """Return what was found of the classifiers of these names."""
        order, found = np.argsort(-stack.weight, kind="stable"), stack.evidence
        loss, error, power, weight = (each[order] for each in (found.log_loss, found.error, found.power, stack.weight))
        return cls([names[i] for i in order], loss, error, power, weight, n_held_out, untested)

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
            return f"{self!r} Nothing tells whether its certainty, or that of another member, is worth anything."
        best = int(np.nanargmin(self.log_loss))
        alone = f"{self.names[best]} alone: log-loss {self.log_loss[best]:.3f}, {self.error[best]:.1%} wrong"
        return "\n".join(
            [
                f"Members count by how well their average told {self.n_held_out} labels held out, beside weights known "
                "beforehand.",
                f"Most weight has {self.names[0]} ({self.weight[0]:.0%}). The best by itself is {alone}.",
                *self._of_untested_classes(),
                self._of_powers(),
                "",
                repr(self),
            ]
        )

    def _of_untested_classes(self) -> list[str]:
        """Return what nothing is known of, as a class has no label that could be held out."""
        if not self.untested:
            return []
        named = ("class " if len(self.untested) == 1 else "classes ") + ", ".join(map(repr, self.untested))
        return [
            f"No label of {named} could be held out, so log-loss, error and power are of the other classes alone. How",
            f"probable {named} is for a row, the mixtures alone say; nothing was measured of how far to trust that.",
        ]

    def _of_powers(self) -> str:
        """Return which members were too sure."""
        milder = [f"{name} ({power:g})" for name, power in zip(self.names, self.power, strict=True) if power < 1]
        if not milder:
            return "No member was too sure of these labels: every power is 1, and probabilities count as they are."
        return (
            f"Too sure of these labels were {', '.join(milder)}: their probabilities are raised to that power, which "
            "makes them less sure."
        )

    def __repr__(self) -> str:
        if not self.n_held_out:
            return f"No label could be held out, so only one member counts: {self.names[0]}."
        lines = [f"Weights after {self.n_held_out} labels were held out:", f"{'weight':>6}  log-loss   error  power"]
        for name, *row in zip(self.names, self.weight, self.log_loss, self.error, self.power, strict=True):
            weight, loss, error, power = row
            lines.append(f"{weight:6.3f}  {loss:8.3f}  {error:6.1%}  {power:5.3g}  {name}")
        return "\n".join(lines)
