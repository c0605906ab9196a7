"""The table of classes that a file may hold, a module for each family of them; nothing else is ever restored."""

from __future__ import annotations

from typing import Any

from semigen.persistence.classes import (
    blocks,
    compositions,
    deep_models,
    linear,
    mixtures,
    neighbors,
    preprocessing,
    randomness,
    tables,
    trees,
)
from semigen.persistence.restorable import Restorable

__all__ = ["IN_FILES", "of_class"]

_MODULES = (mixtures, blocks, deep_models, compositions, tables, preprocessing, linear, neighbors, trees, randomness)

IN_FILES: dict[str, Restorable] = {each.in_files: each for module in _MODULES for each in module.CLASSES}


def of_class(cls: type[Any]) -> Restorable | None:
    """Return how objects of a class are restored; None if they are not, as those of its subclasses."""
    found = IN_FILES.get(f"{cls.__module__.partition('.')[0]}.{cls.__name__}")
    return found if found is not None and found.cls is cls else None
