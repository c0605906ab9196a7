"""Recommendations: candidates in their order, and what became of each."""

from __future__ import annotations

import pytest

from semigen.display import RecommendationDisplay
from tests.display.examples import RACE


def test_recommendations_keep_their_order_and_say_what_became_of_each():
    # As `recommend` ranks them: the lowest error need not come first.
    display = RecommendationDisplay(**RACE, statuses=["no time", "raced", "raced", "failed"]).plot()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == RACE["names"]
    bold = [label.get_text() for label in display.ax_.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == ["mixture"]
    assert [text.get_text() for text in display.texts_] == [
        "31.0 %, no time",
        "20.0 %, labels alone",
        "15.0 %, chosen",
        "failed",
    ]
    assert [dot.get_xdata()[0] for dot in display.dots_[:3]] == pytest.approx([31, 20, 15])
    assert [list(line.get_xdata()) for line in display.intervals_] == [pytest.approx([17, 23]), pytest.approx([12, 18])]
    assert display.baseline_.get_xdata()[0] == pytest.approx(20)
    assert "ordered by what is expected on new rows" in display.ax_.get_xlabel()
    guessed = RecommendationDisplay(**RACE).statuses
    assert guessed == ["dropped early", "raced", "raced", "failed"]


def test_all_candidates_that_learn_from_labels_alone_are_marked():
    display = RecommendationDisplay(**RACE, labels_alone=[True, True, False, False]).plot()
    assert [text.get_text() for text in display.texts_][:2] == [
        "31.0 %, dropped early, labels alone",
        "20.0 %, labels alone",
    ]
    assert "dashed: " + RACE["names"][RACE["baseline"]] in display.ax_.get_xlabel()


def test_a_candidate_that_was_chosen_unmeasured_is_no_failed_one():
    display = RecommendationDisplay(**{**RACE, "chosen": 3}).plot()
    assert display.texts_[3].get_text() == "not measured, chosen"


def test_the_mark_of_an_error_of_zero_does_not_touch_the_names():
    display = RecommendationDisplay(
        names=["a", "b"], errors=[0, 0.5], lower=[0, 0.4], upper=[0.1, 0.6], chosen=0
    ).plot()
    display.figure_.canvas.draw()
    mark = display.dots_[0]
    left = display.ax_.transData.transform((0, 0))[0] - mark.get_markersize() / 2 * display.figure_.dpi / 72
    assert left > display.ax_.bbox.x0


def test_a_recommendation_says_what_became_of_candidates_that_have_no_interval():
    statuses = ["dropped early", "raced", "raced", "no time"]
    display = RecommendationDisplay(**RACE, statuses=statuses).plot()
    said = [text.get_text() for text in display.texts_]
    assert said == ["31.0 %, dropped early", "20.0 %, labels alone", "15.0 %, chosen", "no time"]
    assert [dot.get_markerfacecolor() == "white" for dot in display.dots_] == [True, False, False, True]
