"""Save and load any estimator: one file, which is whole or is not there, and executes nothing."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from typing import Any

import numpy as np
import sklearn
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils.validation import check_is_fitted

from semigen.persistence import archive
from semigen.persistence.classes import IN_FILES, of_class
from semigen.persistence.packing import Packing, Unpacking
from semigen.persistence.restorable import Enumeration, Restorable
from semigen.persistence.schema import check_names, shown

_PARTS = ("objects", "forms", "versions")


def save(estimator: Any, path: str | PathLike[str]) -> None:
    """Write a fitted estimator to a file, whole or not at all; `load` reads it back.

    The file holds safetensors and JSON: nothing in it can execute. The loaded estimator predicts the same, to the last
    bit on one machine.

    Parameters
    ----------
    estimator : estimator
        One of semigen, or a pipeline of semigen's and scikit-learn's, as ``recommend(...).best_estimator_``.
    path : path

    Raises
    ------
    OSError
        If no file can be written there.
    TypeError
        If it holds something that a file cannot hold safely, such as an estimator of another package.
    ValueError
        If parameters or attributes were changed to what `load` would refuse.

    Examples
    --------
    >>> import semigen
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = semigen.SemiSupervisedGMM().fit(X, y)
    >>> semigen.save(model, "iris.semigen")  # doctest: +SKIP
    """
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise TypeError(f"{shown(estimator)} is no estimator; give a fitted one.")
    if hasattr(estimator, "fit"):
        check_is_fitted(estimator)
    if hasattr(estimator, "to_local"):
        # Of a cluster: the file holds the mixture for rows in memory.
        estimator = estimator.to_local()
    if _is_deep(type(estimator)):
        estimator.save(path)
        return
    packing = Packing(_taken_apart)
    packing.value(estimator, type(estimator).__name__)
    facts = {"objects": packing.objects, "forms": packing.forms, "versions": _versions()}
    try:
        # Only what `load` accepts is written.
        _rebuilt(packing.arrays, archive.parsed(json.dumps(facts)), "cpu")
    except ValueError as error:
        name = type(estimator).__name__
        raise ValueError(f"{name} cannot be saved as it is: {archive.sentence(error)}") from None
    archive.write(path, packing.arrays, facts, archive.OBJECTS)


def load(path: str | PathLike[str], *, device: str = "auto") -> Any:
    """Read a fitted estimator that `save` wrote; nothing in the file can execute.

    A file sets the parameters and fitted attributes that semigen knows of classes that it knows, and nothing else. It
    is refused if it is damaged.

    Parameters
    ----------
    path : path
    device : str, default="auto"
        Where deep models are to predict.

    Returns
    -------
    estimator

    Raises
    ------
    ValueError
        If the file is damaged, or no saved estimator; the message says what is wrong with it.
    OSError
        If there is no such file, or it cannot be read.

    Warns
    -----
    InconsistentVersionWarning
        If parts of scikit-learn are in it, and another version of scikit-learn wrote them.

    Examples
    --------
    >>> import semigen
    >>> model = semigen.load("iris.semigen")  # doctest: +SKIP
    """
    return read_saved(path, device).estimator


@dataclass(frozen=True)
class Loaded:
    """What a file held.

    Attributes
    ----------
    estimator : estimator
    version : str or None
        Of the semigen that wrote it; None in the first format, which did not say.
    versions : dict of str to str
        Of other packages then.
    """

    estimator: Any
    version: str | None
    versions: dict[str, str]


def read_saved(path: str | PathLike[str], device: str = "auto") -> Loaded:
    """Read a fitted estimator, and which versions wrote it; raises and warns as `load` does.

    Parameters
    ----------
    path : path
    device : str, default="auto"
    """
    saved = archive.read(path)
    if saved.format != archive.OBJECTS:
        return Loaded(_deep().restored(saved, os.fspath(path), device), saved.version, {})
    try:
        estimator = _rebuilt(saved.arrays, saved.facts, device)
    except ValueError as error:
        raise ValueError(
            f"{os.fspath(path)!r} holds no sound model: {archive.sentence(error)}{saved.written_by}"
        ) from None
    _warn_of_versions(saved.facts)
    versions = saved.facts["versions"] if isinstance(saved.facts["versions"], dict) else {}
    return Loaded(estimator, saved.version, {name: str(each) for name, each in versions.items()})


def _taken_apart(value: Any, where: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]] | None:
    restorable = of_class(type(value))
    if restorable is None:
        return None
    return {"class": restorable.in_files}, restorable.taken_apart(value, where)


def _rebuilt(arrays: dict[str, Any], facts: Mapping[str, Any], device: str) -> Any:
    """Return the last of a file's objects, or raise a ValueError that says which one is wrong."""
    check_names(facts, _PARTS, "the file")
    if not (isinstance(facts["objects"], list) and facts["objects"] and isinstance(facts["forms"], dict)):
        raise ValueError("its objects are no list, or its forms no mapping")
    unpacking = Unpacking(arrays, facts["forms"], _member)
    for number, entry in enumerate(facts["objects"]):
        restorable = _named(entry)
        try:
            groups = {name: _named_values(unpacking, each) for name, each in entry.items() if name != "class"}
            unpacking.objects.append(restorable.put_together(groups, device))
        except ValueError as error:
            raise ValueError(f"object {number}, a {restorable.name}: {archive.sentence(error)}") from None
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError) as error:
            # Values of wrong types, which checks of one part leave to those of another.
            raise ValueError(
                f"object {number}, a {restorable.name}, has parts that do not go together: {shown(str(error))}"
            ) from None
    unpacking.check_all_used()
    estimator = unpacking.objects[-1]
    if not hasattr(estimator, "get_params"):
        raise ValueError(f"it ends with a {type(estimator).__name__}, which is no estimator")
    return estimator


