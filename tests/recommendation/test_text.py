"""Sentences of what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semigen.recommendation import text
from semigen.recommendation.findings import Amount, Average, Calibration, Labels, LowerError, NextStep, OutOfTime
from semigen.recommendation.summary import ground_of
from semigen.recommendation.verdict import Decision, Ground, Reference, Verdict


def test_probabilities_are_called_too_sure_only_beyond_chance():
    sure = Calibration("a", 0.99, 0.80, 0.70, 0.88, 60)
    assert "too sure" in text.of_probabilities(sure)
    assert "too cautious" in text.of_probabilities(Calibration("a", 0.5, 0.80, 0.70, 0.88, 60))
    assert "within chance for 60 rows" in text.of_probabilities(Calibration("a", 0.85, 0.80, 0.70, 0.88, 60))
    assert "4 rows are too few to tell" in text.of_probabilities(Calibration("a", 0.85, 0.75, 0.30, 0.95, 4))


BESIDE = Reference("LDA", 0.12, Ground.FEWER, elsewhere=0.03, n_similar=8.0, by_chance=0.07)
SEEN = Verdict(Decision.ALL_ROWS, "mixture", 0.10, 0.04, 0.2, "apple", 0.5, BESIDE, 300, 50)


def test_a_verdict_decides_first_then_says_how_wrong_compared_with_what_and_how_sure():
    assert text.verdict(SEEN) == [
        "Use “mixture”.",
        "Expect about 30 of the 300 predicted labels to be wrong (10.0 %); it may be anything from 12 to 60 "
        "(4.0 to 20.0 %).",
        "Answering “apple” for every row would be wrong in 50.0 %; “mixture” is better than that beyond chance.",
        "“LDA”, which learns from the labelled rows alone, labelled 12.0 % of the held-out rows wrongly, against "
        "10.0 % by “mixture”.",
        "That is 2.0 percentage points more, which may be chance: chance alone explains up to 7.0 "
        "percentage points here. “mixture” was chosen for its lower error here.",
    ]


def test_no_error_in_few_rows_is_no_promise():
    said = text.verdict(replace(SEEN, error=0.0, lower=0.0))
    assert said[1] == (
        "It labelled none of the 50 held-out rows wrongly; still, up to 60 of the 300 predicted labels (20.0 %) may be "
        "wrong."
    )


def test_without_unlabelled_rows_errors_are_of_new_rows():
    said = text.verdict(replace(SEEN, n_unlabeled=0))
    assert (
        said[1]
        == "It labelled 10.0 % of the held-out rows wrongly; of new rows, it may be anything from 4.0 to 20.0 %."
    )
    none = text.verdict(replace(SEEN, n_unlabeled=0, error=0.0, lower=0.0))
    assert none[1].endswith("still, up to 20.0 % of the labels of new rows may be wrong.")


@pytest.mark.parametrize(
    ("seen", "ground"),
    [
        ({"fewer": True, "told_apart": True, "adds_unlabeled": True}, Ground.SHOWN),
        ({"fewer": True, "adds_unlabeled": True}, Ground.FEWER),
        ({"fewer": True, "adds_unlabeled": True, "elsewhere": 0.05}, Ground.KNOWN),
        ({"adds_unlabeled": True, "elsewhere": 0.05}, Ground.NOT_WORTH_IT),
        ({"surer": True}, Ground.PROBABILITIES),
        ({}, Ground.KNOWN),
    ],
)
def test_a_lower_error_is_a_reason_whatever_the_other_learns_from(seen, ground):
    none = {"fewer": False, "told_apart": False, "adds_unlabeled": False, "elsewhere": 0.0, "surer": False}
    assert ground_of(**none | seen) is ground


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (Ground.SHOWN, "The difference of 2.0 percentage points is more than chance explains (7.0 percentage points"),
        (
            Ground.KNOWN,
            "What decided: on other tables like this one (about 8), “mixture” made fewer errors, by 3.0 percentage",
        ),
        (Ground.PROBABILITIES, "What decided: the probabilities of “mixture” fit the hidden labels better"),
        (Ground.NOT_WORTH_IT, "“LDA” was not chosen, as on other"),
    ],
)
def test_a_verdict_says_on_what_ground_the_difference_is_believed(ground, said):
    assert said in " ".join(text.verdict(replace(SEEN, reference=replace(BESIDE, ground=ground))))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"n_similar": 0.5}, "no other table is like this one"),
        ({"elsewhere": 0.03}, "“mixture” made fewer errors, by 3.0 percentage points on average"),
        (
            {"elsewhere": 0.001},
            "its error was about that of “mixture”, and the held-out rows here do not prove a lower one",
        ),
        (
            {"elsewhere": -0.02},
            "do not prove that its error is lower. Then what needs the labelled rows alone is chosen, although",
        ),
    ],
)
def test_why_unlabelled_rows_are_not_worth_it_is_what_other_tables_say(known, said):
    reference = replace(BESIDE, ground=Ground.NOT_WORTH_IT, **known)
    assert said in " ".join(text.verdict(replace(SEEN, decision=Decision.LABELS_ALONE, reference=reference)))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            0.12,
            "That is 2.0 percentage points more, which may be chance: chance alone explains up to 7.0",
        ),
        (
            0.10,
            "The two errors are the same; 50 rows cannot show a difference of less than 7.0 percentage points.",
        ),
        (
            0.08,
            "That is 2.0 percentage points less, which may be chance: chance alone explains up to 7.0",
        ),
    ],
)
def test_a_verdict_says_which_of_the_two_had_fewer_errors_and_whether_that_is_sure(error, said):
    known = replace(SEEN, reference=replace(BESIDE, error=error, ground=Ground.KNOWN))
    told = " ".join(text.verdict(known))
    assert said in told
    assert "What decided: on other tables like this one" in told


def test_the_same_errors_on_the_same_rows_prove_no_tie():
    same = replace(SEEN, reference=replace(BESIDE, error=0.1, by_chance=0.0))
    assert "50 rows cannot show a difference of less than 6.0 percentage points" in " ".join(text.verdict(same))
    few = " ".join(text.verdict(replace(same, n_held_out=3)))
    assert "3 rows cannot show any difference." in few


def test_where_a_row_or_two_tell_nothing_chance_explains_any_difference():
    said = " ".join(text.verdict(replace(SEEN, reference=replace(BESIDE, by_chance=np.inf))))
    assert "may be chance: chance alone explains any difference here." in said


def test_a_verdict_begins_with_a_warning_where_guessing_may_be_as_good():
    for guessing in (0.15, 0.2):  # within the interval, and at its end
        said = text.verdict(replace(SEEN, guessing=guessing))
        assert said[:2] == [
            "Do not rely on the predicted labels yet: about 30 of 300 are likely wrong, and 50 labels cannot show that "
            "this is better than answering “apple” for every row. Label more rows to find out, or check every "
            "row that you use.",
            "The classifier that was chosen is “mixture”.",
        ]
        assert "That lies inside the range 4.0 to 20.0 %, so the classifier may be no better than guessing." in said[3]
        assert not any("better than that beyond chance" in each or each.startswith("Use ") for each in said)


def test_a_verdict_begins_with_a_warning_where_a_quarter_of_the_labels_is_wrong():
    many = replace(SEEN, error=0.25, lower=0.2, upper=0.4)
    assert text.verdict(many)[:3] == [
        "Check every predicted label that you use: about 75 of 300 are likely wrong.",
        "The classifier that was chosen is “mixture”.",
        "It labelled 25.0 % of the held-out rows wrongly; of the 300 predicted labels, anything from 60 to 120 may be "
        "wrong (20.0 to 40.0 %).",
    ]
    assert text.verdict(replace(many, error=0.249))[0] == "Use “mixture”."
    assert text.verdict(replace(many, decision=Decision.LABELS_ALONE))[1] == (
        "The classifier that was chosen is “mixture”, which learns from the labelled rows alone."
    )
    # What is worse, that nothing is proved, is said first.
    assert text.verdict(replace(many, upper=0.5))[0].startswith("Do not rely on the predicted labels yet")
    assert "about 25.0 % are likely wrong" in text.verdict(replace(many, n_unlabeled=0))[0]


def test_labels_alone_are_compared_with_the_best_of_the_others():
    alone = replace(SEEN, decision=Decision.LABELS_ALONE, unknown=("GAN", "VAE"))
    said = " ".join(text.verdict(alone))
    assert said.startswith("Use “mixture”, which learns from the labelled rows alone.")
    assert "“LDA”, which learns from the unlabelled rows too, labelled 12.0 % of the held-out rows wrongly" in said
    assert "GAN" not in said
    unmeasured = "“GAN” and “VAE”, which learn from the unlabelled rows too, could not be measured."
    assert unmeasured in text.verdict(replace(alone, reference=None))
    lonely = text.verdict(replace(alone, reference=None, unknown=()))
    assert "There was nothing that learns from unlabelled rows to compare it with." in lonely


def test_what_is_no_better_than_guessing_is_not_recommended():
    said = text.verdict(replace(SEEN, decision=Decision.UNRELIABLE, error=0.5))
    assert said[0] == (
        "Do not rely on any of these classifiers yet: none makes fewer errors than answering “apple” for every row. "
        "Label more rows, or add columns that tell the classes apart."
    )
    assert "Answering “apple” for every row would be wrong in 50.0 %." in said


LATE = OutOfTime(("VAE",), 90, 90)


def test_each_medium_says_what_its_reader_can_type():
    assert (
        text.sentence(LATE)
        == "“VAE” could not be compared for lack of time. With budget=90 (seconds) it is compared as well."
    )
    assert text.sentence(LATE, text.Medium.COMMAND).endswith("With --budget=90 (seconds) it is compared as well.")
    assert "rank_queries" in text.sentence(NextStep(True))
    assert "--report" in text.sentence(NextStep(True), text.Medium.COMMAND)
    assert text.sentence(NextStep(True, ("rare",), LATE), text.Medium.PAGE) == (
        "What may change the choice: more labels, most of all of “rare”; more time, to compare more classifiers. With "
        "--budget=90 (seconds) it is compared as well."
    )
    assert "is likely to change the choice" in text.sentence(NextStep(False))


def test_budgets_are_the_same_wherever_they_are_named_and_say_what_they_buy():
    late = replace(LATE, names=("VAE", "GAN"), budget_for_all=400)
    for finding in (late, NextStep(True, (), late)):
        assert "With --budget=90 (seconds) one more is compared, with --budget=400 all of them." in text.sentence(
            finding, text.Medium.PAGE
        )
    assert text.sentence(late).startswith("2 classifiers could not be compared for lack of time: “VAE” and “GAN”. With")


def test_long_lists_are_cut():
    assert text.listed(["a"]) == "“a”"
    assert text.listed(["a", "b, c"]) == "“a” and “b, c”"
    assert text.listed(list("abcde")) == "“a”, “b”, “c” and 2 more"


def test_a_chosen_candidate_with_the_higher_error_is_explained():
    other = Reference("LDA", 0.1, Ground.KNOWN, elsewhere=0.02, n_similar=8.0, by_chance=0.07)
    found = LowerError(other, "mixture", 0.14, 50)
    assert text.sentence(found) == (
        "“LDA” labelled fewer of the held-out rows wrongly than “mixture”, 10.0 % against 14.0 %, and was not chosen. "
        "That is 4.0 percentage points less, which may be chance: chance alone explains up to 7.0 percentage points "
        "here. What decided: on other tables like this one (about 8), “mixture” made fewer errors, by 2.0 percentage "
        "points on average."
    )
    surer = replace(found, other=replace(other, ground=Ground.PROBABILITIES))
    assert "the probabilities of “mixture” fit the hidden labels better" in text.sentence(surer)
    # Tables like this one may say nothing of the two, and yet of classifiers like them.
    alike = replace(found, other=replace(other, elsewhere=0.0))
    assert "did on other tables speaks for “mixture”" in text.sentence(alike)


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
    assert text.sentence(Labels(fewest, 60, Amount.of(fewest), True)).startswith(said)


def test_where_all_classes_have_few_labels_every_one_is_said_to():
    assert "few, as every class has fewer than 10" in text.sentence(Labels(3, 9, Amount.of(3), True))


def test_what_is_usual_of_unlabelled_rows_is_told_beside_what_was_chosen():
    for chosen, said in (
        (True, "the classifier that was chosen here learns from them."),
        (False, "does without them."),
    ):
        assert text.sentence(Labels(3, 9, Amount.FEW, chosen)).endswith(said)


def test_an_average_is_explained():
    assert text.sentence(Average("mean", {"a": 2.0, "b": 1.0})) == "“mean” averages class probabilities: 2 × a, 1 × b."
    stacked = text.sentence(Average("ensemble", {"a": 8.0, "b": 1.0}, stacked=True))
    assert stacked == (
        "“ensemble” averages the class probabilities of several classifiers. They begin with these weights: 8 × a, "
        "1 × b. The better one of them told hidden labels, the more it counts in the end."
    )
