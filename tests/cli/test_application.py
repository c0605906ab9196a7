"""The command line as a whole: help, versions, wrong usage, a missing extra, and the demonstration."""

import os
import subprocess
import sys

import numpy as np
import pytest

import semigen
from semigen import cli
from semigen.cli import demo
from tests.cli.test_label import one_line, run


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


# The other subcommands ------------------------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    picture = tmp_path_factory.mktemp("demo") / "digits.png"
    return run("demo", "--picture", picture), picture


def test_demo_prints_labels_errors_and_seconds_of_every_method(demonstration):
    result, _ = demonstration
    assert result.exit_code == 0, result.stderr
    assert "100 are labelled" in result.stdout
    for method in demo.METHODS:
        assert sum(method.name in line and method.sees in line for line in result.stdout.splitlines()) == 1
    assert result.stdout.count(" * ") >= 1


def test_demo_draws_a_picture_that_opens(demonstration):
    from matplotlib.image import imread

    pixels = imread(demonstration[1])
    assert pixels.shape[1] > 1000
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 100
    assert demonstration[1].stat().st_size < 200_000


def test_demo_refuses_a_picture_that_it_could_not_write_before_it_computes(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "split_digits", lambda *_: pytest.fail("computed"))
    one_line(run("demo", "--picture", tmp_path / "a.gif"), ".png")
    one_line(run("demo", "--picture", tmp_path / "absent" / "a.png"), "there is no directory")


def test_demo_without_a_picture_writes_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "METHODS", demo.METHODS[:3])
    assert run("demo", "--no-picture", "--labels-per-class", "3").exit_code == 0
    assert os.listdir(tmp_path) == []


def test_every_method_of_the_demo_sees_the_same_stratified_split():
    digits = demo.split_digits(7, seed=1)
    assert np.bincount(digits.labels[digits.labeled]).tolist() == [7] * 10
    assert len(digits.test_rows) == len(digits.test_truth) == 599
    assert np.ptp(np.bincount(digits.test_truth)) <= 4
    again = demo.split_digits(7, seed=1)
    assert np.array_equal(digits.labels, again.labels)
    assert not np.array_equal(digits.labels, demo.split_digits(7, seed=2).labels)


@pytest.mark.parametrize(
    ("errors", "parts", "absent"),
    [
        ((0.10, 0.05, 0.2, 0.07, 0.2), ["lowered", "from 10.0% to 5.0%", "the lowest of the 5"], ["better"]),
        (
            (0.10, 0.08, 0.2, 0.05, 0.2),
            ["lowered", "ExtraTreesClassifier (labels alone) does better with 5.0%"],
            ["the lowest"],
        ),
        ((0.05, 0.08, 0.2, 0.09, 0.2), ["raised", "SemiSupervisedGMM (labels alone) does better"], ["the lowest"]),
        ((0.10, 0.05, 0.2, 0.05, 0.2), ["lowered", "another is as low"], ["the lowest", "better"]),
        ((0.05, 0.05, 0.2, 0.09, 0.2), ["left the mixture's error at 5.0%", "another is as low"], ["the lowest"]),
    ],
)
def test_the_sentence_of_the_demo_claims_no_more_than_the_numbers(errors, parts, absent):
    outcomes = [demo.Outcome(method, None, error, 0.1) for method, error in zip(demo.METHODS, errors, strict=False)]
    sentence = demo.in_words(outcomes, 599)
    assert all(part in sentence for part in parts)
    assert not any(part in sentence for part in absent)
