"""Seconds until semigen is there: of `import semigen`, of `semigen --help`, and of `semigen predict` on one row.

    python -m bench.startup [--repeats 9]

Each is the median over processes of its own, of wall time and of time on processors, beside what it cannot do without.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from bench.accuracy.protocol import print_header, print_row
from bench.label_command import measured
from semigen._config import config

_HELP = (
    "import os, sys; sys.stdout = open(os.devnull, 'w'); sys.argv[1:] = ['-h']; from semigen.cli import main; main()"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats} processes each\n")
    python, command = [sys.executable, "-c"], [sys.executable, "-m", "semigen.cli"]
    with TemporaryDirectory() as folder:
        table, model, out = (str(Path(folder) / name) for name in ("table.csv", "model", "out.csv"))
        rows = np.random.default_rng(0).normal(size=(40, 2)) + 4 * (np.arange(40) % 2)[:, None]
        kinds = pl.Series(["a" if i % 2 else "b" for i in range(10)] + [None] * 30)
        pl.DataFrame(rows, schema=["x", "y"]).with_columns(kind=kinds).write_csv(table)
        label = [*command, "label", table, "-t", "kind", "-o", out, "-q", "--model", "mixture", "--save", model]
        measured(label)
        tried = {
            "import numpy": [*python, "import numpy"],
            "import numpy, semigen": [*python, "import numpy, semigen"],
            "from semigen import SemiSupervisedGMM": [*python, "from semigen import SemiSupervisedGMM"],
            "import sklearn.base": [*python, "import sklearn.base"],
            "semigen --help": [*python, _HELP],
            "semigen predict, 40 rows": [*command, "predict", model, table, "-o", out, "-q"],
        }
        print_header(["process", "seconds", "of processors"])
        for name, typed in tried.items():
            runs = [measured(typed)[:2] for _ in range(options.repeats)]
            print_row([name, *(f"{statistics.median(each):.2f}" for each in zip(*runs, strict=True))])


if __name__ == "__main__":
    main()
