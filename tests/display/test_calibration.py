"""Calibration curves: they agree with scikit-learn's, and use labelled rows only."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen.display import CalibrationDisplay
from tests.display.examples import IRIS, KNOWN, MODEL, SPECIES


def test_calibration_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 400) ** 0.3
    right = rng.random(400) < sure
    display = CalibrationDisplay.from_predictions(np.where(right, 1, 0), np.column_stack([1 - sure, sure]), n_bins=8)
    accuracy, confidence = calibration_curve(right, sure, n_bins=8, strategy="quantile")
    assert np.allclose(display.line_.get_ydata(), accuracy)
    assert np.allclose(display.line_.get_xdata(), confidence)
    assert display.counts.tolist() == [50] * 8
    expected = np.abs(accuracy - confidence).mean()
    assert display.expected_error_ == pytest.approx(expected)
    assert f"error {100 * expected:.1f} %" in display.ax_.get_legend().get_texts()[1].get_text()
    assert (display.lower_ <= accuracy).all()
    assert (accuracy <= display.upper_).all()
    assert np.allclose(display.edges[[0, -1], [0, 1]], [sure.min(), sure.max()])


def test_calibration_shows_the_whole_diagonal_on_square_axes():
    display = CalibrationDisplay.from_predictions([0, 1], [[1, 0], [0, 1]], name="a name of twenty-eight let")
    ax = display.ax_
    display.figure_.canvas.draw()
    assert ax.get_legend().get_window_extent().x1 <= display.figure_.bbox.x1
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_aspect()) == ((0, 1), (0, 1), 1)
    assert [list(line.get_xdata()) for line in ax.lines if line.get_linestyle() == "--"] == [[0, 1]]


def test_shares_of_right_answers_are_drawn_as_they_are_given():
    display = CalibrationDisplay.from_confidence([0.6, 0.7, 0.9, 1.0], [0.5, 0.0, 1.0, 1.0], n_bins=2)
    assert display.accuracy.tolist() == [0.25, 1.0]
    assert display.confidence.tolist() == pytest.approx([0.65, 0.95])
    with pytest.raises(ValueError, match="right must hold a number between 0 and 1"):
        CalibrationDisplay.from_confidence([0.5], [2.0])


def test_a_long_name_stands_whole_in_the_legend():
    name = "an average of linear models and boosting"
    display = CalibrationDisplay.from_confidence([0.6, 0.7], [0.5, 1.0], name=name)
    assert " ".join(display.ax_.get_legend().get_texts()[1].get_text().split()).startswith(name)


def test_rows_of_one_probability_share_a_bin():
    display = CalibrationDisplay.from_predictions([0, 0, 1, 1], np.tile([0.7, 0.3], (4, 1)), n_bins=4)
    assert display.counts.tolist() == [4]


def test_two_classifiers_on_the_same_axes_are_told_apart():
    ax = Figure().subplots()
    scaled = make_pipeline(StandardScaler(), make_pipeline(LogisticRegression())).fit(IRIS, SPECIES)
    drawn = [CalibrationDisplay.from_estimator(model, IRIS, SPECIES, ax=ax) for model in (MODEL, scaled)]
    assert len({display.line_.get_color() for display in drawn}) == 2
    assert len({display.line_.get_marker() for display in drawn}) == 2
    named = [text.get_text().split("\n")[0] for text in ax.get_legend().get_texts()]
    assert named == ["as often as it says", "SemiSupervisedGMM", "LogisticRegression"]
    assert sum(line.get_linestyle() == "--" for line in ax.lines) == 1


def test_calibration_leaves_unlabelled_rows_out():
    few = CalibrationDisplay.from_estimator(MODEL, IRIS[KNOWN >= 0], SPECIES[KNOWN >= 0])
    all_rows = CalibrationDisplay.from_estimator(MODEL, IRIS, KNOWN)
    assert all_rows.counts.sum() == 30
    assert np.array_equal(few.line_.get_xydata(), all_rows.line_.get_xydata())
