"""The command line as a whole: help, versions, wrong usage, and a missing extra."""

import subprocess
import sys

import pytest

import semigen
from semigen import cli
from tests.cli.commands import run


@pytest.mark.parametrize("absent", ["typer", "rich", "polars", "matplotlib"])
def test_without_the_extra_one_line_says_what_to_install(absent, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(SystemExit) as exit_:
        cli.run()
    assert exit_.value.code == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert 'pip install "semigen[cli]"' in printed.err
    assert absent in printed.err


def test_a_real_process_without_the_extra_exits_with_1_and_no_traceback():
    script = "import sys; sys.modules['typer'] = sys.modules['rich'] = None; from semigen.cli import main; main()"
    finished = subprocess.run([sys.executable, "-c", script, "info"], capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "typer, rich" in finished.stderr


def test_info_prints_what_show_config_prints(capsys):
    semigen.show_config()
    assert run("info").stdout == capsys.readouterr().out


def test_version_is_that_of_the_package():
    assert run("--version").stdout == f"semigen {semigen.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["label", "-h"], ["demo", "-h"], ["info", "-h"]])
def test_help_is_given_for_everything(arguments):
    result = run(*arguments)
    assert result.exit_code == 0
    assert "Usage" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["lable"],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", "--covariance", "round"],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", "--unlabeled-weight", "2"],
        ["label", "a.csv", "-t", "k", "-o", "b.csv", "--components", "0"],
        ["demo", "--labels-per-class", "0"],
    ],
)
def test_wrong_usage_exits_with_2(arguments):
    assert run(*arguments).exit_code == 2
