"""Data for benchmarks: scikit-learn's bundled sets, generated ones, and files in a folder that the caller names."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from semigen import read_table

_OVERLAPPING = {"three clusters in 2 columns": (2, 3, 1.2), "four clusters in 8 columns": (8, 4, 0.6)}

_BUNDLED = {"iris": load_iris, "wine": load_wine, "breast cancer": load_breast_cancer, "digits": load_digits}

_FILES = {
    "haberman": "haberman.csv",
    "horse colic": "horse-colic.csv",
    "ionosphere": "ionosphere.arff.gz",
    "letter": "letter.arff.gz",
    "MAGIC": "magic04.data.gz",
    "olive": "olive.tab",
    "pendigits": "pendigits.arff.gz",
    "pima": "diabetes.arff.gz",
    "segment": "segment.arff.gz",
    "sonar": "sonar.arff.gz",
    "spambase": "spambase.arff.gz",
    "waveform": "waveform5000.arff.gz",
}

# Tables of numbers and words: the file, the class, and columns that give it away or name the row.
_MIXED = {
    "titanic": ("titanic.csv", "survived", ("alive",)),
    "taxis, payment": ("taxis.csv", "payment", ()),
    "taxis, colour": ("taxis.csv", "color", ()),
    "penguins": ("penguins.csv", "species", ()),
    "mpg": ("mpg.csv", "origin", ("name",)),
    "diamonds": ("diamonds.csv.gz", "cut", ()),
    "heart, Hungary": ("heart.h.arff", None, ()),
    "heart, statlog": ("heart.statlog.arff", None, ()),
    "lymph": ("lymph.arff", None, ()),
    "primary tumor": ("primary.tumor.arff", None, ()),
    "audiology": ("audiology.arff", None, ()),
}
_FEWEST_ROWS = 10
MIXED = (*_MIXED, "horse colic, mixed")
EMBEDDINGS = "embeddings, made"


class AbsentError(Exception):
    """The data set is not in the folder."""


def overlapping(name: str) -> tuple[np.ndarray, np.ndarray]:
    """10,000 rows from clusters about a standard deviation apart."""
    d, k, spread = _OVERLAPPING[name]
    rng = np.random.default_rng(1)
    means = spread * rng.normal(size=(k, d))
    y = rng.integers(0, k, 10_000)
    return means[y] + rng.normal(size=(len(y), d)), y


def load(name: str, folder: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rows and classes of a named set; NaN marks a missing value, which horse colic alone has.

    Raises
    ------
    AbsentError
        If the set's file is not in `folder`, nor in the folder that the variable SEMIGEN_DATA names.
    """
    if name in _OVERLAPPING:
        return overlapping(name)
    if name in _BUNDLED:
        return _BUNDLED[name](return_X_y=True)
    file = _FILES[name]
    path = Path(folder or os.environ.get("SEMIGEN_DATA", ".")) / "uci" / file
    if not path.is_file():
        raise AbsentError(f"{name}: uci/{file} is not in the data folder; name the folder with --data or SEMIGEN_DATA")
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        rows = [line.strip().split(",") for line in lines if line.strip() and line[0] not in "@%"]
    if name == "olive":
        # Separated by blanks, with a header: the class first, then a finer one, which is no feature.
        cells = [row[0].split() for row in rows[1:]]
        return np.array([row[2:] for row in cells], dtype=float), np.array([row[0] for row in cells])
    if name == "horse colic":
        # The third column is the hospital's number; those after the class say more of the lesion.
        values = np.array([[np.nan if value == "?" else float(value) for value in row] for row in rows])
        return np.delete(values[:, :23], 2, axis=1), np.array([row[23] for row in rows])
    return np.array([row[:-1] for row in rows], dtype=float), np.array([row[-1] for row in rows])


