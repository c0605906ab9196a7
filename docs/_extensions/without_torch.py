"""Stands in for torch while docstrings of deep models are read, so that the site builds without its gigabytes."""

from __future__ import annotations

import sys
from abc import ABCMeta
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, ClassVar


class _OfNames(ABCMeta):
    """A class that has whatever is asked of it, as another such class."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _OfNames(name, (_Anything,), {"__module__": "torch"})


class _Anything(metaclass=_OfNames):
    """A base class, a decorator or a value; scikit-learn asks of every array whether it is one."""

    def __init__(self, *_: Any, **__: Any):
        pass

    def __call__(self, decorated: Any = None, *_: Any, **__: Any) -> Any:
        return decorated


class _Module(ModuleType):
    """A module whose names are such classes."""

    __path__: ClassVar[list[str]] = []
    __version__ = "0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _OfNames(name, (_Anything,), {"__module__": self.__name__})
        setattr(self, name, found)
        return found


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torch" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def setup(app: Any) -> dict[str, bool]:
    """Put it in place of torch, if that is not installed."""
    if find_spec("torch") is None:
        sys.meta_path.append(_Finder())
    return {"parallel_read_safe": True}
