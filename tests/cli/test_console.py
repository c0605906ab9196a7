"""Whatever names, cells and paths hold: nothing that a terminal or a page would obey leaves the command."""

import io
import logging
import subprocess
import sys
import warnings
from pathlib import Path

import polars as pl
import pytest
from rich.table import Table
from rich.text import Text

from semigen import cli
from semigen._legible import legible
from semigen.cli import recommend_table as recommend_module
from semigen.cli.console import Console, print_styled
from semigen.cli.refusal import CommandError
from semigen.cli.styled import LegibleConsole
from tests.cli.commands import run, two_clouds

CLEAR, TITLE, RIGHT_TO_LEFT = "\x1b[2J", "\x1b]0;owned\x07", "\u202egnp.exe"
HOSTILE = f"{CLEAR}{TITLE}{RIGHT_TO_LEFT}\x9b2J\x7f[red]é漢"


def assert_legible(*texts):
    for text in texts:
        assert legible(text, keep="\n") == text, ascii(text)


def hostile_table(folder, **changes):
    """A table with such names of its file, its columns and its classes."""
    x, given, _ = two_clouds(labels=(f"cat{HOSTILE}", f"dog{HOSTILE}"))
    path = folder / f"in{HOSTILE}.parquet"
    columns = {f"x{HOSTILE}": x[:, 0], "y": x[:, 1], f"kind{HOSTILE}": given, f"same{HOSTILE}": ["1"] * 40}
    pl.DataFrame(columns | changes).write_parquet(path)
    return path


def test_names_of_files_columns_and_classes_are_printed_legibly(tmp_path):
    path = hostile_table(tmp_path)
    out = tmp_path / f"out{HOSTILE}.csv"
    result = run("label", path, "-t", f"kind{HOSTILE}", "-o", out)
    assert result.exit_code == 0, result.stderr
    assert_legible(result.stdout, result.stderr)
    assert result.stderr.count(legible(f"cat{HOSTILE}")) >= 2
    assert r"\x1b[2J\x1b]0;owned\x07\u202egnp.exe\u009b2J\x7f[red]é漢" in result.stderr
    assert len(result.stderr.splitlines()) == result.stderr.count("semigen: ")
    # Not what is printed: the table keeps its names.
    assert f"kind{HOSTILE}_predicted" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"text": [HOSTILE] * 40},
        {"infinite": [float("inf")] * 40},
        {f"blank{HOSTILE}": [None] * 40},
        {f"kind{HOSTILE}": [f"a{HOSTILE}"] * 40},
        {f"kind{HOSTILE}": [[1]] * 40},
        {f"kind{HOSTILE}_predicted": [1] * 40},
        {f"lists{HOSTILE}": [[1]] * 40},
    ],
)
def test_refusals_of_a_table_are_legible(tmp_path, changes):
    result = run("label", hostile_table(tmp_path, **changes), "-t", f"kind{HOSTILE}", "-o", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert_legible(result.stdout, result.stderr)
    assert "semigen: error: " in result.stderr


@pytest.mark.parametrize(
    "typed",
    [
        [f"lab{HOSTILE}"],
        [f"--{HOSTILE}"],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", HOSTILE],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", f"--x{HOSTILE}"],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", "--covariance", HOSTILE],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", "--components", HOSTILE],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", "--model", HOSTILE],
        ["label", f"{HOSTILE}.csv", "-t", "k", "-o", "b.csv"],
        ["label", f"{HOSTILE}\n.pdf", "-t", "k", "-o", "b.csv"],
        ["label", "a.csv", "-t", "k", "-o", f"{HOSTILE}/b.csv"],
        ["recommend", "a.csv", "-t", "k", "--report", f"{HOSTILE}"],
        ["demo", "--picture", HOSTILE],
    ],
    ids=[
        "subcommand",
        "option",
        "argument",
        "option of label",
        "choice",
        "number",
        "model",
        "table",
        "line end",
        "folder",
        "report",
        "picture",
    ],
)
def test_what_was_typed_is_repeated_legibly(typed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*typed)
    assert result.exit_code in (1, 2)
    assert_legible(result.stdout, result.stderr)
    assert result.stdout == ""
    assert result.stderr


