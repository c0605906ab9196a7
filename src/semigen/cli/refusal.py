"""The error by which a subcommand refuses, with one line that a person can act on."""

from __future__ import annotations

from semigen.tables.errors import TableError, listed, reason

__all__ = ["CommandError", "listed", "reason"]

# Tables and commands share it: for who types a command, it does not matter which module found the mistake.
CommandError = TableError
