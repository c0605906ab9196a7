"""Training histories: every step, in one panel for each term."""

from __future__ import annotations

import numpy as np
import pytest

from semigen.display import TrainingHistoryDisplay
from tests.display.examples import MODEL, written_on


def test_histories_have_every_step():
    display = TrainingHistoryDisplay.from_estimator(MODEL)
    (line,) = display.lines_.values()
    assert np.array_equal(line.get_ydata(), MODEL.history_)
    assert np.array_equal(line.get_xdata(), np.arange(len(MODEL.history_)))
    terms = {"bound": [3.0, 2.0, 1.5], "labeled_loss": [1.0, 0.5, 0.4]}
    panels = TrainingHistoryDisplay(terms=terms).plot()
    assert [len(line.get_ydata()) for line in panels.lines_.values()] == [3, 3]
    assert [place.get_title() for place in panels.axes_] == ["bound", "labelled loss"]
    assert panels.lines_["bound"].get_xdata().tolist() == [1, 2, 3]


def test_a_single_term_may_be_named_without_a_list():
    assert list(TrainingHistoryDisplay.from_estimator(MODEL, terms="objective").lines_) == ["objective"]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_start_far_off_does_not_flatten_the_rest_of_a_history(sign):
    values = sign * np.array([-250.0, -97, -96.5, -96.2, -96, -95.9, -95.8, -95.7])
    display = TrainingHistoryDisplay(terms={"objective": values}).plot()
    low, high = display.ax_.get_ylim()
    assert high - low < 2
    assert low < min(values[1:]) < max(values[1:]) < high
    assert written_on(display.ax_) == [f"starts {'below' if sign > 0 else 'above'}, at {sign * -250:,}"]
    assert np.array_equal(display.lines_["objective"].get_ydata(), values)
    near = TrainingHistoryDisplay(terms={"objective": np.arange(9.0)}).plot()
    assert written_on(near.ax_) == []
