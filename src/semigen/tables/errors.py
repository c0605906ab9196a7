"""Errors in tables, each in one line that a person can act on."""

from __future__ import annotations


class TableError(ValueError):
    """A table cannot be read or used; the message says why and what to do."""

    def __init__(self, message: str):
        super().__init__(" ".join(message.split()))


def listed(names: list[str], most: int = 5) -> str:
    """Return names in quotes, separated by commas; past `most` of them, how many more there are."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def reason(error: BaseException) -> str:
    """Return what an exception of another library says, in one short line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
