"""What the chosen classifier said of given labels while they were hidden from it."""

from __future__ import annotations

import numpy as np

from semigen.diagnostics.rows_to_check import HiddenLabels
from semigen.labels import Labels
from semigen.recommendation.race import Run


def hidden_labels(run: Run, racing: Labels, labels: Labels) -> HiddenLabels | None:
    """Return what a candidate said of hidden labels; None if it gives no probabilities, or not all labels raced.

    Parameters
    ----------
    run : Run
    racing, labels : Labels
        Of the rows of the race, and of all rows.
    """
    labeled = np.flatnonzero(labels.labeled)
    raced = np.flatnonzero(racing.labeled)
    if run.tested is None or run.said is None or len(raced) < len(labeled):
        return None
    # The race has a sample of the unlabelled rows, and the labelled ones in their order.
    rows = labeled[np.searchsorted(raced, run.tested)]
    mean = run.said.astype(np.float64) / len(run.wrong)
    of_label = mean[np.arange(len(rows)), labels.codes[rows]]
    return HiddenLabels(rows, of_label, labels.classes[mean.argmax(axis=1)], mean.max(axis=1))
