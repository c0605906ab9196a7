"""Gaussian mixtures whose components belong to classes, learnt by EM from labelled and unlabelled rows."""

from semigen.mixture.estimator import SemiSupervisedGMM
from semigen.mixture.gaussian.parameters import Statistics
from semigen.mixture.learning.fit import MixtureFit, fit_mixture
from semigen.mixture.learning.problem import MixtureOptions

__all__ = ["MixtureFit", "MixtureOptions", "SemiSupervisedGMM", "Statistics", "fit_mixture"]
