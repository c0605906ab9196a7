"""Deep models as parts of others: what their own files say, and of one that is not fitted its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from semigen import _PUBLIC
from semigen.persistence.archive import Saved
from semigen.persistence.restorable import Groups, Restorable
from semigen.persistence.schema import check_names


@dataclass(frozen=True)
class _Deep(Restorable):
    def taken_apart(self, value: Any, where: str) -> Groups:
        facts, arrays = _saving().taken_apart(value)
        given = value.get_params(deep=False)
        tuples = {name: each for name, each in given.items() if name in facts["parameters"] and type(each) is tuple}
        facts["parameters"].update(tuples)
        return {"facts": facts, "arrays": arrays}

    def put_together(self, groups: Groups, device: str) -> Any:
        check_names(groups, ["facts", "arrays"], self.name)
        return _saving().put_together(Saved(groups["arrays"], groups["facts"]), self.cls, device)


def _saving() -> Any:
    # By name, when it is needed: torch takes seconds to import.
    return import_module("semigen.deep.estimators.saving")


CLASSES: tuple[Restorable, ...] = tuple(
    _Deep(module, name) for name, module in _PUBLIC.items() if module.startswith("semigen.deep.estimators.")
)
