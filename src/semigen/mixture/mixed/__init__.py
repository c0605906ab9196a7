"""SemiSupervisedMixture: components that are products over blocks of numbers, categories, counts and words."""

from semigen.mixture.mixed.estimator import SemiSupervisedMixture

__all__ = ["SemiSupervisedMixture"]
