"""`semigen demo`: the comparison of methods on digits, its picture, and the sentence about the result."""

import os

import numpy as np
import pytest

from semigen.cli import compare_digits as demo
from tests.cli.commands import one_line, run


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
    results = [demo.Result(method, None, error, 0.1) for method, error in zip(demo.METHODS, errors, strict=False)]
    sentence = demo.conclusion(results, 599)
    assert all(part in sentence for part in parts)
    assert not any(part in sentence for part in absent)
