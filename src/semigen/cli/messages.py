"""Where the subcommands report to: progress, results and warnings, each a line."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Reporter(Protocol):
    """Where progress and warnings go."""

    def say(self, message: str) -> None:
        """Report progress, or a result."""

    def warn(self, message: str) -> None:
        """Report something that the result may suffer from."""

    def working(self, message: str) -> AbstractContextManager[object]:
        """Show that something takes a while."""

    @property
    def watched(self) -> bool:
        """Whether somebody sees a progress bar."""


def counted(number: int, what: str) -> str:
    """So many of a thing, as in '1 row' or '1,000 rows'."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
