"""Sentences of what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semigen.recommendation import text
from semigen.recommendation.findings import (
    Amount,
    Average,
    Calibration,
    Decision,
    Ground,
    Labels,
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


BESIDE = Reference("LDA", 0.12, Ground.FEWER, elsewhere=0.03, by_chance=0.07)
SEEN = Verdict(Decision.ALL_ROWS, "mixture", 0.10, 0.04, 0.2, "apple", 0.5, BESIDE)


def test_a_verdict_decides_first_then_says_how_wrong_compared_with_what_and_how_sure():
    assert text.verdict(SEEN) == [
        "Use “mixture”.",
        "Expect 10.0 % wrong labels; anything from 4.0 % to 20.0 % fits what was seen.",
        "Always guessing “apple” would give 50.0 % wrong labels; “mixture” is better than that beyond chance.",
        "“LDA”, the best that learns from the labelled rows alone, had 12.0 %.",
        "The difference of 2.0 percentage points may be chance, which explains up to 7.0 percentage points here.",
    ]


def test_no_error_in_few_rows_is_no_promise():
    said = text.verdict(replace(SEEN, error=0.0, lower=0.0))
    assert said[1] == "It labelled no held-out row wrongly; up to 20.0 % wrong labels fit what was seen."


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (Ground.SHOWN, "The difference of 2.0 percentage points is more than chance explains (7.0 percentage points"),
        (Ground.KNOWN, "“mixture” had fewer errors than “LDA”, by 3.0 percentage points on average"),
        (Ground.PROBABILITIES, "the probabilities of “mixture” were the better ones"),
        (
            Ground.SIMPLER,
            "“mixture” is the simpler one, as it needs no unlabelled rows, and these are expected to lower",
        ),
    ],
)
def test_a_verdict_says_on_what_ground_the_difference_is_believed(ground, said):
    assert said in " ".join(text.verdict(replace(SEEN, reference=replace(BESIDE, ground=ground))))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            0.12,
            "The difference of 2.0 percentage points may be chance, which explains up to 7.0 percentage points here",
        ),
        (0.10, "That is the same error"),
        (
            0.08,
            "That is lower by 2.0 percentage points, but may be chance, which explains up to 7.0 percentage",
        ),
    ],
)
def test_a_verdict_says_which_of_the_two_had_fewer_errors(error, said):
    known = replace(SEEN, reference=replace(BESIDE, error=error, ground=Ground.KNOWN))
    told = " ".join(text.verdict(known))
    assert said in told
    assert "; but on tables like this one" in told


def test_where_a_row_or_two_tell_nothing_chance_explains_any_difference():
    said = " ".join(text.verdict(replace(SEEN, reference=replace(BESIDE, by_chance=np.inf))))
    assert "may be chance, which explains any difference here." in said


def test_a_verdict_begins_with_a_warning_where_guessing_may_be_as_good():
    for guessing in (0.15, 0.2):  # within the interval, and at its end
        said = text.verdict(replace(SEEN, guessing=guessing))
        assert said[0] == (
            "Do not use the labels of “mixture” unchecked: it is the best choice here, but not proved better than "
            "always guessing the most frequent class, “apple”."
        )
        assert "which fits what was seen as well" in said[2]
        assert not any("better than that beyond chance" in each or each.startswith("Use ") for each in said)


def test_a_verdict_begins_with_a_warning_where_a_quarter_of_the_labels_is_wrong():
    many = replace(SEEN, error=0.25, lower=0.2, upper=0.4)
    assert text.verdict(many)[:2] == [
        "Use “mixture” only where you can check its labels: 25 % of them or more are expected to be wrong.",
        "Expect 25.0 % wrong labels; anything from 20.0 % to 40.0 % fits what was seen.",
    ]
    assert text.verdict(replace(many, error=0.249))[0] == "Use “mixture”."
    assert text.verdict(replace(many, decision=Decision.LABELS_ALONE))[0].startswith(
        "Use “mixture”, which learns from the labelled rows alone, only where"
    )
    # What is worse, that nothing is proved, is said first.
    assert text.verdict(replace(many, upper=0.5))[0].startswith("Do not use the labels of “mixture” unchecked")


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
    assert said[0] == (
        "Do not rely on any of these classifiers yet: none is better than always guessing the most frequent class, "
        "“apple”."
    )
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
    found = LowerError("LDA", 0.1, "mixture", 0.14, Ground.KNOWN, elsewhere=0.02, by_chance=0.07)
    assert text.sentence(found) == (
        "“LDA” had the lowest error on the held-out rows, 10.0 % against 14.0 % of “mixture”, and was not chosen: the "
        "difference of 4.0 percentage points may be chance, which explains up to 7.0 percentage points here; but on "
        "tables like this one “mixture” had fewer errors than “LDA”, by 2.0 percentage points on average."
    )
    assert "the probabilities of “mixture” were the better ones" in text.sentence(
        replace(found, ground=Ground.PROBABILITIES)
    )
    # Tables like this one may say nothing of the two, and yet of classifiers like them.
    assert "from other tables speaks for “mixture”" in text.sentence(replace(found, elsewhere=0.0))


@pytest.mark.parametrize(
    ("fewest", "said"),
    [
        (9, "9 to 60 labels a class: few, as some class has fewer than 10."),
        (
            10,
            "10 to 60 labels a class: a moderate number, as the class with the fewest has 10 or more",
        ),
        (49, "49 to 60 labels a class: a moderate number"),
        (50, "50 to 60 labels a class: many, as every class has 50 or more."),
    ],
)
def test_the_class_with_the_fewest_labels_says_whether_there_are_few(fewest, said):
    assert text.sentence(Labels(fewest, 60, Amount.of(fewest))).startswith(said)


def test_where_all_classes_have_few_labels_every_one_is_said_to():
    assert "few, as every class has fewer than 10" in text.sentence(Labels(3, 9, Amount.of(3)))


def test_an_average_is_explained():
    assert text.sentence(Average("mean", {"a": 2.0, "b": 1.0})) == "“mean” averages class probabilities: 2 × a, 1 × b."
