"""Whether more labels would help, measured for a report before anything is said of the comparison."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semigen.cli.console import Console
from semigen.cli.table_input import Features, Input
from semigen.labels import encode
from semigen.model_selection.groups import encode_groups
from semigen.model_selection.label_curves import LabelCurve
from semigen.report.pictures.errors_by_labels import measured_curve
from semigen.report.pictures.material import Material

if TYPE_CHECKING:
    from semigen.recommendation import Recommendation

# Seconds that the fits for a picture may take.
PATIENCE = 15.0


def material_of(
    given: Input,
    features: Features,
    found: Recommendation,
    seed: int,
    numbers: NDArray[np.float64],
    curve: LabelCurve | None = None,
) -> Material:
    """Return what the pictures of a report are drawn from."""
    labels = encode(given.labels.to_list(), unlabeled=None, classes=found.best_estimator_.classes_)
    groups = None if given.groups is None else encode_groups(given.groups, labels.labeled)
    return Material(features.frame, labels, numbers, groups, found, seed, PATIENCE, curve)


def with_measured_curve(
    given: Input, features: Features, found: Recommendation, seed: int, console: Console
) -> tuple[Recommendation, LabelCurve | None]:
    """Measure the error by number of labels, and return it with a recommendation that agrees with it.

    Both are as before, and None, where labels or time do not suffice, or fits with fewer labels fail: the report says
    so in the place of the picture.

    Parameters
    ----------
    given : Input
    features : Features
    found : Recommendation
    seed : int
    console : Console
    """
    from semigen.recommendation.with_label_curve import with_label_curve

    # The curve reads no standardised numbers.
    material = material_of(given, features, found, seed, np.empty((0, 0)))
    with console.working("measuring whether more labels would help"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            curve = measured_curve(material)
        except ValueError:
            return found, None
    return (found, None) if curve is None else (with_label_curve(found, curve), curve)
