"""Semi-supervised classification with generative models.

A few rows are labelled, most are not. semigen models p(x, y), so the unlabelled rows help to learn the classifier.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from semigen import _core as _core  # an instruction set that was asked for and is not there is an error here
from semigen._version import __version__ as __version__
from semigen.persistence import moved as moved  # finds the modules that pickles of 0.1.0 name

if TYPE_CHECKING:  # type checkers want each name said to be public
    from semigen._config import show_config as show_config
    from semigen.compose.ensemble import SemiSupervisedEnsemble as SemiSupervisedEnsemble
    from semigen.compose.generative_features import GenerativeFeatures as GenerativeFeatures
    from semigen.deep import AuxiliarySemiSupervisedVAE as AuxiliarySemiSupervisedVAE
    from semigen.deep import FlowFeatures as FlowFeatures
    from semigen.deep import SemiSupervisedFlow as SemiSupervisedFlow
    from semigen.deep import SemiSupervisedGAN as SemiSupervisedGAN
    from semigen.deep import SemiSupervisedVAE as SemiSupervisedVAE
    from semigen.deep import StackedSemiSupervisedVAE as StackedSemiSupervisedVAE
    from semigen.deep import VAEFeatures as VAEFeatures
    from semigen.diagnostics import SuspectFitWarning as SuspectFitWarning
    from semigen.mixture import SemiSupervisedGMM as SemiSupervisedGMM
    from semigen.mixture.cv import SemiSupervisedGMMCV as SemiSupervisedGMMCV
    from semigen.mixture.mixed import SemiSupervisedMixture as SemiSupervisedMixture
    from semigen.mixture.partitions import Partitions as Partitions
    from semigen.model_selection.label_curves import LabelCurve as LabelCurve
    from semigen.model_selection.label_curves import label_curve as label_curve
    from semigen.model_selection.queries import rank_queries as rank_queries
    from semigen.model_selection.scorers import labeled_scorer as labeled_scorer
    from semigen.model_selection.splitters import LabeledStratifiedGroupKFold as LabeledStratifiedGroupKFold
    from semigen.model_selection.splitters import LabeledStratifiedKFold as LabeledStratifiedKFold
    from semigen.onnx.export import to_onnx as to_onnx
    from semigen.persistence.save_and_load import load as load
    from semigen.persistence.save_and_load import save as save
    from semigen.prior_shift.prior_shift_classifier import PriorShiftClassifier as PriorShiftClassifier
    from semigen.prior_shift.shift import PriorShift as PriorShift
    from semigen.recommendation import Recommendation as Recommendation
    from semigen.recommendation import recommend as recommend
    from semigen.tables.encoder import encoder_for as encoder_for
    from semigen.tables.read_table import read_table as read_table
    from semigen.tables.table_classifier import TableClassifier as TableClassifier

# The public names, each with the module that has it. `__all__`, what `semigen.deep` offers and what a saved file may
# restore derive from this table. A name is imported when it is first asked for: scikit-learn takes a second, in which
# the command could not yet answer Ctrl-C.
_PUBLIC = {
    "AuxiliarySemiSupervisedVAE": "semigen.deep.estimators.auxiliary_vae",
    "FlowFeatures": "semigen.deep.estimators.flow_features",
    "SemiSupervisedFlow": "semigen.deep.estimators.flow",
    "SemiSupervisedGAN": "semigen.deep.estimators.gan",
    "SemiSupervisedVAE": "semigen.deep.estimators.vae",
    "StackedSemiSupervisedVAE": "semigen.deep.estimators.stacked_vae",
    "VAEFeatures": "semigen.deep.estimators.vae_features",
    "GenerativeFeatures": "semigen.compose.generative_features",
    "LabelCurve": "semigen.model_selection.label_curves",
    "LabeledStratifiedGroupKFold": "semigen.model_selection.splitters",
    "LabeledStratifiedKFold": "semigen.model_selection.splitters",
    "Partitions": "semigen.mixture.partitions",
    "PriorShift": "semigen.prior_shift.shift",
    "PriorShiftClassifier": "semigen.prior_shift.prior_shift_classifier",
    "Recommendation": "semigen.recommendation",
    "SemiSupervisedEnsemble": "semigen.compose.ensemble",
    "SemiSupervisedGMM": "semigen.mixture",
    "SemiSupervisedGMMCV": "semigen.mixture.cv",
    "SemiSupervisedMixture": "semigen.mixture.mixed",
    "SuspectFitWarning": "semigen.diagnostics",
    "TableClassifier": "semigen.tables.table_classifier",
    "encoder_for": "semigen.tables.encoder",
    "label_curve": "semigen.model_selection.label_curves",
    "labeled_scorer": "semigen.model_selection.scorers",
    "load": "semigen.persistence.save_and_load",
    "rank_queries": "semigen.model_selection.queries",
    "read_table": "semigen.tables.read_table",
    "recommend": "semigen.recommendation",
    "save": "semigen.persistence.save_and_load",
    "show_config": "semigen._config",
    "to_onnx": "semigen.onnx.export",
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
_torch = _is_there("torch")
__all__ = sorted(
    ["__version__", *(name for name, of in _PUBLIC.items() if _torch or not of.startswith("semigen.deep"))]
)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'semigen' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
