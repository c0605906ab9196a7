"""Advice to label more rows: the same as what the label curve says, wherever it is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semigen.model_selection.label_curves import LabelCurve
from semigen.model_selection.more_labels import Help, MoreLabels
from semigen.recommendation import text
from semigen.recommendation.findings import NextStep
from semigen.recommendation.verdict import Caution, Decision
from semigen.recommendation.with_label_curve import with_label_curve
from tests.recommendation.test_text import SEEN
from tests.report.made_up import made_up

NO = MoreLabels(Help.NO, "mixture", 20, 40, 0.305, 0.30, 0.01, 8)
YES = MoreLabels(Help.YES, "mixture", 20, 40, 0.40, 0.30, 0.05, 8)
UNCLEAR = MoreLabels(Help.CANNOT_TELL, "mixture", 20, 40, 0.33, 0.30, 0.08, 8)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (YES, "Yes, more labels are likely to lower the error."),
        (YES, "With 40 labels instead of 20, the error of “mixture” went from 40.0 % to 30.0 %."),
        (YES, "That fall of 10.0 percentage points is more than chance explains (5.0 percentage points at most)."),
        (NO, "No, more labels of this kind would hardly lower the error."),
        (NO, "twice as many labels lower it by less than 2.0 percentage points."),
        (UNCLEAR, "That cannot be told. With 40 labels"),
        (UNCLEAR, "Chance alone explains up to 8.0 percentage points here."),
        (replace(UNCLEAR, n_draws=2, by_chance=np.inf), "That cannot be told from 2 draws of the labels"),
        (replace(NO, error_few=0.3), "the error of “mixture” stayed at 30.0 %."),
    ],
)
def test_the_question_has_an_answer_in_a_sentence(found, said):
    assert said in text.more_labels(found)


@pytest.mark.parametrize("decision", [Decision.UNRELIABLE, Decision.ALL_ROWS])
def test_a_verdict_asks_for_labels_only_where_they_may_help(decision):
    warned = replace(SEEN, decision=decision, error=0.3, upper=0.6)
    assert decision is Decision.UNRELIABLE or warned.caution is Caution.NOT_PROVED
    for told in (None, YES, UNCLEAR):
        assert "Label more rows" in text.verdict(replace(warned, more_labels=told))[0]
    said = text.verdict(replace(warned, more_labels=NO))[0]
    assert "Label more rows" not in said
    assert "more labels would hardly lower the error" in said


def test_the_next_step_agrees_with_the_curve():
    step = NextStep(True, ("plum",))
    assert "most of all of “plum”" in text.sentence(step)
    assert "What may change the choice: more labels" in text.sentence(replace(step, measured=YES))
    said = text.sentence(replace(step, measured=NO), text.Medium.PAGE)
    assert said == (
        "More labels would show more surely which classifier is best, and hardly lower the error of this one."
    )
    assert text.sentence(NextStep(False, measured=NO), text.Medium.PAGE).startswith("Neither more labels")


def test_the_answer_is_told_on_the_terminal_and_left_to_the_picture_on_the_page():
    step = NextStep(True, measured=YES)
    answer = f"{text.QUESTION} {text.more_labels(YES)}"
    assert answer in text.sentence(step, text.Medium.COMMAND)
    assert answer not in text.sentence(step, text.Medium.PAGE)


def test_a_curve_tells_the_verdict_and_the_next_step_of_the_chosen_classifier():
    errors = np.array([np.full((2, 4), 0.3), [[0.4, 0.41, 0.42, 0.41], [0.2, 0.21, 0.22, 0.2]]])
    curve = LabelCurve(("logistic regression", "mixture"), np.array([20, 40]), errors, 100, 20, (False, True))
    found = with_label_curve(made_up(), curve)
    assert found.conclusion.more_labels is not None
    assert (found.conclusion.more_labels.name, found.conclusion.more_labels.help) == ("mixture", Help.YES)
    (step,) = [each for each in found.findings if isinstance(each, NextStep)]
    assert step.measured == found.conclusion.more_labels
