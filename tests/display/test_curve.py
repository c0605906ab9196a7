"""Label curves: means, bands, and names at the ends of lines."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from semigen import SemiSupervisedGMM, label_curve
from semigen.display import LabelCurveDisplay
from tests.display.examples import CURVE, IRIS, SPECIES


def test_label_curves_have_the_means_and_bands_of_the_errors():
    X, y = IRIS, np.where(np.arange(150) % 2 == 0, SPECIES, -1)
    models = {"mixture": SemiSupervisedGMM(), "logistic": LogisticRegression(max_iter=500)}
    curve = label_curve(models, X, y, sizes=[6, 30], n_repeats=5, random_state=0)
    display = LabelCurveDisplay.from_curve(curve)
    for k, line in enumerate(display.lines_):
        assert np.array_equal(line.get_xdata(), curve.sizes)
        assert np.allclose(line.get_ydata(), 100 * curve.errors[k].mean(axis=1))
        corners = display.bands_[k].get_paths()[0].vertices
        # The same bands as in the table.
        for size, low, high in zip(curve.sizes, *100 * curve.bands[:, k], strict=True):
            heights = corners[corners[:, 0] == size, 1]
            assert heights.max() == pytest.approx(high)
            assert heights.min() == pytest.approx(low)
    assert [text.get_text() for text in display.names_] == list(curve.names)


def test_label_curves_say_which_estimator_failed():
    errors = np.array([[[0.2, 0.1]], [[np.nan, np.nan]]])
    display = LabelCurveDisplay(sizes=[9], names=["fine", "broken"], errors=errors).plot()
    assert [text.get_text() for text in display.names_] == ["fine", "broken (failed)"]


def test_a_curve_without_unlabelled_rows_does_not_speak_of_them():
    assert LabelCurveDisplay(**CURVE, n_unlabeled=0).plot().ax_.get_xlabel() == "labelled rows"
    assert LabelCurveDisplay(**CURVE, n_unlabeled=70).plot().ax_.get_xlabel() == "labelled rows, beside 70 unlabelled"


def test_the_leader_of_a_line_starts_where_the_line_ends():
    errors = np.array([[[0.2], [0.1], [0.05]], [[0.3], [0.25], [np.nan]]])
    display = LabelCurveDisplay(sizes=[5, 50, 5000], names=["whole", "cut"], errors=errors).plot()
    assert [text.get_text() for text in display.names_] == ["whole", "cut (to 50)"]
    assert [text.xy for text in display.names_] == [(5000, 5), (50, 25)]


def test_sizes_are_drawn_in_rising_order():
    shuffled = LabelCurveDisplay(sizes=[50, 5], names=CURVE["names"], errors=CURVE["errors"][:, ::-1]).plot()
    straight = LabelCurveDisplay(**CURVE).plot()
    for one, other in zip(shuffled.lines_, straight.lines_, strict=True):
        assert np.array_equal(one.get_xydata(), other.get_xydata())


def test_numbers_of_close_sizes_do_not_run_into_each_other():
    sizes = [1000, 1001, 1002, 1400, 1401, 1402, 2000]
    display = LabelCurveDisplay(sizes=sizes, names=["a"], errors=np.full((1, 7, 1), 0.1)).plot()
    display.figure_.canvas.draw()
    labels = [label for label in display.ax_.get_xticklabels() if label.get_visible()]
    boxes = [label.get_window_extent() for label in labels]
    assert not any(one.overlaps(other) for one, other in zip(boxes[1:], boxes[:-1], strict=True))
    assert labels[-1].get_text() == "2,000"
    assert len(labels) == 3


@pytest.mark.parametrize("n_repeats", [2, 4])
def test_few_draws_are_dots_and_no_band(n_repeats):
    errors = np.random.default_rng(0).random((2, 3, n_repeats))
    display = LabelCurveDisplay(sizes=[5, 50, 500], names=["a", "b"], errors=errors).plot()
    assert display.bands_ == []
    assert np.isnan(display.ends_).all()
    for dots, of_one in zip(display.draws_, errors, strict=True):
        shown = dots.get_xydata()
        for size, of_size in zip([5, 50, 500], of_one, strict=True):
            assert np.allclose(shown[shown[:, 0] == size, 1], 100 * of_size)
    said = display.ax_.get_ylabel()
    assert f"mean of {n_repeats} draws" in said
    assert "small dots" in said
    assert "band" not in said


def test_a_curve_of_one_draw_has_neither_dots_nor_bands():
    display = LabelCurveDisplay(sizes=[5, 50], names=["a"], errors=np.full((1, 2, 1), 0.1)).plot()
    assert (display.bands_, display.draws_) == ([], [])
    assert display.ax_.get_ylabel() == "error in %"
