"""The command line as a whole: help, versions, wrong usage, and a missing extra."""

import subprocess
import sys
from pathlib import Path

import pytest

import semigen
from semigen import cli
from semigen.cli import subcommands
from semigen.mixture.families import FAMILIES
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


def test_every_file_of_a_subcommand_is_in_the_table():
    files = {path.stem for path in Path(subcommands.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(subcommands.SUBCOMMANDS)


def test_the_list_of_subcommands_is_printed_without_scikit_learn():
    script = "import sys\nfrom semigen.cli.application import application\ntry: application(['--help'])\n"
    script += "finally: print({'sklearn', 'numpy', 'scipy', 'polars'} & set(sys.modules))"
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert all(f" {name} " in finished.stdout for name in subcommands.SUBCOMMANDS)
    assert finished.stdout.splitlines()[-1] == "set()"


def test_every_covariance_family_is_named_in_the_help_and_in_the_refusal_of_another():
    wrong = ["label", "a.csv", "-t", "k", "-o", "b.csv", "--model", "mixture", "--covariance", "round"]
    for text in (run("label", "-h").stdout, run(*wrong).stderr):
        assert all(name in text for name in FAMILIES)
