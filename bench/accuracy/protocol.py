"""What the accuracy benchmarks share: their arguments, tables, labels drawn at random, and rows of Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from bench.datasets import AbsentError, load


def arguments(description: str | None, splits: int, methods: Iterable[str]) -> argparse.ArgumentParser:
    """A parser of --data, --splits and --methods."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the folder of the files; or name it by the variable SEMIGEN_DATA")
    parser.add_argument("--splits", type=int, default=splits)
    parser.add_argument("--methods", nargs="+", default=list(methods), choices=list(methods))
    return parser


def tables(names: Sequence[str], folder: str | None, labels: int = 1) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Names, rows and class codes of the sets whose classes can give so many labels; says which are absent."""
    for name in names:
        try:
            X, truth = load(name, folder)
        except AbsentError as absent:
            print(absent)
            continue
        codes = np.unique(truth, return_inverse=True)[1]
        if np.bincount(codes).min() * 2 // 3 >= labels:
            yield name, X, codes


def table(name: str, folder: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows and class codes of a set; ends the program in words if it is absent."""
    for _, X, codes in tables([name], folder):
        return X, codes
    raise SystemExit(1)


def some_labels(codes: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The codes of `count` rows drawn without regard to class, -1 for all others; drawn again if a class gets none."""
    classes = np.unique(codes)
    if count < len(classes):
        raise ValueError(f"{count} labels are too few for {len(classes)} classes.")
    while True:
        kept = rng.permutation(len(codes))[:count]
        if len(np.unique(codes[kept])) == len(classes):
            labels = np.full(len(codes), -1)
            labels[kept] = codes[kept]
            return labels


def summary(values: Sequence[float], digits: int = 1) -> str:
    """Mean ± standard deviation; a single value stands alone."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f}"


def print_row(cells: Iterable[object]) -> None:
    """A row of a Markdown table, shown at once."""
    print(f"| {' | '.join(str(cell) for cell in cells)} |", flush=True)


def print_header(cells: Sequence[str]) -> None:
    """The first row of a Markdown table and the line below it."""
    print_row(cells)
    print("|---" * len(cells) + "|")