def _named_values(unpacking: Unpacking, group: Any) -> dict[str, Any]:
    if not isinstance(group, dict):
        raise ValueError(f"there is {shown(group)} where named values should be")
    return {name: unpacking.value(each) for name, each in group.items()}


def _named(entry: Any) -> Restorable:
    name = entry.get("class") if isinstance(entry, dict) else None
    if not isinstance(name, str) or name not in IN_FILES or isinstance(IN_FILES[name], Enumeration):
        raise ValueError(f"{shown(name)} is no class that this version of semigen restores")
    return IN_FILES[name]


def _member(enumeration: str, name: str) -> Any:
    restorable = IN_FILES.get(enumeration)
    if not isinstance(restorable, Enumeration):
        raise ValueError(f"{shown(enumeration)} is no enumeration that this version of semigen restores")
    return restorable.member(name)


def _versions() -> dict[str, str]:
    return {"numpy": np.__version__, "scikit-learn": sklearn.__version__}


def _warn_of_versions(facts: Mapping[str, Any]) -> None:
    """Warn if parts of scikit-learn were written by another minor version of it."""
    versions = facts["versions"]
    wrote = versions.get("scikit-learn") if isinstance(versions, dict) else None
    parts = [each["class"] for each in facts["objects"] if each["class"].startswith("sklearn.")]
    if parts and (not isinstance(wrote, str) or wrote.split(".")[:2] != sklearn.__version__.split(".")[:2]):
        warnings.warn(
            InconsistentVersionWarning(
                estimator_name=parts[0].partition(".")[2],
                current_sklearn_version=sklearn.__version__,
                original_sklearn_version=shown(wrote),
            ),
            stacklevel=4,
        )


def _is_deep(cls: type[Any]) -> bool:
    return cls.__module__.startswith("semigen.deep.")


def _deep() -> Any:
    # By name: models know how they are saved, not the reverse.
    return import_module("semigen.deep")
