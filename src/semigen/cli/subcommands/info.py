"""Print versions, compiler, instruction set, threads and BLAS, for a report of a problem."""

from __future__ import annotations

from semigen.cli.console import print_result


def info() -> None:
    """Print versions, compiler, instruction set, threads and BLAS, for a report of a problem."""
    from semigen._config import config_in_lines

    print_result(config_in_lines())
