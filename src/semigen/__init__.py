"""Semi-supervised classification with generative models.

A few rows are labelled, most are not. semigen models p(x, y), so the unlabelled rows help to learn the classifier.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from semigen import _core as _core  # an instruction set that was asked for and is not there is an error here
from semigen._version import __version__
from semigen.persistence import moved as moved  # finds the modules that pickles of 0.1.0 name

if TYPE_CHECKING:
    from semigen._config import show_config
    from semigen.compose.generative_features import GenerativeFeatures
    from semigen.deep import (
        AuxiliarySemiSupervisedVAE,
        FlowFeatures,
        SemiSupervisedFlow,
        SemiSupervisedGAN,
        SemiSupervisedVAE,
        StackedSemiSupervisedVAE,
        VAEFeatures,
        load,
    )
    from semigen.diagnostics import SuspectFitWarning
    from semigen.mixture import SemiSupervisedGMM
    from semigen.mixture.cv import SemiSupervisedGMMCV
    from semigen.model_selection.label_curves import LabelCurve, label_curve
    from semigen.model_selection.queries import rank_queries
    from semigen.model_selection.scorers import labeled_scorer
    from semigen.model_selection.splitters import LabeledStratifiedGroupKFold, LabeledStratifiedKFold
    from semigen.recommendation import Recommendation, recommend
    from semigen.tables.encoder import encoder_for
    from semigen.tables.read_table import read_table

__all__ = [
    "AuxiliarySemiSupervisedVAE",
    "FlowFeatures",
    "GenerativeFeatures",
    "LabelCurve",
    "LabeledStratifiedGroupKFold",
    "LabeledStratifiedKFold",
    "Recommendation",
    "SemiSupervisedFlow",
    "SemiSupervisedGAN",
    "SemiSupervisedGMM",
    "SemiSupervisedGMMCV",
    "SemiSupervisedVAE",
    "StackedSemiSupervisedVAE",
    "SuspectFitWarning",
    "VAEFeatures",
    "__version__",
    "encoder_for",
    "label_curve",
    "labeled_scorer",
    "load",
    "rank_queries",
    "read_table",
    "recommend",
    "show_config",
]

# Imported when first asked for: scikit-learn takes a second, in which the command could not yet answer Ctrl-C.
_WHERE = {
    "SemiSupervisedGMM": "semigen.mixture",
    "SemiSupervisedGMMCV": "semigen.mixture.cv",
    "AuxiliarySemiSupervisedVAE": "semigen.deep",
    "FlowFeatures": "semigen.deep",
    "SemiSupervisedFlow": "semigen.deep",
    "SemiSupervisedGAN": "semigen.deep",
    "SemiSupervisedVAE": "semigen.deep",
    "StackedSemiSupervisedVAE": "semigen.deep",
    "VAEFeatures": "semigen.deep",
    "load": "semigen.deep",
    "GenerativeFeatures": "semigen.compose.generative_features",
    "SuspectFitWarning": "semigen.diagnostics",
    "LabelCurve": "semigen.model_selection.label_curves",
    "label_curve": "semigen.model_selection.label_curves",
    "LabeledStratifiedGroupKFold": "semigen.model_selection.splitters",
    "LabeledStratifiedKFold": "semigen.model_selection.splitters",
    "labeled_scorer": "semigen.model_selection.scorers",
    "encoder_for": "semigen.tables.encoder",
    "rank_queries": "semigen.model_selection.queries",
    "read_table": "semigen.tables.read_table",
    "Recommendation": "semigen.recommendation",
    "recommend": "semigen.recommendation",
    "show_config": "semigen._config",
}


def _is_there(module: str) -> bool:
    """Return whether a module can be found, without importing it."""
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
    except ValueError:
        return True  # imported already, by somebody who set no __spec__


# ``from semigen import *`` asks for every name of __all__. By name the deep ones still say what to install.
if not _is_there("torch"):
    __all__ = [name for name in __all__ if _WHERE.get(name) != "semigen.deep"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'semigen' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
