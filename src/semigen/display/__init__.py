"""Pictures in the manner of scikit-learn's displays: what a model saw, how it learnt, how far to believe it.

They need matplotlib (extra `plot`), which is imported when something is drawn. Without `ax`, a display makes a figure
with pyplot, so that ``pyplot.show()`` shows it and notebooks do by themselves; on axes that are given, pyplot is left
alone.
"""

from semigen.display.calibration import CalibrationDisplay
from semigen.display.curve import LabelCurveDisplay
from semigen.display.ellipses import ClassEllipsesDisplay
from semigen.display.history import TrainingHistoryDisplay
from semigen.display.latent import LatentMapDisplay
from semigen.display.recommendation import RecommendationDisplay
from semigen.display.regions import DecisionRegionsDisplay
from semigen.display.samples import SamplesDisplay

__all__ = [
    "CalibrationDisplay",
    "ClassEllipsesDisplay",
    "DecisionRegionsDisplay",
    "LabelCurveDisplay",
    "LatentMapDisplay",
    "RecommendationDisplay",
    "SamplesDisplay",
    "TrainingHistoryDisplay",
]
