"""Printing of the command: all of it goes through this module, without characters that a terminal would obey."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semigen._legible import legible, without_middle

if TYPE_CHECKING:
    from rich.console import RenderableType

    from semigen.tables.chunks import Chunk

# Longer lines lose their middle: a table may have a name of a million letters.
_LONGEST_LINE = 2000


@dataclass(frozen=True)
class Console:
    """Reports to standard error, a line at a time; when quiet, only warnings."""

    quiet: bool = False

    def say(self, message: str) -> None:
        """Report progress, or a result."""
        if not self.quiet:
            print_line(message)

    def warn(self, message: str) -> None:
        """Report something that the result may suffer from."""
        print_line(f"warning: {' '.join(message.split())}")

    @property
    def watched(self) -> bool:
        """Whether somebody sees what moves."""
        return not self.quiet and sys.stderr is not None and sys.stderr.isatty()

    def working(self, message: str) -> AbstractContextManager[object]:
        """Show that something takes a while; nothing off a terminal, so that logs stay readable."""
        if not self.watched:
            return nullcontext()
        from rich.text import Text

        from semigen.cli.styled import LegibleConsole

        # As Text, which has no markup: a name may be "[red]".
        return LegibleConsole(stderr=True).status(Text(_one_line(message)))

    def watching(self, chunks: Iterable[Chunk], message: str) -> Iterator[Chunk]:
        """Yield parts of a table; on a terminal with a bar of their rows and the time left."""
        if not self.watched:
            yield from chunks
            return
        from tqdm import tqdm

        with tqdm(desc=_one_line(message), unit="row", unit_scale=True, dynamic_ncols=True) as bar:
            for chunk in chunks:
                yield chunk
                bar.total = round(chunk.end / chunk.share)
                bar.update(chunk.frame.height)

    @contextmanager
    def showing_warnings(self) -> Iterator[None]:
        """Report what Python and the libraries warn of, too."""
        handler = _Reporting(self)
        logging.getLogger().addHandler(handler)
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_: self.warn(str(message))
                yield
        finally:
            logging.getLogger().removeHandler(handler)


class _Reporting(logging.Handler):
    """Reports what is logged."""

    def __init__(self, console: Console):
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.warn(record.getMessage())


def print_line(message: str) -> None:
    """Print a line to standard error."""
    # Standard error may be closed or full; the work goes on all the same.
    if sys.stderr is not None:
        with suppress(OSError):
            # With its end in one piece: a signal may end the process between two writes.
            print(f"semigen: {_one_line(message)}\n", end="", file=sys.stderr, flush=True)


def print_result(text: str) -> None:
    """Print lines to standard output."""
    print(legible(text, keep="\n"), flush=True)


def print_styled(*parts: RenderableType) -> None:
    """Print what rich makes of these to standard output."""
    from semigen.cli.styled import LegibleConsole

    console = LegibleConsole(highlight=False)
    for part in parts:
        console.print(part)


def print_bug(error: BaseException) -> None:
    """Print the traceback of an unexpected exception, for a report of the problem."""
    if sys.stderr is not None:
        print(legible("".join(traceback.format_exception(error)), keep="\n"), file=sys.stderr, end="")


@contextmanager
def legible_errors() -> Iterator[None]:
    """Make the message of a wrong usage legible, which typer prints with what was typed in it."""
    try:
        yield
    except Exception as error:
        given: Any = getattr(error, "message", None)
        if isinstance(given, str):
            error.message = without_middle(legible(given), _LONGEST_LINE)  # type: ignore[attr-defined]
        raise


def _one_line(message: str) -> str:
    return without_middle(legible(message), _LONGEST_LINE)


def counted(number: int, what: str) -> str:
    """Return so many of a thing, as in '1 row' or '1,000 rows'."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
