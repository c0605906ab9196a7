"""`semigen label --save`, `semigen predict`, `semigen show`: a model that is kept labels further tables as it did."""

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest

import semigen
from semigen import SemiSupervisedGMM
from tests.cli.commands import one_line, run, two_clouds, write_csv
from tests.cli.fruit import fruit

MODELS = {
    "of numbers": ("-m", "mixture", "-i", "id", "-i", "colour"),
    "of all columns": ("-m", "LDA"),
    "a mixture of all columns": ("-m", "mixture of encoded columns"),
}


@pytest.fixture(scope="module", params=[*MODELS, "compared", "in parts"])
def saved(request, tmp_path_factory):
    """A folder with the table, the labels, and the model that gave them."""
    folder = tmp_path_factory.mktemp("saved")
    fruit().to_csv(folder / "fruit.csv", index=False)
    options = MODELS.get(request.param, MODELS["a mixture of all columns"])
    more = ("--in-parts",) if request.param == "in parts" else ()
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "compared":
            recommend, options = semigen.recommend, ("-m", "auto")
            patch.setattr(semigen, "recommend", lambda X, y, **k: recommend(X, y, candidates=["LDA", "mixture"], **k))
        result = label(folder / "fruit.csv", folder / "out.csv", "--save", folder / "model", *options, *more)
    assert result.exit_code == 0, result.output
    assert f"wrote the model {folder / 'model'}" in result.stderr
    return folder


@pytest.fixture(scope="module")
def mixture(tmp_path_factory):
    """A mixture of two clouds with the columns x and y."""
    folder = tmp_path_factory.mktemp("mixture")
    result = run("label", write_csv(folder / "in.csv"), "-t", "kind", "-o", folder / "out.csv", "--save", folder / "m")
    assert result.exit_code == 0, result.output
    return folder / "m"


def label(table, out, *options):
    return run("label", table, "-t", "kind", "-i", "farm", "-i", "truth", "-o", out, *options)


def predict(model, table, out, *options):
    result = run("predict", model, table, "-o", out, *options)
    assert result.exit_code == 0, result.output
    return (pl.read_parquet(out) if out.suffix == ".parquet" else pl.read_csv(out)), result.stderr


def blank_rows(frame):
    """Labels and probabilities of the rows whose label was not given."""
    return frame.filter(pl.col("kind").is_null())["kind_predicted", "kind_probability"]


@pytest.mark.parametrize("how", ["--in-memory", "--in-parts"])
def test_a_kept_model_predicts_what_it_gave_the_rows_that_it_labelled(saved, how, tmp_path):
    before = blank_rows(pl.read_csv(saved / "out.csv"))
    after, _ = predict(saved / "model", saved / "fruit.csv", tmp_path / "again.csv", how)
    assert blank_rows(after)["kind_predicted"].equals(before["kind_predicted"])
    np.testing.assert_allclose(blank_rows(after)["kind_probability"], before["kind_probability"], rtol=1e-9)


def test_columns_are_found_by_name_and_rows_may_come_one_by_one(saved, tmp_path):
    table = fruit().sample(frac=1, axis=1, random_state=0).assign(more="1")
    (tmp_path / "shuffled").mkdir()
    table.iloc[60:64].to_csv(tmp_path / "four.csv", index=False)
    four, said = predict(saved / "model", tmp_path / "four.csv", tmp_path / "out.csv")
    assert "1 column not in the table that the model learnt from, not looked at: 'more'" in said
    assert four.columns == [*table.columns, "kind_predicted", "kind_probability"]
    for i in range(60, 64):
        table.iloc[i : i + 1].to_csv(tmp_path / "one.csv", index=False)
        one, _ = predict(saved / "model", tmp_path / "one.csv", tmp_path / "out.csv")
        assert one["kind_probability"][0] == pytest.approx(four["kind_probability"][i - 60], rel=1e-9)


