"""What a label curve says, added to a recommendation, so that all advice agrees with it."""

from __future__ import annotations

from dataclasses import replace

from semigen.model_selection.label_curves import LabelCurve
from semigen.model_selection.more_labels import would_more_labels_help
from semigen.recommendation.findings import NextStep
from semigen.recommendation.result import Recommendation


def with_label_curve(found: Recommendation, curve: LabelCurve) -> Recommendation:
    """Return a recommendation whose verdict and next step know whether more labels would help the chosen classifier.

    Parameters
    ----------
    found : Recommendation
    curve : LabelCurve
        One of its classifiers is the chosen one.
    """
    told = would_more_labels_help(curve, found.candidates[found.chosen].name)
    return replace(
        found,
        conclusion=replace(found.conclusion, more_labels=told),
        findings=tuple(replace(each, measured=told) if isinstance(each, NextStep) else each for each in found.findings),
    )
