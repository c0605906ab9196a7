"""Sentences of the report: how far to trust the classifier, and which rows to check."""

from __future__ import annotations

from dataclasses import replace

from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.findings import Calibration
from semigen.report import Contents
from semigen.report.page_text import in_percent_apart, labelled, trust
from tests.report.made_up import made_up


def test_every_candidate_has_a_sentence_for_those_who_do_not_know_its_name():
    assert all(each.about.endswith(".") for each in CANDIDATES.values())


def test_a_classifier_that_is_too_sure_is_not_trusted_with_what_to_check(contents):
    def measured(confidence: float) -> Contents:
        calibration = Calibration("mixture", confidence, 0.85, 0.75, 0.92, 100)
        data_summary = replace(made_up().data_summary, calibration=(calibration,))
        return replace(contents, found=made_up(data_summary=data_summary), labelled="out.csv")

    assert "surer than it should be: 99 % on average, and right in 85 %" in trust(measured(0.99))[0]
    assert "check some of those as well of which it is sure" in labelled(measured(0.99))
    for fair in (0.85, 0.80):
        assert not any("surer" in said for said in trust(measured(fair)))
        assert labelled(measured(fair)).endswith("“kind_probability” says how sure the classifier is of each.")


def test_probabilities_have_as_many_digits_as_tell_them_apart():
    assert in_percent_apart([0.5, 0.7]) == ["50 %", "70 %"]
    assert in_percent_apart([0.501, 0.504]) == ["50.1 %", "50.4 %"]
    assert in_percent_apart([0.9997, 0.99981]) == ["99.97 %", "99.98 %"]
    assert in_percent_apart([1.0, 1.0]) == ["100 %", "100 %"]
    assert in_percent_apart([float("nan"), 0.25]) == ["–", "25 %"]
    assert in_percent_apart([]) == []


def test_few_labels_of_a_class_are_pointed_out(contents):
    def told(*classes: tuple[str, int]) -> str:
        return trust(replace(contents, classes=[("a", 20), *classes]))[0]

    assert told(("rare", 4)).startswith("“rare” has fewer than 10 labelled rows.")
    assert told(("rare", 4), ("rarer", 2)).startswith("2 classes, such as “rarer”, have fewer than 10 labelled rows.")
    assert trust(replace(contents, classes=[("a", 4), ("b", 3)]))[0].startswith("Both classes have fewer than 10")
    assert "“rare” has only one labelled row, so nothing here says how well it is told." in told(("rare", 1))
    assert "2 classes, such as “x”, have only one labelled row" in told(("x", 1), ("y", 1))
    assert len(trust(replace(contents, classes=[("a", 20), ("b", 10)]))) == 1
