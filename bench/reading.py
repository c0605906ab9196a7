"""Reading a table from CSV, `read_table` beside polars: kinds, separators and labels are found on the way.

    python -m bench.reading [--rows 1000000] [--repeats 9]

Each table has ten columns. "numbers" are decimal; "mixed" has whole numbers, dates and categories among them; in
"words" two columns have words for gaps and thousands separators, which polars reads as text.
"""

from __future__ import annotations

import argparse
import warnings
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from bench.timing import alternate
from semigen import read_table
from semigen._config import config


def table(what: str, n: int) -> pl.DataFrame:
    """A table with a target of which a third is blank."""
    random = np.random.default_rng(0)
    columns: dict[str, object] = {f"x{j}": random.normal(size=n).round(6) for j in range(9)}
    if what == "mixed":
        columns["x6"] = random.integers(0, 1000, n)
        columns["x7"] = random.choice(["Ulm", "Bern", "Graz", "Linz"], n)
        columns["x8"] = np.datetime_as_string(
            np.datetime64("2020-01-01", "s") + random.integers(0, 10**6, n).astype("timedelta64[s]")
        )
    if what == "words":
        columns["x7"] = np.where(random.random(n) < 0.1, "n.d.", random.integers(0, 5000, n).astype(str))
        columns["x8"] = [f"${value:,}" for value in random.integers(0, 20_000, n)]
    columns["y"] = pl.Series(random.choice(["a", "b", ""], n)).replace("", None)
    return pl.DataFrame(columns)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}\n\n| table | read_table, ms | polars, ms | ratio |\n|---|---|---|---|")
    with TemporaryDirectory() as folder:
        for what in ("numbers", "mixed", "words"):
            path = Path(folder) / f"{what}.csv"
            table(what, options.rows).write_csv(path)
            a, b = alternate([partial(read_table, path, "y"), partial(pl.read_csv, path)], options.repeats)
            print(f"| {what}, {options.rows:,} × 10 | {a:.0f} | {b:.0f} | {a / b:.2f} |", flush=True)


if __name__ == "__main__":
    main()
