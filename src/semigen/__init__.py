"""Semi-supervised classification with generative models.

A few rows are labelled, most are not. semigen models p(x, y), so the unlabelled rows help to learn the classifier.
"""

from semigen._config import show_config
from semigen._version import __version__
from semigen.mixture import SemiSupervisedGMM

__all__ = ["SemiSupervisedGMM", "__version__", "show_config"]