def made_embeddings() -> tuple[pl.DataFrame, np.ndarray]:
    """1,500 rows of 768 columns, as encoders of texts make them: ten clouds in 24 dimensions, turned, and noise."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 10, 1500)
    inner = rng.normal(size=(10, 24))[truth] + 0.5 * rng.normal(size=(1500, 24)) * np.linspace(2, 0.3, 24)
    rows = inner @ rng.normal(size=(24, 768)) / 24**0.5 + 3.5 * rng.normal(size=(1500, 768))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return pl.DataFrame({f"x{j}": rows[:, j] for j in range(768)}), truth.astype(str)


def mixed(name: str, folder: str | None = None) -> tuple[pl.DataFrame, np.ndarray]:
    """Columns as they stand in the file, read as `semigen.read_table` reads them, and classes.

    Rows without a class are left out, and those of classes of fewer than ten rows.

    Raises
    ------
    AbsentError
    """
    if name == EMBEDDINGS:
        return made_embeddings()
    if name == "horse colic, mixed":
        X, truth = load("horse colic", folder)
        return pl.DataFrame({f"column {j + 1}": X[:, j] for j in range(X.shape[1])}).fill_nan(None), truth
    file, target, left_out = _MIXED[name]
    path = Path(folder or os.environ.get("SEMIGEN_DATA", ".")) / "mixed" / file
    if not path.is_file():
        raise AbsentError(
            f"{name}: mixed/{file} is not in the data folder; name the folder with --data or SEMIGEN_DATA"
        )
    if target is None:
        table, target = _of_arff(path)
    else:
        table = pl.read_csv(path, infer_schema=False)
    table = table.filter(pl.col(target).is_not_null() & (pl.len().over(target) >= _FEWEST_ROWS))
    with TemporaryDirectory() as folder_of_csv:
        csv_file = Path(folder_of_csv) / "table.csv"
        table.write_csv(csv_file)
        X, classes = read_table(csv_file, target, ignore=left_out)
    return X, classes.astype(str)


def _of_arff(path: Path) -> tuple[pl.DataFrame, str]:
    """Cells as texts, null for "?"; the class is the last column."""
    lines = [line.strip() for line in path.read_text().splitlines() if line.strip() and line[0] != "%"]
    names = [line.split(None, 2)[1].strip("'\"") for line in lines if line.lower().startswith("@attribute")]
    names = [f"{name} {names[:j].count(name)}" if name in names[:j] else name for j, name in enumerate(names)]
    cells = list(csv.reader((line for line in lines if line[0] != "@"), quotechar="'", skipinitialspace=True))
    columns = zip(*cells, strict=True)
    of_name = {
        name: [None if cell == "?" else cell for cell in column] for name, column in zip(names, columns, strict=True)
    }
    return pl.DataFrame(of_name), names[-1]


def ssl_book(name: str, folder: str | None = None) -> tuple[np.ndarray, np.ndarray, dict[int, np.ndarray]]:
    """A set of the semi-supervised learning book (digit1, usps, g241c): rows, class codes, and the official splits.

    A split is the numbers of the rows that keep their labels; twelve for each budget, 10 and 100 labels in all.

    Raises
    ------
    AbsentError
        If the set's file is not in `folder`, nor in the folder that the variable SEMIGEN_DATA names.
    """
    file = f"ssl-book/{name}.npz"
    path = Path(folder or os.environ.get("SEMIGEN_DATA", ".")) / file
    if not path.is_file():
        raise AbsentError(f"{name}: {file} is not in the data folder; name the folder with --data or SEMIGEN_DATA")
    with np.load(path) as held:
        # The classes are -1 and 1 there; -1 would read as "no label".
        codes = np.unique(held["y"], return_inverse=True)[1]
        return held["X"], codes, {budget: held[f"labeled{budget}"] for budget in (10, 100)}


# Columns of adult that are numbers; the others are text. The third, left out, says how many people a row stands for.
ADULT_NUMBERS = ("age", "education-num", "capital-gain", "capital-loss", "hours-per-week")
_ADULT = (
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship"),
    *("race", "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income"),
)


def adult(part: str, folder: str | None = None) -> tuple[np.ndarray, list[str], np.ndarray]:
    """The published "train" or "test" rows of adult: a table of numbers and text, its columns, codes of the classes.

    None marks a missing value; the second class earns more than 50,000 dollars.

    Raises
    ------
    AbsentError
        If the set's file is not in `folder`, nor in the folder that the variable SEMIGEN_DATA names.
    """
    file = f"uci/adult-{part}.csv.gz"
    path = Path(folder or os.environ.get("SEMIGEN_DATA", ".")) / file
    if not path.is_file():
        raise AbsentError(f"adult: {file} is not in the data folder; name the folder with --data or SEMIGEN_DATA")
    with gzip.open(path, "rt") as lines:
        cells = [[cell.strip() for cell in line.split(",")] for line in lines]
    rows = np.array([row for row in cells if len(row) == len(_ADULT)], dtype=object)
    codes = np.array([income.startswith(">") for income in rows[:, -1]], dtype=np.int64)
    rows[rows == "?"] = None
    names = [name for name in _ADULT[:-1] if name != "fnlwgt"]
    table = rows[:, [_ADULT.index(name) for name in names]]
    for name in ADULT_NUMBERS:
        table[:, names.index(name)] = table[:, names.index(name)].astype(float)
    return table, names, codes


def few_labels(y: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """Codes of the classes, -1 for all rows but `per_class` of each."""
    names, codes = np.unique(y, return_inverse=True)
    rng = np.random.default_rng(seed)
    kept = np.full(len(y), -1)
    for k in range(len(names)):
        some = rng.permutation(np.flatnonzero(codes == k))[:per_class]
        kept[some] = k
    return kept
