"""Mixtures of several families, weighed by cross-validation on the labelled rows."""

from semigen.mixture.cv.estimator import SemiSupervisedGMMCV

__all__ = ["SemiSupervisedGMMCV"]
