"""Names that modules had in version 0.1.0, for the pickles that it wrote.

A pickle names each class by its module. Importing this module lets `import` find the old names of modules; their
attributes are those of the modules that have the classes now.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Modules whose objects pickles hold, by their names in 0.1.0.
MOVED = {
    "semigen.any_classifier": "semigen.model_selection.any_classifier",
    "semigen.beyond_chance": "semigen.model_selection.paired_test",
    "semigen.deep.auxiliary": "semigen.deep.estimators.auxiliary_vae",
    "semigen.deep.columns": "semigen.deep.data.columns",
    "semigen.deep.features": "semigen.deep.estimators.vae_features",
    "semigen.deep.flow": "semigen.deep.estimators.flow",
    "semigen.deep.flow_features": "semigen.deep.estimators.flow_features",
    "semigen.deep.gan": "semigen.deep.estimators.gan",
    "semigen.deep.semi_supervised": "semigen.deep.estimators.vae",
    "semigen.deep.stacked": "semigen.deep.estimators.stacked_vae",
    "semigen.deep.starting_answers": "semigen.deep.estimators.starting_classifier",
    "semigen.generative_features": "semigen.compose.generative_features",
    "semigen.label_curves": "semigen.model_selection.label_curves",
    "semigen.mixture.coordinates": "semigen.mixture.gaussian.scaling",
    "semigen.mixture.parameters": "semigen.mixture.gaussian.parameters",
    "semigen.mixture.priors": "semigen.mixture.gaussian.prior",
    "semigen.mixture_cv": "semigen.mixture.cv",
    "semigen.mixture_cv.candidates": "semigen.mixture.cv.candidates",
    "semigen.mixture_cv.estimator": "semigen.mixture.cv.estimator",
    "semigen.mixture_cv.table": "semigen.mixture.cv.selection",
    "semigen.mixture_cv.transforms": "semigen.mixture.cv.transforms",
    "semigen.recommendation.average": "semigen.compose.average",
    "semigen.recommendation.prior": "semigen.recommendation.other_tables",
    "semigen.recommendation.rows": "semigen.recommendation.training_rows",
    "semigen.tables.reading": "semigen.tables.read_table",
    "semigen.tables.text": "semigen.tables.free_text",
}
# Classes that have another name as well.
_RENAMED = {"semigen.mixture.coordinates": {"Coordinates": "Scaling"}}


class _MovedModules(MetaPathFinder, Loader):
    """A finder of the old names of modules, which makes an empty module for each when it is first imported."""

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how to load a module that has moved; None for any other."""
        if fullname not in MOVED:
            return None
        return ModuleSpec(fullname, self, is_package=any(name.startswith(f"{fullname}.") for name in MOVED))

    def exec_module(self, module: ModuleType) -> None:
        """Let a module look its attributes up where they are now."""
        old = module.__name__

        def attribute(name: str) -> Any:
            if name.startswith("__"):  # what the import system and debuggers ask of every module
                raise AttributeError(f"module {old!r} has no attribute {name!r}")
            return getattr(import_module(MOVED[old]), _RENAMED.get(old, {}).get(name, name))

        module.__dict__["__getattr__"] = attribute


# At the end, so that it is asked for modules only that do not exist.
sys.meta_path.append(_MovedModules())
