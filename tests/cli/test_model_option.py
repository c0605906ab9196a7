"""`semigen label --model`: labels by a named classifier, or by the one that a comparison chooses."""

from __future__ import annotations

import os
from io import StringIO

import numpy as np
import polars as pl
import pytest

from tests.cli.commands import one_line, run
from tests.cli.fruit import KINDS, auto, fruit


@pytest.mark.usefixtures("quick")
def test_blank_rows_get_the_label_of_the_best_classifier_and_given_ones_are_kept(table):
    out = table.with_name("out.csv")
    result = auto(table, out, "--budget", "3")
    assert result.exit_code == 0, result.stderr
    written = pl.read_csv(out, infer_schema=False)
    truth = fruit()["truth"].to_numpy()
    predicted = written["kind_predicted"].to_numpy()
    assert (predicted[:60] == truth[:60]).all()
    assert np.mean(predicted[60:] == truth[60:]) > 0.9
    before = pl.read_csv(table, infer_schema=False)
    assert written.select(before.columns).equals(before)
    probability = written["kind_probability"].cast(pl.Float64)
    assert probability.is_between(0, 1).all()
    assert probability[60:].min() > 1 / 3 - 1e-9


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("labels", [pl.Int8, pl.Boolean, pl.Categorical, pl.Float64], ids=str)
def test_a_parquet_file_keeps_its_types_and_gives_those_of_its_own(tmp_path, labels):
    frame = pl.read_csv(StringIO(fruit().drop(columns="truth").to_csv(index=False)))
    codes = frame["kind"].replace_strict(dict(zip(KINDS, [3, 5, 3], strict=True)), default=None, return_dtype=pl.Int8)
    values = {pl.Int8: codes, pl.Boolean: codes == 3, pl.Categorical: frame["kind"].cast(pl.Categorical)}
    frame = frame.with_columns(
        values.get(labels, codes.cast(pl.Float64)).alias("kind"),
        pl.col("picked").str.to_date(),
        pl.col("colour").cast(pl.Categorical),
        pl.Series("tags", [["a"]] * len(frame)),
    )
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame.write_parquet(source)
    result = run("label", source, "-t", "kind", "-o", out, "--model", "auto", "--budget", "3")
    assert result.exit_code == 0, result.stderr
    assert "'tags' is left out: it holds lists" in result.stderr
    written = pl.read_parquet(out)
    assert written.schema["kind_predicted"] == frame.schema["kind"]
    assert written.select(frame.columns).equals(frame)
    assert set(written["kind_predicted"].unique()) == set(frame["kind"].drop_nulls().unique())


@pytest.mark.parametrize("model", ["LDA", "mixture of encoded columns"])
def test_a_classifier_may_be_called_by_its_name(table, model):
    out = table.with_name("out.csv")
    result = run("label", table, "-t", "kind", "-i", "truth", "-o", out, "--model", model)
    assert result.exit_code == 0, result.stderr
    labelled = pl.read_csv(out)
    assert labelled["kind_predicted"].null_count() == 0
    assert (labelled["kind_predicted"] == labelled["truth"]).mean() > 0.8


def test_no_blank_row_is_nothing_to_label(tmp_path):
    path = tmp_path / "t.csv"
    fruit(labeled=240).to_csv(path, index=False)
    one_line(auto(path, tmp_path / "out.csv"), "every row of 'kind' has a label, so there is nothing to do")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--budget", "0"],
        ["--budget", "soon"],
        ["--model", "best"],
        ["--model", "auto", "--components", "2"],
        ["--model", "auto", "--covariance", "full"],
        ["--model", "mixture", "--budget", "10"],
        ["--model", "mixture", "--report", "page.html"],
        ["--model", "LDA", "--report", "page.html"],
        ["--model", "LDA", "--components", "2"],
    ],
)
def test_options_that_go_with_another_model_are_wrong_usage(table, arguments):
    result = run("label", table, "-t", "kind", "-o", table.with_name("out.csv"), *arguments)
    assert result.exit_code == 2
    assert os.listdir(table.parent) == ["fruit.csv"]
