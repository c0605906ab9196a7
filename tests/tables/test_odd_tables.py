"""Tables that fuzzing found: each was a traceback once."""

import datetime

import polars as pl
import pytest

from tests.cli.commands import one_line, run, two_clouds


def table_with(path, **columns):
    x, given, _ = two_clouds()
    pl.DataFrame({"x": x[:, 0], "y": x[:, 1], "kind": given} | columns).write_parquet(path)
    return path


@pytest.mark.parametrize(
    ("physical", "kind"),
    [
        (-719163, pl.Date),
        (2932897, pl.Date),
        (2**31 - 1, pl.Date),
        (2**62, pl.Datetime("ms")),
        (-(2**62), pl.Datetime("us")),
        (2**62, pl.Datetime("us", "Asia/Kathmandu")),
        (2932896 * 86400 * 10**6 + 1, pl.Datetime("us", "UTC")),
        (2**62, pl.Duration("ms")),
    ],
)
@pytest.mark.parametrize("subcommand", ["label", "recommend"])
def test_dates_that_nobody_can_write_are_refused_in_a_sentence(subcommand, physical, kind, tmp_path):
    whole = pl.Int32 if kind == pl.Date else pl.Int64
    odd = pl.Series([None, physical, *[0] * 38], dtype=whole).cast(kind)
    path = table_with(tmp_path / "in.parquet", **{"odd one": odd})
    options = {"label": ["-o", tmp_path / "out.csv"], "recommend": ["-r", tmp_path / "page.html"]}[subcommand]
    one_line(run(subcommand, path, "-t", "kind", *options), "'odd one'", "before the year 1 or after 9999")


def test_the_first_and_the_last_day_are_dates(tmp_path):
    ends = [datetime.datetime.min, datetime.datetime.max] * 20
    path = table_with(tmp_path / "in.parquet", when=pl.Series(ends, dtype=pl.Datetime("us")))
    result = run("label", path, "-t", "kind", "-i", "when", "-o", tmp_path / "out.csv")
    assert result.exit_code == 0, result.stderr


def test_durations_do_not_go_into_a_text_file(tmp_path):
    path = table_with(tmp_path / "in.parquet", took=pl.Series([datetime.timedelta(1)] * 40))
    one_line(run("label", path, "-t", "kind", "-i", "took", "-o", tmp_path / "out.csv"), "'took'", ".parquet")


@pytest.mark.parametrize("label", ["\0", "cat\0"])
def test_classes_that_end_with_a_zero_character_are_themselves(label, tmp_path):
    x, given, truth = two_clouds(labels=(label, "cat"))
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pl.DataFrame({"x": x[:, 0], "y": x[:, 1], "kind": given}).write_parquet(path)
    for model in ("mixture", "LDA"):
        result = run("label", path, "-t", "kind", "-m", model, "-o", out)
        assert result.exit_code == 0, result.stderr
        assert pl.read_parquet(out)["kind_predicted"].to_list() == truth
