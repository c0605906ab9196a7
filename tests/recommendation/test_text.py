"""Sentences of what was found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from semigen.recommendation import text
from semigen.recommendation.findings import (
    Average,
    Calibration,
    Decision,
    Ground,
    LowerError,
    NextStep,
    OutOfTime,
    Reference,
    Verdict,
)


def test_probabilities_are_called_too_sure_only_beyond_chance():
    sure = Calibration("a", 0.99, 0.80, 0.70, 0.88, 60)
    assert "too sure" in text.of_probabilities(sure)
    assert "too cautious" in text.of_probabilities(Calibration("a", 0.5, 0.80, 0.70, 0.88, 60))
    assert "within chance for 60 rows" in text.of_probabilities(Calibration("a", 0.85, 0.80, 0.70, 0.88, 60))
    assert "4 rows are too few to tell" in text.of_probabilities(Calibration("a", 0.85, 0.75, 0.30, 0.95, 4))


SEEN = Verdict(Decision.ALL_ROWS, "mixture", 0.10, 0.04, 0.2, "apple", 0.5, Reference("LDA", 0.12, Ground.FEWER))


def test_a_verdict_decides_first_then_says_how_wrong_compared_with_what_and_how_sure():
    assert text.verdict(SEEN) == [
        "Use “mixture”.",
        "Expect 10.0 % wrong labels; anything from 4.0 % to 20.0 % fits what was seen.",
        "“LDA”, the best that learns from the labelled rows alone, had 12.0 %.",
        "That difference may be chance.",
        "Always guessing “apple” would give 50.0 % wrong labels; “mixture” is better than that beyond chance.",
    ]


def test_no_error_in_few_rows_is_no_promise():
    said = text.verdict(replace(SEEN, error=0.0, lower=0.0))
    assert said[1] == "It labelled no held-out row wrongly; up to 20.0 % wrong labels fit what was seen."


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (Ground.SHOWN, "Chance does not explain that difference."),
        (Ground.KNOWN, "“mixture” had fewer errors than “LDA”, by 3.0 percentage points on average"),
        (Ground.PROBABILITIES, "the probabilities of “mixture” were the better ones"),
        (Ground.SIMPLER, "“mixture” is expected to do as well without unlabelled rows"),
    ],
)
def test_a_verdict_says_on_what_ground_the_difference_is_believed(ground, said):
    assert said in " ".join(text.verdict(replace(SEEN, reference=Reference("LDA", 0.12, ground, 0.03))))


@pytest.mark.parametrize(
    ("error", "said"),
    [(0.12, "That difference may be chance"), (0.10, "That is as low"), (0.08, "That is lower, which may be chance")],
)
def test_a_verdict_says_which_of_the_two_had_fewer_errors(error, said):
    known = replace(SEEN, reference=Reference("LDA", error, Ground.KNOWN, 0.03))
    assert f"{said}, but on tables like this one" in " ".join(text.verdict(known))


def test_a_verdict_says_where_guessing_may_be_as_good():
    assert text.verdict(replace(SEEN, guessing=0.15))[-1] == (
        "Always guessing “apple” would give 15.0 % wrong labels; “mixture” is not proved better than that, so check "
        "its labels before you use them."
    )


def test_labels_alone_are_compared_with_the_best_of_the_others():
    alone = replace(SEEN, decision=Decision.LABELS_ALONE, unknown=("GAN", "VAE"))
    said = " ".join(text.verdict(alone))
    assert said.startswith("Use “mixture”, which learns from the labelled rows alone.")
    assert "“LDA”, the best that learns from the unlabelled rows too, had 12.0 %." in said
    assert "GAN" not in said
    unmeasured = "“GAN” and “VAE”, which learn from the unlabelled rows too, could not be measured."
    assert unmeasured in text.verdict(replace(alone, reference=None))
    lonely = text.verdict(replace(alone, reference=None, unknown=()))
    assert "There was nothing that learns from unlabelled rows to compare it with." in lonely


def test_what_is_no_better_than_guessing_is_not_recommended():
    said = text.verdict(replace(SEEN, decision=Decision.UNRELIABLE, error=0.5))
    assert said[0] == "Do not rely on any of these classifiers yet."
    assert "Always guessing “apple” labels 50.0 % of the rows wrongly." in said


def test_each_medium_says_what_its_reader_can_type():
    late = OutOfTime(("VAE",), 29, 90)
    assert text.sentence(late) == ("“VAE” had no time. It needs about 29 s more than was left; budget=90 gives enough.")
    assert text.sentence(late, text.Medium.COMMAND).endswith("; --budget 90 gives enough.")
    assert "rank_queries" in text.sentence(NextStep(True))
    assert "--report" in text.sentence(NextStep(True), text.Medium.COMMAND)
    assert text.sentence(NextStep(True, ("rare",), 90), text.Medium.PAGE) == (
        "What may change the choice: more labels, most of all of “rare”; more time (--budget 90), in which others are "
        "compared as well."
    )
    assert "is likely to change the choice" in text.sentence(NextStep(False))


def test_long_lists_are_cut():
    assert text.listed(["a"]) == "“a”"
    assert text.listed(["a", "b, c"]) == "“a” and “b, c”"
    assert text.listed(list("abcde")) == "“a”, “b”, “c” and 2 more"


def test_a_chosen_candidate_with_the_higher_error_is_explained():
    said = text.sentence(LowerError("LDA", 0.1, "mixture", 0.2, is_chance=False))
    assert said.startswith("“LDA” had the lower error on the held-out rows (10.0 % against 20.0 %).")
    assert "“mixture” is expected to be ahead" in said


def test_an_average_is_explained():
    assert text.sentence(Average("mean", {"a": 2.0, "b": 1.0})) == "“mean” averages class probabilities: 2 × a, 1 × b."