def test_one_message_is_one_line_however_long_its_names_are(tmp_path):
    path = hostile_table(tmp_path, **{"n" * 1_000_000: ["a", "b"] * 20})
    result = run("label", path, "-t", f"kind{HOSTILE}", "-o", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "--model auto" in result.stderr
    assert max(map(len, result.stderr.splitlines())) < 3000


def test_the_page_and_the_results_of_recommend_are_legible(tmp_path):
    path, page = hostile_table(tmp_path), tmp_path / f"page{HOSTILE}.html"
    result = run("recommend", path, "-t", f"kind{HOSTILE}", "-b", 1, "-r", page)
    assert result.exit_code == 0, result.stderr
    assert_legible(result.stdout, result.stderr, page.read_text(encoding="utf-8"))
    assert "--target $'kind" in result.stdout


def test_a_file_whose_name_is_no_text_has_a_page(tmp_path):
    path = Path(f"{tmp_path}/b\udcff.parquet")
    hostile_table(tmp_path).rename(path)
    result = run("recommend", path, "-t", f"kind{HOSTILE}", "-b", 1, "-r", tmp_path / "page.html")
    assert result.exit_code == 0, result.stderr
    assert "b\\xff.parquet" in (tmp_path / "page.html").read_text(encoding="utf-8")


# What is not a message of ours -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "speak", [lambda: warnings.warn(HOSTILE, stacklevel=1), lambda: logging.getLogger("matplotlib").warning(HOSTILE)]
)
def test_what_libraries_warn_of_is_a_legible_line(speak, monkeypatch):
    monkeypatch.setattr("semigen._config.config_in_lines", lambda: speak() or "")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        result = run("info")
    assert result.exit_code == 0
    assert result.stderr == f"semigen: warning: {legible(HOSTILE)}\n"


@pytest.mark.parametrize("error", [ValueError(HOSTILE), BaseException(HOSTILE)])
def test_an_error_that_nobody_expected_is_shown_legibly(error, monkeypatch, capsys):
    def fail():
        raise error

    monkeypatch.setattr("semigen._config.config_in_lines", fail)
    monkeypatch.setattr(sys, "argv", ["semigen", "info"])
    with pytest.raises(SystemExit) as exit_:
        cli.run()
    assert exit_.value.code == 1
    printed = capsys.readouterr()
    assert_legible(printed.out, printed.err)
    assert legible(HOSTILE) in printed.err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CommandError(HOSTILE), legible(HOSTILE)),
        (OSError(28, "No space left", HOSTILE), f"{legible(HOSTILE)}: No space left"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_every_refusal_is_one_legible_line(error, says, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(recommend_module, "recommend_table", fail)
    result = run("recommend", "a.csv", "-t", "k")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"semigen: error: {says}")
    assert result.stderr.count("\n") == 1


def test_what_rich_prints_has_control_sequences_of_its_own_only(capsys):
    file = io.StringIO()
    console = LegibleConsole(file=file, force_terminal=True, color_system="truecolor", width=80)
    table = Table("a")
    table.add_row(HOSTILE, style="bold")
    console.print(table, Text(HOSTILE, style="red"))
    with console.status(Text(HOSTILE)):
        pass
    written = file.getvalue()
    assert "\x1b[1m" in written
    assert "[red]" in written
    for part in (CLEAR, TITLE, "\u202e", "\x9b", "\x7f"):
        assert part not in written
    print_styled(Text(HOSTILE))
    assert_legible(capsys.readouterr().out)


def test_a_watched_command_shows_names_with_brackets_as_they_are(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Console().working(f"reading {HOSTILE}"):
        pass
    assert "[red]" in terminal.getvalue()
    assert CLEAR not in terminal.getvalue()


def test_the_real_command_prints_what_the_tests_see(tmp_path):
    command = [sys.executable, "-m", "semigen.cli", "label", f"{HOSTILE}.csv", "-t", "k", "-o", str(tmp_path / "o.csv")]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert_legible(finished.stderr)
