"""Labels that may be wrong, from one annotator or several, as a fit with `label_noise` reads them."""

from __future__ import annotations

import numpy as np

from semigen.labels import UNSURE_CODE, Labels
from semigen.mixture.gaussian.label_noise import log_priors
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.noisy_labels import NoisyRows, with_noise


def as_evidence(fit: MixtureFit, labels: Labels) -> Labels:
    """Return labels as what they say of the classes, if they may be wrong; else as they are."""
    confusion = fit.confusion
    if confusion is None:
        return labels
    check_annotators(fit, labels)
    log_prior = labels.all_log_priors()
    log_prior[labels.labeled] = log_priors(confusion, labels.given[labels.labeled])
    return Labels(labels.classes, np.where(labels.labeled, UNSURE_CODE, labels.codes), log_prior)


def with_label_noise(fit: MixtureFit, rows: ArrayRows, labels: Labels | None) -> ArrayRows | NoisyRows:
    """Return rows whose labels may be wrong as those of the fit may be.

    Parameters
    ----------
    fit : MixtureFit
    rows : ArrayRows
    labels : Labels or None
        Of the rows; None if none of them counts.
    """
    noise = fit.options.label_noise
    if noise is None:
        return rows
    if labels is None or not len(rows.X):
        return NoisyRows(rows, np.empty((0, len(noise.start)), dtype=np.int64), noise)
    check_annotators(fit, labels)
    found = with_noise(rows, labels, noise)
    assert isinstance(found, NoisyRows)
    return found


def check_annotators(fit: MixtureFit, labels: Labels) -> None:
    """Refuse labels of more or fewer annotators than the fit knows."""
    assert fit.confusion is not None
    n_known, n_given = len(fit.confusion), labels.given.shape[1]
    if n_given != n_known:
        raise ValueError(
            f"y has the labels of {n_given} annotators and the fit knows {n_known}; give a column for each, with "
            "None where an annotator gave no label."
        )
