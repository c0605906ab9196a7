"""Entry point of the `semigen` command; what the command does is in `semigen.cli`."""

from __future__ import annotations

import os
import signal
import sys

_NEEDED = ("typer", "rich", "polars", "matplotlib")
_ENDING = {"SIGINT": "interrupted", "SIGTERM": "told to end", "SIGHUP": "the terminal was closed"}


def main() -> None:
    """Run the command line; Ctrl-C and the like end it at once, and leave no file half written."""
    for name in _ENDING:
        number = getattr(signal, name)
        # A command in the background, or under nohup, ignores some of them.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    try:
        run()
    finally:
        # All is done, and Python gives up its handlers while it winds up.
        _ignore_signals()


def run() -> None:
    """Run the command line, or say in one line what to install for it."""
    # Imported here, when Ctrl-C is answered already.
    import importlib.util
    import io

    from semigen.cli.console import print_bug, print_line

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows a question mark.
            stream.reconfigure(errors="replace")
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print_line(f'error: the command line needs {", ".join(missing)}: pip install "semigen[cli]"')
        sys.exit(1)
    try:
        from semigen.cli.application import application

        application(prog_name="semigen")
    except SystemExit:
        raise
    except BaseException as error:
        print_bug(error)
        sys.exit(1)


def _end(number: int, frame: object) -> None:
    """Leave, with the exit code that shells give to a process that a signal ended.

    No exception is raised for it: raised wherever the process happens to be, it would be taken for a failed import,
    lost in a callback or taken for the wish to stop training, and threads at work may abort a process that winds up.
    """
    # Pressed twice, it would leave files.
    _ignore_signals()
    # Not imported here: if no module has imported it, or not to its end, no file was begun.
    remove_unfinished = getattr(sys.modules.get("semigen._files"), "remove_unfinished", None)
    if remove_unfinished is not None:
        remove_unfinished()
    said = f"semigen: {_ENDING[signal.Signals(number).name]}\n"
    # Ends the line of a progress bar, and shows the cursor that rich has hidden.
    shown = f"\r\x1b[K\x1b[?25h{said}" if os.isatty(2) else said
    try:
        os.write(2, shown.encode("ascii"))
    finally:
        # Also where standard error is closed.
        os._exit(128 + number)


def _ignore_signals() -> None:
    for name in _ENDING:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == "__main__":
    main()
