"""Hostile tables through the command: a whole result, or a sentence; nothing half written, nothing that is obeyed."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shutil
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import typer

import semigen
from semigen._legible import legible
from semigen.cli import measured_label_curve
from semigen.cli.application import application
from tests.fuzz.hostile import Hostile, hostile_table

COMMAND = typer.main.get_command(application)
AUTO = ("--model", "auto")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The comparison gets less time than anybody may ask for, and pictures that take many fits are left out."""
    unhurried = semigen.recommend
    monkeypatch.setattr(
        semigen, "recommend", lambda *given, budget, **options: unhurried(*given, budget=0.05, **options)
    )
    monkeypatch.setattr(measured_label_curve, "PATIENCE", 0.05)


@pytest.mark.fuzz(examples=4)
@pytest.mark.filterwarnings("ignore")
def test_hostile_tables_give_a_whole_result_or_a_sentence(fuzz_seeds, tmp_path):
    for seed in fuzz_seeds:
        rng = np.random.default_rng(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        table = hostile_table(rng, folder)
        out = folder / f"out{rng.choice(['.csv', '.tsv', '.parquet', table.path.suffix])}"
        page = folder / "page.html"
        _labelled(table, out, _run("label", table, f"--out={out}", "--model", "mixture"))
        _labelled(table, out, _run("label", table, f"--out={out}", *AUTO))
        _reported(page, *_run("recommend", table, f"--report={page}"))
        assert sorted(os.listdir(folder)) == [table.path.name]
        shutil.rmtree(folder)


def _run(subcommand: str, table: Hostile, *options: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; anything but an exit is an error of the test."""
    arguments = [subcommand, f"--target={table.target}", *(f"--ignore={name}" for name in table.ignored), *options]
    if table.marker is not None:
        arguments.append(f"--unlabeled={table.marker}")
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors), warnings.catch_warnings():
        warnings.simplefilter("default")
        with pytest.raises(SystemExit) as exit_:
            COMMAND.main([*arguments, "--", str(table.path)], prog_name="semigen")
    assert isinstance(exit_.value.code, int)
    for said in (out.getvalue(), errors.getvalue()):
        assert legible(said, keep="\n") == said
    return exit_.value.code, out.getvalue(), errors.getvalue()


def _refused(out: str, errors: str) -> None:
    """One sentence that says why, after any warnings."""
    lines = errors.splitlines()
    assert out == ""
    assert lines[-1].startswith("semigen: error: ")
    assert len(lines[-1]) > 25
    assert all(line.startswith("semigen: ") for line in lines)


def _labelled(table: Hostile, path: Path, result: tuple[int, str, str]) -> None:
    code, out, errors = result
    if code == 0:
        names = [f"{table.target}_predicted", f"{table.target}_probability"]
        if path.suffix == ".parquet":
            written = pl.read_parquet(path.read_bytes())
            assert written[names[1]].is_between(0, 1).all()
            assert written.columns[-2:] == names
            if table.path.suffix == ".parquet":
                assert written.select(written.columns[:-2]).equals(pl.read_parquet(table.path.read_bytes()))
        else:
            records = _records(path)
            assert records[0][-2:] == names
            assert all(0 <= float(record[-1]) <= 1 for record in records[1:])
            # Within a line, a carriage return that no quotes enclose ends a record for some and is a letter for others.
            if path.suffix == table.path.suffix and not re.search(rb"\r(?!\n)", table.path.read_bytes()):
                read = _records(table.path)
                # At the beginning of the file that is written, such a name is read without its mark.
                read[0][0] = read[0][0].removeprefix("\ufeff")
                assert [record[:-2] for record in records] == read
        path.unlink()
    else:
        assert code == 1
        _refused(out, errors)
        assert not path.exists()


def _records(path: Path) -> list[list[str]]:
    """Names and cells of a text file."""
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",") if row]


def _reported(page: Path, code: int, out: str, errors: str) -> None:
    if code == 0:
        text = page.read_text(encoding="utf-8")
        assert legible(text, keep="\n\t") == text
        assert text.startswith("<!DOCTYPE html>")
        assert text.endswith("</html>\n")
        assert "<script" not in text
        assert "could not be drawn" not in text
        assert "candidate" in out
        page.unlink()
    else:
        assert code == 1
        _refused(out, errors)
        assert not page.exists()
