"""Versions, compiler, instruction set, threads and BLAS in use: what a bug report should contain."""

from __future__ import annotations

import platform
import sys

import numpy
import scipy
import sklearn

from semigen import _blas, _core
from semigen._runtime.threads import effective_threads
from semigen._version import __version__


def config() -> dict[str, str]:
    """Return everything that `show_config` prints, by name."""
    openmp = "not used" if _core.openmp is None else f"yes (specification {_core.openmp})"
    width = {4: "LP64, 32-bit integers", 8: "ILP64, 64-bit integers"}[_blas.integer_bytes()]
    return {
        "semigen": __version__,
        "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "compiler": _core.compiler,
        "instruction set": f"{_core.instruction_set()} (available: {', '.join(_core.instruction_sets())})",
        "OpenMP": openmp,
        "threads": str(effective_threads(None)),
        "BLAS": f"SciPy {scipy.__version__} ({width})",
        "NumPy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
    }


def show_config() -> None:
    """Print the version, compiler, instruction set, OpenMP, threads and BLAS that semigen uses.

    Examples
    --------
    >>> import semigen
    >>> semigen.show_config()  # doctest: +ELLIPSIS
    semigen:         ...
    """
    sys.stdout.write(f"{config_in_lines()}\n")


def config_in_lines() -> str:
    """Return what `show_config` prints."""
    entries = config()
    longest = max(map(len, entries))
    return "\n".join(f"{name + ':':<{longest + 2}}{value}" for name, value in entries.items())
