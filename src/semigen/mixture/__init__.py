"""Gaussian mixtures whose components belong to classes, learnt by EM from labelled and unlabelled rows."""

from semigen.mixture.estimator import SemiSupervisedGMM

__all__ = ["SemiSupervisedGMM"]
