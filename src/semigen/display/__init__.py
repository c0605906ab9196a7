"""Pictures in the manner of scikit-learn's displays: what a model saw, how it learnt, how far to believe it.

They need matplotlib (extra `plot`), which is imported when something is drawn. Without `ax`, a display makes a figure
with pyplot, so that ``pyplot.show()`` shows it and notebooks do by themselves; on axes that are given, pyplot is left
alone.
"""

from semigen.display.calibration import CalibrationDisplay as CalibrationDisplay
from semigen.display.curve import LabelCurveDisplay as LabelCurveDisplay
from semigen.display.ellipses import ClassEllipsesDisplay as ClassEllipsesDisplay
from semigen.display.history import TrainingHistoryDisplay as TrainingHistoryDisplay
from semigen.display.latent import LatentMapDisplay as LatentMapDisplay
from semigen.display.recommendation import RecommendationDisplay as RecommendationDisplay
from semigen.display.regions import DecisionRegionsDisplay as DecisionRegionsDisplay
from semigen.display.samples import SamplesDisplay as SamplesDisplay

# The imports are the list of all displays.
__all__ = [name for name in dir() if name.endswith("Display")]
