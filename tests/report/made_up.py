"""A made-up recommendation, the page about it, and the same with markup in every name."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier

from semigen.labels import encode
from semigen.recommendation import CandidateResult, DataSummary, Recommendation
from semigen.recommendation.findings import Calibration, HeldOutLabels, NextStep, Remark, Status
from semigen.recommendation.verdict import Decision, Ground, Reference, Unmeasured, Verdict
from semigen.report import ColumnSeen, Contents, Picture, Question, Step
from semigen.report.pictures import pictures_of
from semigen.report.pictures.material import Material

NASTY = "<script>alert('x')</script> & \"quotes\" <img src=https://example.org/x.png>"


def candidate(name: str, error: float, status: str = "raced", **options: Any) -> CandidateResult:
    given = {"uses_unlabeled": True, "gain": 0.0, "gain_sd": 0.0, "n_rounds": 3, "seconds": 1.0}
    given |= {"seconds_of_fit": 1.0} | options
    return CandidateResult(
        name=name, estimator=None, error=error, lower=error - 0.05, upper=error + 0.05, status=Status(status), **given
    )


def made_up(**changes: Any) -> Recommendation:
    candidates = (
        candidate("mixture", 0.15),
        candidate("logistic regression", 0.18, uses_unlabeled=False),
        candidate("label spreading", 0.30, "dropped early"),
        candidate("GAN", np.nan, "no time", n_rounds=0, seconds=0.0, more_seconds=90.0, budget=100.0),
    )
    right = np.arange(30) % 5 > 0
    measured = Calibration("mixture", 0.8, 0.8, 0.6, 0.9, 30, np.linspace(0.6, 1, 30), right.astype(float))
    data_summary = DataSummary(300, 30, 270, 5, {"a": 15, "b": 15}, 0, None, (measured,))
    return Recommendation(
        **{
            "candidates": candidates,
            "chosen": 0,
            "baseline": 1,
            "data_summary": data_summary,
            "conclusion": Verdict(
                Decision.ALL_ROWS, "mixture", 0.15, 0.1, 0.2, "a", 0.5, Reference("LDA", 0.18, Ground.FEWER), 270, 30
            ),
            "findings": (HeldOutLabels(30, 3, 5.0), NextStep(True)),
            "best_estimator_": None,
            "seconds": 12.0,
        }
        | changes
    )


def material(**changes: Any) -> Material:
    """300 rows of noise, 30 of them labelled, and time for no fit."""
    rows = np.random.default_rng(0).normal(size=(300, 4))
    labels = encode(np.array(["a", "b", None], dtype=object)[np.repeat([0, 1, 2], [15, 15, 270])])
    found = made_up(best_estimator_=DummyClassifier(strategy="prior").fit(rows[:2], ["a", "b"]))
    given = {"X": rows, "labels": labels, "numbers": rows, "groups": None, "found": found, "seed": 0, "seconds": 0.0}
    return Material(**given | changes)


def all_pictures() -> list[Picture]:
    """The pictures of a comparison of classifiers that are quick to fit."""
    found = material().found
    quick = [
        replace(each, estimator=DummyClassifier(strategy="prior"), seconds_of_fit=1e-4) for each in found.candidates
    ]
    made = pictures_of(material(found=replace(found, candidates=tuple(quick)), seconds=10.0))
    return [each for each in made if isinstance(each, Picture)]


def nasty(contents: Contents) -> Contents:
    """The same with markup in every place that a table or its names can reach."""
    return replace(
        contents,
        table=NASTY,
        target=NASTY,
        classes=[(NASTY, 3), ("b", 27)],
        columns=[ColumnSeen(NASTY, "text", 1)],
        left_out={NASTY: NASTY},
        found=made_up(
            candidates=(candidate(NASTY, 0.1), candidate("b", 0.2, "failed", failure=NASTY)),
            conclusion=Verdict(
                Decision.UNMEASURED, NASTY, 0.1, 0.0, 0.2, NASTY, 0.5, unmeasured=Unmeasured(1.0, 2.0, 3.0)
            ),
            findings=(Remark(NASTY),),
        ),
        questions=[Question(1, [(NASTY, 0.5)], {NASTY: NASTY})],
        steps=[Step(NASTY, NASTY)],
        labelled=NASTY,
        made=[(NASTY, NASTY)],
        pictures=[replace(contents.pictures[0], alternative=NASTY, caption=NASTY)],
    )


class Parts(HTMLParser):
    """Elements and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parts_of(page: str) -> Parts:
    parts = Parts()
    parts.feed(page)
    parts.close()
    return parts
