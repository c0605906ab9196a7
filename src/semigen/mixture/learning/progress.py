"""Progress of a fit on standard error, for `verbose`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from semigen.labels import Labels
from semigen.mixture.learning.em import Fit


@dataclass(frozen=True)
class Progress:
    """Silent at `verbose` 0; a line per start from 1 on; a line per iteration from 2 on."""

    verbose: int
    labels: Labels
    name: str = "SemiSupervisedGMM"

    def iterations(self, start: int) -> Callable[[int, float], None] | None:
        """Return a callback for every iteration of a start, or None if it would print nothing."""
        if self.verbose < 2:
            return None
        return lambda iteration, objective: self._say(
            f"start {start}, iteration {iteration}: objective {objective:.8g}"
        )

    def fitted(self, start: int, fit: Fit) -> None:
        """Say how a start ended, and what rows it saw."""
        if self.verbose < 1:
            return
        labeled = int(self.labels.labeled.sum())
        self._say(
            f"start {start}: {labeled} labelled and {len(self.labels.codes) - labeled} unlabelled rows, "
            f"{fit.n_iter} iterations, objective {fit.objective:.8g}, "
            f"{'converged' if fit.converged else 'not converged'}"
        )

    def _say(self, text: str) -> None:
        print(f"[{self.name}] {text}", file=sys.stderr)
