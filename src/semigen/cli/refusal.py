"""How a subcommand refuses: with one line that a person can act on."""

from __future__ import annotations

from semigen.tables.errors import TableError, listed, reason

__all__ = ["CommandError", "listed", "reason"]

# One kind of refusal for tables and commands: whoever types neither knows nor cares which module found the mistake.
CommandError = TableError
