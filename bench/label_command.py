"""Seconds and peak memory of `semigen label` and `semigen predict` on a CSV file in parts, beside polars alone.

    python -m bench.label_command [--rows 5000000] [--columns 10] [--file big.csv] [--model mixture] [--model auto]

The file is made if it is not there: a numbering of the rows, numbers with six figures behind the point, of four clouds,
and a label for one row in a thousand. `semigen predict` uses a mixture that has learnt from the first 20,000 rows.
"polars" reads the file and writes it again, whole, once as text and once as numbers. Each line is measured in a process
of its own: its seconds, with those of importing, those of all its threads on processors, and its peak resident memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from bench.accuracy.protocol import print_header, print_row

_AT_ONCE = 250_000
_LABELED = 1e-3
_CLASSES = np.array(["north", "east", "south", "west"])
_POLARS = "import sys, polars as pl; pl.read_csv(sys.argv[1], infer_schema={}).write_csv(sys.argv[2])"
_LEARNT_FROM = 20_000


def make(path: Path, n_rows: int, d: int) -> None:
    """Write the file: a numbering, columns of numbers, and labels, of which most are blank."""
    rng = np.random.default_rng(0)
    means = 2 * rng.normal(size=(len(_CLASSES), d - 1))
    with path.open("wb") as file:
        for first in range(0, n_rows, _AT_ONCE):
            n = min(_AT_ONCE, n_rows - first)
            truth = rng.integers(0, len(_CLASSES), n)
            X = means[truth] + rng.normal(size=(n, d - 1))
            columns = {"id": np.arange(first + 1, first + n + 1)} | {f"x{j}": X[:, j] for j in range(d - 1)}
            labels = np.where(rng.random(n) < _LABELED, _CLASSES[truth], None)
            frame = pl.DataFrame(columns | {"kind": pl.Series(labels.tolist(), dtype=pl.String)})
            frame.write_csv(file, include_header=not first, float_precision=6)


def measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of processors and peak resident memory in MB of a command."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _predict(path: Path, out: Path) -> list[str]:
    """Keep a mixture of the first rows; return what labels all rows with it."""
    some, model = path.with_name("first-rows.csv"), path.with_name("mixture.semigen")
    pl.read_csv(path, infer_schema=False, n_rows=_LEARNT_FROM).write_csv(some)
    command = [sys.executable, "-m", "semigen.cli"]
    label = ["label", str(some), "-t", "kind", "-i", "id", "-o", str(out), "-q", "--model", "mixture"]
    measured([*command, *label, "--save", str(model)])
    return [*command, "predict", str(model), str(path), "-o", str(out), "-q", "--in-parts"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--file", default="big.csv")
    parser.add_argument("--model", action="append", help="of label; repeatable; 'none' for predict alone")
    given = parser.parse_args()
    path = Path(given.file)
    if not path.exists():
        make(path, given.rows, given.columns)
    out = path.with_name(f"labelled-{path.name}")
    print(f"{given.rows:,} x {given.columns} and a column of labels, {path.stat().st_size / 1e6:.0f} MB\n")
    print_header(["command", "seconds", "of processors", "peak, MB"])
    label = [sys.executable, "-m", "semigen.cli", "label", str(path), "-t", "kind", "-i", "id", "-o", str(out), "-q"]
    label += ["--in-parts"]
    commands = {
        f"semigen label --model {model}": [*label, "--model", model]
        for model in given.model or ["mixture", "auto"]
        if model != "none"
    }
    commands["semigen predict"] = _predict(path, out)
    for how, inferred in {"text": False, "numbers": True}.items():
        plain = _POLARS.format(inferred)
        commands[f"polars, read and write {how}"] = [sys.executable, "-c", plain, str(path), str(out)]
    for name, command in commands.items():
        seconds, of_processors, peak = measured(command)
        print_row([name, f"{seconds:.1f}", f"{of_processors:.1f}", f"{peak:.0f}"])
    out.unlink()


if __name__ == "__main__":
    main()
