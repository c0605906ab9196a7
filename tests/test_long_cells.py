"""One long cell costs its own length, not its length times the rows: text never becomes an array of one width."""

import tracemalloc
import warnings

import matplotlib.pyplot  # noqa: F401 (not while memory is counted)
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch  # noqa: F401

from semigen import (
    GenerativeFeatures,
    LabeledStratifiedKFold,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    encoder_for,
    label_curve,
    rank_queries,
    read_table,
    recommend,
)
from semigen.display import ClassEllipsesDisplay, DecisionRegionsDisplay, LatentMapDisplay
from semigen.recommendation import fit_named
from tests.cli.commands import run

N = 1000
LONG = "a long note. " * 2400
# An array of 1,000 texts as wide as that takes 125 MB, and one of 300 takes 37 MB.
MOST = 30e6
NAMES = ("cat", LONG)

RNG = np.random.default_rng(0)
TRUTH = np.arange(N) % 2
ROWS = RNG.normal(size=(N, 2)) + 6 * TRUTH[:, None]
NOTES = [LONG if i == 7 else f"note {i % 3}" for i in range(N)]
FEW = [NAMES[k] if i < 60 else None for i, k in enumerate(TRUTH)]
ALL = [NAMES[k] for k in TRUTH]
FRAME = {"a": ROWS[:, 0], "b": ROWS[:, 1], "note": NOTES}


@pytest.fixture
def memory():
    """Fails if more than `MOST` bytes were in use at a time."""
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            # Of columns that are left out, and fits that did not settle.
            warnings.simplefilter("ignore")
            yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST


def as_lists(frame):
    return [list(row) for row in zip(*frame.values(), strict=True)]


TABLES = {
    "polars": lambda: pl.DataFrame(FRAME),
    "polars with blanks": lambda: pl.DataFrame(FRAME | {"note": [None, *NOTES[1:]]}),
    "polars of text alone": lambda: pl.DataFrame({"a": NOTES, "b": NOTES[::-1]}),
    "polars categories": lambda: pl.DataFrame(FRAME | {"note": pl.Series(NOTES, dtype=pl.Categorical)}),
    "pandas": lambda: pd.DataFrame(FRAME),
    "pandas objects": lambda: pd.DataFrame(FRAME).astype({"note": object}),
    "pandas categories": lambda: pd.DataFrame(FRAME).astype({"note": "category"}),
    "lists": lambda: as_lists(FRAME),
    "lists of text": lambda: as_lists({"a": NOTES, "b": NOTES}),
    "objects": lambda: np.array(as_lists(FRAME), dtype=object),
}


@pytest.mark.parametrize("name", TABLES)
def test_encoders_of_a_table_with_a_long_cell(name, memory):
    X = TABLES[name]()
    encoder = encoder_for(X)
    assert encoder.fit_transform(X).shape[1] >= 3
    assert encoder.transform(X[:5]).shape[0] == 5


@pytest.mark.parametrize("name", ["polars", "pandas", "lists"])
def test_recommend_takes_a_table_with_a_long_cell(name, memory):
    y = ["cat" if k else "dog" for k in TRUTH[:60]] + [None] * (N - 60)
    X = TABLES[name]()
    found = recommend(X, y, unlabeled=None, budget=1, candidates=["LDA", "mixture"], random_state=0)
    assert found.best_estimator_.predict(X).tolist() == ["cat" if k else "dog" for k in TRUTH]


def test_recommend_takes_a_column_with_a_long_name(memory):
    X = pl.DataFrame({"n" * 500_000: ROWS[:, 0]} | {f"b{j}": ROWS[:, 1] + RNG.normal(size=N) for j in range(100)})
    y = [int(k) if i < 60 else None for i, k in enumerate(TRUTH)]
    found = recommend(X, y, unlabeled=None, budget=1, candidates=["LDA", "mixture"], random_state=0)
    assert found.best_estimator_.predict(X).shape == (N,)


LABELS = {
    "list": FEW,
    "objects": np.array(FEW, dtype=object),
    "polars": pl.Series(FEW),
    "pandas": pd.Series(FEW),
    "all, list": ALL,
    "sets": [{name} if name else None for name in FEW],
}


@pytest.mark.parametrize("labels", LABELS)
def test_a_mixture_learns_a_class_with_a_long_name(labels, memory):
    model = SemiSupervisedGMM(unlabeled=None).fit(ROWS, LABELS[labels])
    assert model.predict(ROWS).tolist() == model.transduction_.tolist() == ALL
    assert model.score(ROWS, ALL) == 1


def test_what_names_classes_takes_a_long_name(memory):
    model = SemiSupervisedGMM(unlabeled=None, classes=list(NAMES)).fit(ROWS, FEW)
    assert model.sample(N)[1].shape == (N,)
    assert len(rank_queries(model, ROWS, 5, y=FEW, unlabeled=None)) == 5
    assert SemiSupervisedGMMCV(unlabeled=None, random_state=0).fit(ROWS[:300], FEW[:300]).score(ROWS, ALL) == 1
    assert GenerativeFeatures(SemiSupervisedGMM(unlabeled=None), unlabeled=None).fit(ROWS, FEW).score(ROWS, ALL) == 1
    assert len(list(LabeledStratifiedKFold(3, unlabeled=None).split(ROWS, FEW))) == 3
    assert label_curve([model], ROWS, FEW, unlabeled=None, n_repeats=1, random_state=0).n_unlabeled > 900


# Those that need no torch; the average includes the mixtures by cross-validation.
CANDIDATES = [
    "logistic regression",
    "LDA",
    "self-training",
    "label spreading",
    "mixture, then logistic regression",
    "average of three",
]


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_takes_a_class_with_a_long_name(name, memory):
    X = pl.DataFrame(FRAME)[:300]
    model = fit_named(name, X, np.array(FEW[:300], dtype=object), None, 0)
    assert model.predict(X).tolist() == ALL[:300]


def test_displays_take_long_names(memory):
    model = SemiSupervisedGMM(unlabeled=None).fit(ROWS, FEW)
    for display in (ClassEllipsesDisplay, LatentMapDisplay):
        display.from_estimator(model, ROWS, FEW)
    DecisionRegionsDisplay.from_estimator(model, ROWS, FEW, grid_resolution=40)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A file with a long cell, a long name of a class, and a long name of a column."""
    path = tmp_path_factory.mktemp("long") / "table.parquet"
    # Few labels, so that the report has no pictures that take many fits.
    kinds = pl.Series("kind", FEW[:28] + [None] * (N - 28), dtype=pl.String)
    pl.DataFrame(FRAME | {"c" * 100_000: ROWS.sum(axis=1)}).with_columns(kinds).write_parquet(path)
    return path


@pytest.mark.parametrize("model", [["--model", "auto", "--budget", 1], ["--ignore", "note"], ["--model", "LDA"]])
def test_the_command_labels_a_table_with_a_long_cell(model, table, tmp_path, memory):
    out = tmp_path / "out.parquet"
    result = run("label", table, "-t", "kind", "-o", out, *model)
    assert result.exit_code == 0, result.stderr
    assert pl.read_parquet(out)["kind_predicted"].to_list() == ALL


def test_the_command_reports_on_a_table_with_a_long_cell(table, tmp_path, memory):
    result = run("recommend", table, "-t", "kind", "-b", 1, "-r", tmp_path / "page.html")
    assert result.exit_code == 0, result.stderr


def test_read_table_reads_a_table_with_a_long_cell(table, memory):
    X, y = read_table(table, "kind")
    assert max(map(len, X["note"])) == len(LONG.strip())
    assert y.tolist()[:28] == FEW[:28]
