"""Gaussian mixtures whose components belong to classes, learnt by EM from labelled and unlabelled rows."""

from semigen.mixture.estimator import SemiSupervisedGMM
from semigen.mixture.gaussian.parameters import Statistics

__all__ = ["SemiSupervisedGMM", "Statistics"]
