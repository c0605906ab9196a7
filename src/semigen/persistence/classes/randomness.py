"""Random states of NumPy, which a parameter `random_state` may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from semigen.persistence.restorable import Groups, Restorable, expect
from semigen.persistence.schema import Array, Integer, Real, Record, Sizes, check_names

_WORDS = 624


@dataclass(frozen=True)
class _RandomState(Restorable):
    def taken_apart(self, value: Any, where: str) -> Groups:
        state = value.get_state(legacy=False)
        if state["bit_generator"] != "MT19937":
            raise TypeError(f"{where} is a RandomState of {state['bit_generator']}; files hold those of MT19937 only.")
        found = {"key": state["state"]["key"], "pos": state["state"]["pos"]}
        return {"attributes": {**found, "has_gauss": state["has_gauss"], "gauss": state["gauss"]}}

    def put_together(self, groups: Groups, device: str) -> Any:
        check_names(groups, ["attributes"], self.name)
        found = groups["attributes"]
        Record(self.kinds).check(found, self.name, Sizes())
        expect(found["key"].dtype.name == "uint32", "its key is of no 32-bit words")
        value = self.cls()
        value.set_state(("MT19937", found["key"], found["pos"], found["has_gauss"], found["gauss"]))
        return value


CLASSES: tuple[Restorable, ...] = (
    _RandomState(
        "numpy.random",
        "RandomState",
        {"key": Array("u", (_WORDS,)), "pos": Integer(0, _WORDS), "has_gauss": Integer(0, 1), "gauss": Real()},
    ),
)
