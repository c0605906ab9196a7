"""What the benchmarks call log-loss and calibration error, what they read from files; and that each of them starts."""

from __future__ import annotations

import gzip
import importlib
from pathlib import Path

import numpy as np
import pytest

from bench.accuracy.scores import expected_calibration_error, log_loss
from bench.datasets import AbsentError, adult, ssl_book


def test_log_loss_is_the_mean_of_minus_log_and_bounded():
    probability = np.array([[0.5, 0.5], [1.0, 0.0]])
    assert log_loss(probability, np.array([0, 0])) == pytest.approx(np.log(2) / 2)
    assert log_loss(probability, np.array([0, 1])) == pytest.approx((np.log(2) - np.log(1e-12)) / 2)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy_bin_by_bin():
    rng = np.random.default_rng(0)
    top = rng.uniform(0.5, 1, 40_000)
    probability = np.column_stack([top, 1 - top])
    truth = (rng.random(40_000) > top).astype(int)
    assert expected_calibration_error(probability, truth) < 0.02
    sure = np.tile([0.9, 0.1], (100, 1))
    assert expected_calibration_error(sure, np.zeros(100, dtype=int)) == pytest.approx(0.1)
    assert expected_calibration_error(sure, np.ones(100, dtype=int)) == pytest.approx(0.9)


def test_classes_of_the_books_sets_are_codes_and_never_read_as_no_label(tmp_path):
    (tmp_path / "ssl-book").mkdir()
    splits = np.arange(24, dtype=np.int32).reshape(12, 2) % 3
    held = {"X": np.zeros((3, 2)), "y": np.array([-1, 1, -1], dtype=np.int8), "labeled10": splits, "labeled100": splits}
    np.savez(tmp_path / "ssl-book" / "usps.npz", **held)
    X, codes, kept = ssl_book("usps", str(tmp_path))
    assert X.shape == (3, 2)
    assert codes.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(kept[10], splits)
    with pytest.raises(AbsentError, match=r"ssl-book/digit1\.npz is not in the data folder"):
        ssl_book("digit1", str(tmp_path))


def test_census_rows_are_numbers_text_and_gaps_without_the_sampling_weight(tmp_path):
    (tmp_path / "uci").mkdir()
    lines = (
        "39, ?, 77516, Bachelors, 13, Divorced, Sales, Wife, White, Male, 2174, 0, 40, Cuba, >50K.\n"
        "50, Private, 83311, 11th, 7, Divorced, ?, Wife, White, Male, 0, 0, 13, ?, <=50K\n\n"
    )
    (tmp_path / "uci" / "adult-test.csv.gz").write_bytes(gzip.compress(lines.encode()))
    table, names, codes = adult("test", str(tmp_path))
    assert codes.tolist() == [1, 0]
    assert dict(zip(names, table[1], strict=True)) == {
        **{"age": 50.0, "workclass": "Private", "education": "11th", "education-num": 7.0},
        **{"marital-status": "Divorced", "occupation": None, "relationship": "Wife", "race": "White", "sex": "Male"},
        **{"capital-gain": 0.0, "capital-loss": 0.0, "hours-per-week": 13.0, "native-country": None},
    }
    with pytest.raises(AbsentError, match=r"uci/adult-train\.csv\.gz is not in the data folder"):
        adult("train", str(tmp_path))


ACCURACY = Path(__file__).parents[1] / "bench" / "accuracy"


@pytest.mark.parametrize("name", sorted(path.stem for path in ACCURACY.glob("[a-z]*.py")))
def test_every_accuracy_benchmark_can_be_imported(name):
    if name in ("adult", "hybrids", "mnist", "ssl_book", "tables"):
        pytest.importorskip("torch")
    assert importlib.import_module(f"bench.accuracy.{name}").__doc__
