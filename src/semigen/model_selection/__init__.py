"""Held-out labels: splitters, scorers, folds, the paired test, label curves, and which rows to label next."""

from semigen.model_selection.scorers import _LabeledScorer as _LabeledScorer  # pickles of 0.1.0 name it so
from semigen.model_selection.scorers import labeled_scorer
from semigen.model_selection.splitters import LabeledStratifiedGroupKFold, LabeledStratifiedKFold

__all__ = ["LabeledStratifiedGroupKFold", "LabeledStratifiedKFold", "labeled_scorer"]
