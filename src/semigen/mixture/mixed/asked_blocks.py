"""What a caller asks of columns: the kind of block of each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from semigen.mixture.mixed.column_kinds import KINDS
from semigen.tables.errors import listed


def kind_names() -> list[str]:
    """Return what kinds of blocks are called."""
    return list(dict.fromkeys(kind.name for kind in KINDS))


def is_auto(blocks: Any) -> bool:
    """Return whether columns are read by what they hold."""
    return isinstance(blocks, str) and blocks == "auto"


def assigned(blocks: Mapping[str, Iterable[Any]], names: list[str]) -> dict[str, str]:
    """Return the block of each column that a caller names.

    Raises
    ------
    ValueError
        If a kind or a column is not known, or a column is in two blocks.
    """
    if not isinstance(blocks, Mapping):
        raise ValueError(f"blocks must be 'auto' or map kinds ({listed(kind_names(), 10)}) to columns, not {blocks!r}.")
    found: dict[str, str] = {}
    for kind, columns in blocks.items():
        if kind not in kind_names():
            raise ValueError(
                f"blocks has no kind {kind!r}; kinds are {listed(kind_names(), 10)}.{_meant(kind, columns)}"
            )
        one = isinstance(columns, str) or not isinstance(columns, Iterable)
        for column in [columns] if one else columns:
            name = str(column)
            if name not in names:
                raise ValueError(f"blocks names the column {column!r}, which X does not have.{near(name, names)}")
            if found.setdefault(name, kind) != kind:
                raise ValueError(f"blocks has the column {column!r} twice, as {found[name]!r} and as {kind!r}.")
    return found


def near(name: str, names: Iterable[str]) -> str:
    """Return a question whether a name like this one was meant; nothing if there is none."""
    alike = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean {alike[0]!r}?" if alike else ""


def _meant(kind: Any, columns: Any) -> str:
    """Return a question about what is no kind: whether it is a column, or one that is written otherwise."""
    if isinstance(columns, str) and columns in kind_names():
        return f" Did you mean {{{columns!r}: [{kind!r}]}}?"
    name = str(kind).lower()
    meant = next((each.name for each in KINDS if name in each.synonyms), None)
    return f" Did you mean {meant!r}?" if meant else near(name, kind_names())
