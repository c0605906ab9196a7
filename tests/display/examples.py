"""One example of each display, and functions that read from axes what was drawn."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle
from sklearn.datasets import load_iris

from semigen import SemiSupervisedGMM
from semigen.display import (
    CalibrationDisplay,
    ClassEllipsesDisplay,
    DecisionRegionsDisplay,
    LabelCurveDisplay,
    LatentMapDisplay,
    RecommendationDisplay,
    SamplesDisplay,
    TrainingHistoryDisplay,
)
from semigen.display._shared.style import look

IRIS, SPECIES = load_iris(return_X_y=True)
KNOWN = np.where(np.arange(150) % 5 == 0, SPECIES, -1)
MODEL = SemiSupervisedGMM().fit(IRIS, KNOWN)
FLAT = SemiSupervisedGMM().fit(IRIS[:, 2:], KNOWN)
CURVE = {
    "sizes": [5, 50],
    "names": ["a", "b"],
    "errors": np.array([[[0.4, 0.2], [0.1, 0.3]], [[0.3, 0.3], [0.2, 0.0]]]),
}
RACE = {
    "names": ["slow", "labels", "mixture", "broken"],
    "errors": [0.31, 0.2, 0.15, np.nan],
    "lower": [np.nan, 0.17, 0.12, np.nan],
    "upper": [np.nan, 0.23, 0.18, np.nan],
    "chosen": 2,
    "baseline": 1,
}

DRAWN = {
    "calibration": lambda **told: CalibrationDisplay.from_estimator(MODEL, IRIS, SPECIES, **told),
    "curve": lambda **told: LabelCurveDisplay(**CURVE).plot(**told),
    "ellipses": lambda **told: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, **told),
    "history": lambda **told: TrainingHistoryDisplay(terms={"bound": [3, 2], "error": [2, 1]}).plot(**told),
    "latent": lambda **told: LatentMapDisplay.from_estimator(MODEL, IRIS, KNOWN, **told),
    "recommendation": lambda **told: RecommendationDisplay(**RACE).plot(**told),
    "regions": lambda **told: DecisionRegionsDisplay.from_estimator(FLAT, IRIS[:, 2:], KNOWN, **told),
    "samples": lambda **told: SamplesDisplay.from_predictions(IRIS, SPECIES, **told),
}


def written_on(ax):
    return [text.get_text() for text in ax.texts]


def in_order(rows):
    rows = np.asarray(rows)
    return rows[np.lexsort(rows.T)]


def drawn_as(dots, k):
    """Places of the rows in the colour of a class; their marker is that of the class, too."""
    of_class = np.isclose(dots.get_facecolors()[:, :3], to_rgb(look(k).colour)).all(axis=1)
    marker = MarkerStyle(look(k).marker)
    outline = marker.get_path().transformed(marker.get_transform()).vertices
    paths = [path.vertices for path, of in zip(dots.get_paths(), of_class, strict=True) if of]
    assert all(np.array_equal(path, outline) for path in paths)
    return np.asarray(dots.get_offsets())[of_class]


def state_of(ax):
    ticks = [tick.get_text() for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_ticklabels()]
    return ax.get_children(), ax.get_xlim(), ax.get_ylim(), ticks, ax.get_xlabel(), ax.axison, ax.get_legend()
