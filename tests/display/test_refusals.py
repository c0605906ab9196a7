"""Bad input to displays: an error of one sentence, no new figure, and axes as they were."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM
from semigen.display import (
    CalibrationDisplay,
    ClassEllipsesDisplay,
    DecisionRegionsDisplay,
    LabelCurveDisplay,
    LatentMapDisplay,
    RecommendationDisplay,
    SamplesDisplay,
    TrainingHistoryDisplay,
)
from tests.display.examples import DRAWN, FLAT, IRIS, KNOWN, MODEL, RACE, SPECIES, state_of

BAD = {
    "calibration without labels": (
        lambda: CalibrationDisplay.from_estimator(MODEL, IRIS, np.full(150, -1)),
        "y has no labelled row",
    ),
    "probabilities of other classes": (
        lambda: CalibrationDisplay.from_predictions([0, 1], [[1, 0, 0], [0, 1, 0]]),
        "shape .2, 3., and there are 2 classes",
    ),
    "no probabilities": (lambda: CalibrationDisplay.from_predictions([0, 1], [[5, 1], [1, 9]]), "Row 0 of the prob"),
    "probabilities of NaN": (
        lambda: CalibrationDisplay.from_predictions([0, 1], [[1, 0], [np.nan, 1]]),
        "Row 1 of the probabilities is .nan, 1.0.; those",
    ),
    "negative probabilities": (
        lambda: CalibrationDisplay.from_predictions([0, 1], [[1.5, -0.5], [0, 1]]),
        "from 0 to 1 that add up to 1",
    ),
    "calibration of other rows": (lambda: CalibrationDisplay.from_estimator(MODEL, IRIS, KNOWN[:9]), "inconsistent"),
    "labels of other rows": (lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN[:9]), "inconsistent"),
    "coverage of all": (
        lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, coverage=1),
        "coverage=1 must lie between 0 and 1",
    ),
    "coverage in words": (
        lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, coverage="90%"),
        "coverage='90%' must lie between 0 and 1",
    ),
    "a column too few": (
        lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS[:, :3], KNOWN),
        "X has 3 columns, and SemiSupervisedGMM learnt from 4",
    ),
    "no column": (
        lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, columns=[None, 1]),
        "columns names None, which is neither",
    ),
    "a class without a name": (
        lambda: LatentMapDisplay(points=IRIS[:, :2], codes=SPECIES, class_names=["a", "b"]),
        "class 2, and class_names has 2",
    ),
    "predictions of other rows": (
        lambda: LatentMapDisplay(points=IRIS[:, :2], codes=SPECIES, class_names="abc", predicted=SPECIES[:9]),
        "150 points, and the classes of them have shape .9,.",
    ),
    "an axis without a name": (
        lambda: LatentMapDisplay(points=IRIS[:, :2], codes=SPECIES, class_names="abc", axis_names=["a"]),
        "axis_names has 1, and points 2 columns",
    ),
    "places in space": (
        lambda: LatentMapDisplay(points=IRIS[:, :3], codes=SPECIES, class_names="abc"),
        "points has shape .150, 3.",
    ),
    "round images": (
        lambda: SamplesDisplay.from_predictions(IRIS, SPECIES, image_shape="circle"),
        "image_shape='circle' must be",
    ),
    "a name too few": (lambda: SamplesDisplay(rows=[IRIS, IRIS], names=["a"]), "of 2 classes, and names has 1"),
    "chosen by name": (lambda: RecommendationDisplay(**{**RACE, "chosen": "a"}), "chosen='a' is no number"),
    "no such column": (lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, columns=[0, 4]), "go from 0 to 3"),
    "no such name": (lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, columns=["x", 1]), "names 'x'"),
    "three columns": (lambda: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, columns=[0, 1, 2]), "one or two"),
    "gaps in every row": (
        lambda: DecisionRegionsDisplay.from_estimator(FLAT, np.full((4, 2), np.nan)),
        "no row without gaps",
    ),
    "errors of another shape": (
        lambda: LabelCurveDisplay(sizes=[1, 2], names=["a"], errors=np.ones((2, 2, 3))),
        "must be .1, 2, repeats.",
    ),
    "errors in per cent": (
        lambda: LabelCurveDisplay(sizes=[1], names=["a"], errors=[[[12.5]]]),
        "errors holds 12.5; they are shares of rows",
    ),
    "no curve": (lambda: LabelCurveDisplay.from_curve(MODEL), "give what label_curve returns"),
    "no recommendation": (lambda: RecommendationDisplay.from_recommendation(MODEL), "give what recommend returns"),
    "a size twice": (lambda: LabelCurveDisplay(sizes=[5, 5], names=["a"], errors=np.ones((1, 2, 1))), "different numb"),
    "a table of a term": (lambda: TrainingHistoryDisplay(terms={"loss": [[1, 2]]}), "'loss' has shape .1, 2."),
    "no term": (lambda: TrainingHistoryDisplay(terms={}), "no term to draw"),
    "no such term": (lambda: TrainingHistoryDisplay.from_estimator(MODEL, terms=["loss"]), "the fit kept"),
    "chosen out of range": (lambda: RecommendationDisplay(**{**RACE, "chosen": 4}), "chosen=4 is no number"),
    "baseline out of range": (lambda: RecommendationDisplay(**{**RACE, "baseline": -1}), "baseline=-1 is no number"),
    "a chosen one that failed": (
        lambda: RecommendationDisplay(**RACE, statuses=["raced", "raced", "failed", "failed"]),
        "'mixture' is the chosen candidate, and its status is 'failed'",
    ),
    "an error too few": (lambda: RecommendationDisplay(**{**RACE, "errors": [0.1]}), "there are 4 names"),
    "a status too few": (lambda: RecommendationDisplay(**RACE, statuses=["raced"]), "1 statuses are given"),
    "samples without labels": (lambda: SamplesDisplay.from_predictions(IRIS, np.full(150, -1)), "no row to draw"),
    "no such images": (
        lambda: SamplesDisplay.from_predictions(IRIS, SPECIES, image_shape=(3, 3)),
        "Rows of 4 columns are no images",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_no_figure(case):
    bad, said = BAD[case]
    with pytest.raises((ValueError, TypeError), match=said):
        bad()
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "draw",
    [
        lambda model: CalibrationDisplay.from_estimator(model, IRIS, SPECIES),
        lambda model: ClassEllipsesDisplay.from_estimator(model, IRIS),
        lambda model: DecisionRegionsDisplay.from_estimator(model, IRIS),
        lambda model: LatentMapDisplay.from_estimator(model, IRIS),
        TrainingHistoryDisplay.from_estimator,
        SamplesDisplay.from_estimator,
    ],
)
def test_estimators_must_be_fitted(draw):
    with pytest.raises(NotFittedError):
        draw(SemiSupervisedGMM())


@pytest.mark.parametrize(
    ("draw", "lacking"),
    [
        (lambda model: LatentMapDisplay.from_estimator(model, IRIS), "transform"),
        (TrainingHistoryDisplay.from_estimator, "history_"),
        (SamplesDisplay.from_estimator, "sample"),
    ],
)
def test_estimators_that_lack_what_is_drawn_are_refused(draw, lacking):
    with pytest.raises(TypeError, match=lacking):
        draw(LogisticRegression(max_iter=500).fit(IRIS, SPECIES))


@pytest.mark.parametrize("name", DRAWN)
def test_a_failed_plot_changes_nothing(name):
    display = DRAWN[name]()
    before = dict(vars(display))
    figures = plt.get_fignums()
    ax = Figure().subplots()
    ax.plot([0, 1], [5, 6])
    before_on_axes = state_of(ax)
    for place in (None, ax):
        with pytest.raises(TypeError, match="no_such_property"):
            display.plot(ax=place, no_such_property=1)
        assert vars(display).keys() == before.keys()
        assert all(vars(display)[key] is value for key, value in before.items())
    assert plt.get_fignums() == figures
    assert state_of(ax) == before_on_axes
    assert ax.figure.axes == [ax]


@pytest.mark.parametrize("name", DRAWN)
def test_several_axes_are_refused_in_a_sentence(name):
    with pytest.raises(TypeError, match=r"give one matplotlib Axes, as axes\[0\]"):
        DRAWN[name](ax=Figure().subplots(1, 2))


@pytest.mark.parametrize("name", ["ellipses", "latent", "regions"])
@pytest.mark.parametrize("option", ["marker", "c", "color"])
def test_what_tells_classes_apart_cannot_be_passed_on(name, option):
    with pytest.raises(TypeError, match=f"^{option} cannot be given"):
        DRAWN[name](**{option: "x"})
    assert plt.get_fignums() == []


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"semigen\[plot\]"):
        RecommendationDisplay(**RACE).plot()


FROM_ROWS = [CalibrationDisplay, ClassEllipsesDisplay, DecisionRegionsDisplay, LatentMapDisplay]


@pytest.mark.parametrize("display", FROM_ROWS)
def test_rows_given_first_are_refused_in_a_sentence(display):
    with pytest.raises(TypeError, match=r"^from_estimator takes a fitted .* it was given a ndarray\.$"):
        display.from_estimator(IRIS, KNOWN, MODEL)
    with pytest.raises(TypeError, match=r"it was given the class SemiSupervisedGMM\.$"):
        display.from_estimator(SemiSupervisedGMM, IRIS, KNOWN)


def test_what_gives_no_classes_has_no_regions_and_no_predictions():
    scaler = StandardScaler().fit(IRIS)
    for draw in (
        lambda: DecisionRegionsDisplay.from_estimator(scaler, IRIS),
        lambda: LatentMapDisplay.from_estimator(scaler, IRIS, show_predicted=True),
    ):
        with pytest.raises(TypeError, match=r"^StandardScaler is no fitted classifier"):
            draw()
    assert plt.get_fignums() == []