def test_python_reads_the_file_and_takes_frames_of_polars_and_pandas(saved):
    model, table = semigen.load(saved / "model"), fruit()
    of_pandas = model.predict_proba(table)
    as_text = pl.read_csv(saved / "fruit.csv", infer_schema=False)
    np.testing.assert_allclose(of_pandas, model.predict_proba(as_text), rtol=1e-9)
    assert model.predict(as_text).tolist() == model.classes_[of_pandas.argmax(axis=1)].tolist()
    with pytest.raises(ValueError, match="there is no column 'weight', which the model learnt from"):
        model.predict(table.drop(columns="weight"))
    with pytest.raises(TypeError, match="X is a ndarray; give a DataFrame"):
        model.predict(table.to_numpy())


def test_what_does_not_fit_is_told_of(tmp_path):
    source, model = tmp_path / "in.csv", tmp_path / "m"
    whole = fruit().assign(weight=lambda t: t["weight"].fillna(100))
    whole.to_csv(source, index=False)
    assert label(source, tmp_path / "o.csv", "--save", model, "-m", "LDA").exit_code == 0
    new = whole.astype({"weight": object}).iloc[60:70].reset_index(drop=True)
    new.loc[:2, "colour"] = "black"
    new.loc[3, "weight"] = "heavy"
    new.loc[4, "weight"] = None
    new.to_csv(tmp_path / "new.csv", index=False)
    _, said = predict(model, tmp_path / "new.csv", tmp_path / "p.csv")
    assert "The column 'weight' held numbers in training; 1 cell does not fit and count as blank: 'heavy'" in said
    assert "The column 'weight' had a value in every row of training; 2 cells have none" in said
    assert "The column 'colour': 3 rows have a value that training did not see, 'black'" in said


def test_a_gap_where_a_mixture_saw_none_is_marginalised(mixture, tmp_path):
    x, _, truth = two_clouds()
    write_csv(tmp_path / "gaps.csv", y=[""] * len(x))
    found, _ = predict(mixture, tmp_path / "gaps.csv", tmp_path / "p.csv")
    assert found["kind_predicted"].to_list() == truth


def test_labels_of_the_table_are_compared_and_not_copied(mixture, tmp_path):
    _, _, truth = two_clouds()
    write_csv(tmp_path / "in.csv", kind=["cat", *truth[1:30], *[""] * 9, "cow"])
    found, said = predict(mixture, tmp_path / "in.csv", tmp_path / "p.csv")
    assert found["kind_predicted"].to_list() == truth
    assert "30 of 31 labels that the table gives in 'kind' are as predicted (96.8 %)" in said


def test_a_table_without_the_target_or_with_its_types_in_parquet_is_taken(mixture, tmp_path):
    x, _, truth = two_clouds()
    pl.DataFrame({"y": x[:, 1], "x": x[:, 0]}).write_parquet(tmp_path / "in.parquet")
    found, _ = predict(mixture, tmp_path / "in.parquet", tmp_path / "p.parquet")
    assert found["kind_predicted"].to_list() == truth


def test_a_table_that_cannot_be_labelled_is_refused_and_nothing_written(mixture, tmp_path):
    out = tmp_path / "p.csv"

    def refused(table, *parts, out=out):
        one_line(run("predict", mixture, table, "-o", out), *parts)
        assert not (tmp_path / "p.csv").exists()

    source = write_csv(tmp_path / "renamed.csv")
    source.write_text(source.read_text().replace("x,y,kind", "x,Y,kind"))
    refused(source, "there is no column 'y', which the model learnt from; rename 'Y' if it holds 'y'")
    source.write_text("kind\ncat\n")
    refused(source, "there are no columns 'x', 'y', which the model learnt from")
    source.write_text("x,y\n")
    refused(source, "has no rows")
    source.write_text("x,y,kind_predicted\n1,2,cat\n")
    refused(source, "already has a column 'kind_predicted'")
    source.write_text("x,y\n1,inf\n")
    refused(source, "cells are infinite")
    (tmp_path / "linked.csv").symlink_to(mixture)
    refused(source, "is the model; give another file with --out", out=tmp_path / "linked.csv")


