"""Held-out labels: splitters, scorers, folds, the paired test, label curves, and which rows to label next."""

from semigen.model_selection.splitters import LabeledStratifiedGroupKFold, LabeledStratifiedKFold, labeled_scorer

__all__ = ["LabeledStratifiedGroupKFold", "LabeledStratifiedKFold", "labeled_scorer"]
