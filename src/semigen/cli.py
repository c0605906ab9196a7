"""Entry point of the `semigen` command; what the command does is in `semigen.commands`."""

from __future__ import annotations

import importlib.util
import io
import sys

_NEEDED = ("typer", "rich", "polars", "matplotlib")


def main() -> None:
    """Run the command line, or say in one line what to install for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows a question mark.
            stream.reconfigure(errors="replace")
    try:
        missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            needs = f"the command line needs {', '.join(missing)}"
            print(f'semigen: error: {needs}: pip install "semigen[cli]"', file=sys.stderr)
            sys.exit(1)
        from semigen.commands.application import application

        application(prog_name="semigen")
    except KeyboardInterrupt:
        # The application does the same; this is for an interruption while modules are still being imported.
        sys.exit(130)


if __name__ == "__main__":
    main()
