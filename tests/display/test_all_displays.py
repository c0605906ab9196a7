"""Properties of all displays: the axes that they use, classes told apart without colour, names shown as written."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from sklearn.datasets import make_blobs
from sklearn.naive_bayes import GaussianNB

from semigen import SemiSupervisedGMM
from semigen._legible import legible
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
from semigen.display._shared.style import look
from tests.display.examples import CURVE, DRAWN, IRIS, KNOWN, RACE, SPECIES, written_on


@pytest.mark.parametrize("name", DRAWN)
def test_given_axes_are_used_and_pyplot_is_left_alone(name):
    ax = Figure().subplots()
    display = DRAWN[name](ax=ax)
    assert display.figure_ is ax.figure
    if name in ("history", "samples"):
        assert not ax.axison
        assert all(place.figure is ax.figure for place in display.axes_)
    else:
        assert display.ax_ is ax
    assert plt.get_fignums() == []
    display.figure_.canvas.draw()


@pytest.mark.parametrize("name", DRAWN)
def test_without_axes_pyplot_shows_one_new_figure(name):
    display = DRAWN[name]()
    assert [plt.figure(number) for number in plt.get_fignums()] == [display.figure_]


def test_thirty_classes_are_told_apart_without_colour():
    X, y = make_blobs(300, centers=30, random_state=0)
    model = GaussianNB().fit(X, y)
    looks = [(look(k).colour, look(k).marker) for k in range(100)]
    assert len(set(looks)) == 100
    assert len({look(k).marker for k in range(10)}) == 10
    for display in (
        ClassEllipsesDisplay.from_estimator(model, X, y),
        DecisionRegionsDisplay.from_estimator(model, X, y, grid_resolution=40),
    ):
        assert len({path.vertices.tobytes() for path in display.labeled_.get_paths()}) == 10
        entries = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert entries[-30:] == [str(k) for k in range(30)]
    fit = SemiSupervisedGMM(covariance_type="spherical").fit(X, y)
    ellipses = ClassEllipsesDisplay.from_estimator(fit, X, y)
    assert sorted(map(int, written_on(ellipses.ax_))) == list(range(30))
    assert len(SamplesDisplay.from_predictions(X, y, n_samples=2).axes_) == 30


def test_names_of_columns_and_classes_are_written():
    frame = pd.DataFrame(IRIS, columns=["sepal length", "sepal width", "petal length", "petal width"])
    names = np.array(["setosa", "versicolor", "virginica"])
    y = pd.Series(np.where(KNOWN >= 0, names[SPECIES], None), dtype=object)
    model = SemiSupervisedGMM().fit(frame, y)
    ellipses = ClassEllipsesDisplay.from_estimator(model, frame, y, columns=["petal length", "sepal width"])
    assert (ellipses.ax_.get_xlabel(), ellipses.ax_.get_ylabel()) == ("petal length", "sepal width")
    assert set(written_on(ellipses.ax_)) == set(names)
    regions = DecisionRegionsDisplay.from_estimator(model, frame, y, grid_resolution=20)
    assert {text.get_text() for text in regions.names_} <= set(names)
    samples = SamplesDisplay.from_estimator(model, n_samples=3)
    assert [label.get_text() for label in samples.axes_[-1].get_xticklabels()] == list(frame)
    assert [place.get_title() for place in samples.axes_] == [f"{name} (3)" for name in names]


def test_importing_the_displays_imports_no_matplotlib():
    code = "import sys, semigen.display; sys.exit(any(name.startswith('matplotlib') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Of formulas, and of what a terminal or a page would obey.
PRICES = np.array(["$0_$10\x1b[2J", "$10^$20\u202e", "a $x_$ b\0"])
A, B, M = "$a_$\x07", "$b^$\u2066", "$m_$\x9b"


@pytest.mark.parametrize(
    "draw",
    [
        lambda X, y, m: ClassEllipsesDisplay.from_estimator(m, X, y, columns=[0, 1]),
        lambda X, y, m: ClassEllipsesDisplay.from_estimator(
            SemiSupervisedGMM(unlabeled=None).fit(X[[A]], y), X[[A]], y
        ),
        lambda X, y, m: DecisionRegionsDisplay.from_estimator(m, X, y, columns=[0, 1], grid_resolution=20),
        lambda X, y, m: DecisionRegionsDisplay.from_estimator(m, X, y, columns=[0], grid_resolution=20),
        lambda X, y, m: LatentMapDisplay.from_estimator(m, X, y, show_predicted=True),
        lambda X, y, m: CalibrationDisplay.from_estimator(m, X, PRICES[SPECIES], name=M),
        lambda X, y, m: SamplesDisplay.from_estimator(m, n_samples=2),
        lambda X, y, m: SamplesDisplay.from_estimator(m, n_samples=2, image_shape=(2, 2)),
        lambda X, y, m: LabelCurveDisplay(**{**CURVE, "names": [A, B]}).plot(),
        lambda X, y, m: RecommendationDisplay(**{**RACE, "names": [A, B, "$_$c$", "d"]}).plot(),
        lambda X, y, m: TrainingHistoryDisplay(terms={A: [2, 1], B: [3, 2]}, step="$s^$").plot(),
    ],
)
def test_names_are_shown_letter_by_letter_and_nothing_in_them_is_obeyed(draw):
    X = pd.DataFrame(IRIS, columns=[A, B, "c", "d"])
    y = np.where(KNOWN >= 0, PRICES[SPECIES], None)
    display = draw(X, y, SemiSupervisedGMM(unlabeled=None).fit(X, y))
    display.figure_.canvas.draw()
    texts = [text for text in display.figure_.findobj(plt.Text) if "$" in text.get_text()]
    assert texts
    assert all(legible(text.get_text(), keep="\n") == text.get_text() for text in display.figure_.findobj(plt.Text))
    assert not any(is_math_text(text.get_text()) for text in texts)
