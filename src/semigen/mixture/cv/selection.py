"""The outcome of a competition as a table that prints well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.cv.candidates import Candidate
from semigen.persistence.pickled import VersionedPart

_SHOWN = 10


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
                f"{each.n_components:10}  {each.shrinkage:9.3g}  {each.unlabeled_weight:6.3g}  {each.transform}"
            )
        return "\n".join(lines)
