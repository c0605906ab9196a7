"""The command `semigen`: its subcommands, and how a refusal is reported.

Exit codes: 0, done; 1, the input or the output cannot be used; 2, wrong usage; 3, the fit is suspect, if --strict asks
for it; 130, interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from semigen import __version__
from semigen.cli.console import Console, legible_errors, print_line, print_result
from semigen.cli.refusal import CommandError, reason
from semigen.cli.shared_options import Subcommand
from semigen.cli.subcommands import SUBCOMMANDS


class Subcommands(TyperGroup):
    """Runs a subcommand; whatever keeps one from its end is said in one legible line."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read what was typed."""
        with legible_errors(), _refusing():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run what was typed."""
        with legible_errors(), Console().showing_warnings(), _refusing():
            return super().invoke(ctx)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn a refusal into one line and exit code 1."""
    try:
        yield
    except CommandError as error:
        message = str(error)
    except MemoryError as error:
        message = f"not enough memory: {error}" if str(error) else "not enough memory for a table of this size"
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed it; typer ends quietly.
        raise
    except OSError as error:
        # A path that the system will not even look at, or a standard output that is full.
        message = f"{error.filename}: {reason(error)}" if error.filename else reason(error)
    except KeyboardInterrupt:
        print_line("interrupted")
        raise typer.Exit(130) from None
    else:
        return
    print_line(f"error: {message}")
    raise typer.Exit(1)


application = typer.Typer(
    cls=Subcommands,
    help="Semi-supervised classification: learn from a few labelled rows and many unlabelled ones.",
    epilog="Exit codes: 0 done, 1 the input or the output cannot be used, 2 wrong usage, "
    "3 the fit is suspect (label --strict), 130 interrupted, 143 ended.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print_result(f"semigen {__version__}")
        raise typer.Exit


@application.callback()
def _everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


for _name in SUBCOMMANDS:
    _file = import_module(f"semigen.cli.subcommands.{_name}")
    application.command(_name, cls=Subcommand, short_help=_file.__doc__)(getattr(_file, _name))