def test_what_is_no_model_of_a_table_is_refused(tmp_path):
    source, out = write_csv(tmp_path / "in.csv"), tmp_path / "p.csv"
    x, given, _ = two_clouds()
    model = SemiSupervisedGMM(unlabeled=None).fit(x, given)
    model.save(tmp_path / "gmm.semigen")
    joblib.dump(model, tmp_path / "gmm.joblib")
    for name, said in {
        "gmm.semigen": "holds a SemiSupervisedGMM, which does not say how the columns of a table are read",
        "gmm.joblib": "a pickle",
        "in.csv": "has the name of a table; the model comes first: semigen predict MODEL TABLE",
        "none": "There is no file",
        ".": "is a folder",
    }.items():
        one_line(run("predict", tmp_path / name, source, "-o", out), said)
    assert not out.exists()


def test_a_model_that_could_not_be_kept_is_refused_before_learning(tmp_path):
    source, out = write_csv(tmp_path / "in.csv"), tmp_path / "o.csv"
    refused = {
        source: "another file of this command",
        tmp_path / "no" / "m": "there is no directory",
        tmp_path / "tomorrow.csv": "has the name of another kind of file; call the model tomorrow.semigen",
    }
    for save, said in refused.items():
        one_line(run("label", source, "-t", "kind", "-o", out, "--save", save), said)
    assert not out.exists()


def test_show_tells_where_a_model_comes_from_and_what_it_reads(saved):
    result = run("show", saved / "model")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    for part in (
        "labels 'kind' in tables",
        "fruit.csv: 240 rows; labelled: 60 rows",
        "weight: numbers",
        "picked: dates",
    ):
        assert part in said
    assert ("not measured" in said) != ("95 % interval" in said)
    assert str(saved) not in said.replace(f"{saved / 'model'}", "")


def test_show_takes_files_that_python_wrote(tmp_path):
    x, given, _ = two_clouds()
    frame = pd.DataFrame(x, columns=["x", "y"])
    SemiSupervisedGMM(unlabeled=None).fit(frame, given).save(tmp_path / "m")
    said = run("show", tmp_path / "m").stdout
    assert "a fitted SemiSupervisedGMM" in said
    assert "'cat', 'dog'" in said
    assert "2: 'x', 'y'" in said


def test_another_notation_is_refused_or_told(tmp_path):
    x, given, truth = two_clouds(blank="")
    days = [f"2024-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(40)]
    limits = ["<5" if k % 8 == 0 else f"{v:.3f}" for k, v in enumerate(x[:, 1])]
    source, model, new, out = (tmp_path / name for name in ("in.csv", "m", "new.csv", "p.csv"))
    columns = {"x": [f"{v:.3f}" for v in x[:, 0]], "lim": limits, "day": days, "kind": given}
    pl.DataFrame(columns).write_csv(source)
    assert run("label", source, "-t", "kind", "-o", out, "--save", model, "-m", "LDA").exit_code == 0
    comma = {**columns, "x": [f"{v:.3f}".replace(".", ",") for v in x[:, 0]], "lim": [f"{v:.3f}" for v in x[:, 1]]}
    pl.DataFrame(comma).write_csv(new)
    one_line(run("predict", model, new, "-o", out, "-q"), "'x' has numbers with a decimal comma", "--decimal ,")
    pl.DataFrame({**columns, "day": [f"{d[8:]}.{d[5:7]}.{d[:4]}" for d in days]}).write_csv(new)
    one_line(run("predict", model, new, "-o", out, "-q"), "'day' has dates with the day before the month")
    typed = pl.DataFrame({**columns, "x": x[:, 0], "lim": x[:, 1]})
    typed.write_parquet(tmp_path / "new.parquet")
    found, _ = predict(model, tmp_path / "new.parquet", out)
    assert found["kind_predicted"].to_list() == truth
    typed.with_columns(x=pl.col("day").str.to_date()).write_parquet(tmp_path / "new.parquet")
    _, said = predict(model, tmp_path / "new.parquet", out)
    assert "The column 'x' held numbers in training; 40 cells do not fit" in said


def test_a_table_with_a_decimal_comma_is_read_if_that_is_said(mixture, tmp_path):
    x, _, truth = two_clouds()
    columns = {name: [f'"{v:.6f}"'.replace(".", ",") for v in x[:, i]] for i, name in enumerate("xy")}
    write_csv(tmp_path / "in.csv", **columns)
    found, _ = predict(mixture, tmp_path / "in.csv", tmp_path / "p.csv", "--decimal", ",")
    assert found["kind_predicted"].to_list() == truth
