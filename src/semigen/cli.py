"""Entry point of the `semigen` command; what the command does is in `semigen.commands`."""

from __future__ import annotations

import importlib.util
import sys

_NEEDED = ("typer", "rich", "polars", "matplotlib")


def main() -> None:
    """Run the command line, or say in one line what to install for it."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f'semigen: error: the command line needs {", ".join(missing)}: pip install "semigen[cli]"', file=sys.stderr
        )
        sys.exit(1)
    try:
        from semigen.commands.application import application

        application(prog_name="semigen")
    except KeyboardInterrupt:
        # The application does the same; this is for an interruption while modules are still being imported.
        sys.exit(130)


if __name__ == "__main__":
    main()
