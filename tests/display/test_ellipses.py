"""Ellipses of classes: the share of draws within them, and the dots of the rows below them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM
from semigen.display import ClassEllipsesDisplay
from semigen.display._shared.plane import plane_through
from tests.display.examples import DRAWN, IRIS, KNOWN, MODEL, SPECIES, drawn_as, in_order, state_of


def test_dots_lie_where_the_rows_are():
    display = ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, columns=[2, 3])
    assert np.array_equal(in_order(display.unlabeled_.get_offsets()), in_order(IRIS[KNOWN < 0][:, 2:]))
    assert len(display.labeled_.get_offsets()) == 30
    for k in range(3):
        assert np.array_equal(in_order(drawn_as(display.labeled_, k)), in_order(IRIS[k == KNOWN][:, 2:]))


def test_principal_components_are_those_of_standardised_columns():
    display = ClassEllipsesDisplay.from_estimator(MODEL, IRIS * [1, 1000, 1, 1], KNOWN)
    standard = StandardScaler().fit_transform(IRIS)
    _, singular, directions = np.linalg.svd(standard, full_matrices=False)
    assert np.allclose(np.abs(display.points), np.abs(standard @ directions[:2].T))
    share = singular[0] ** 2 / (singular**2).sum()
    assert f"({share:.0%} of the variance)" in display.ax_.get_xlabel()


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("columns", [None, [0, 2]])
def test_ellipses_hold_the_stated_share_of_draws(family, columns):
    model = SemiSupervisedGMM(covariance_type=family).fit(IRIS, KNOWN)
    display = ClassEllipsesDisplay.from_estimator(model, IRIS, KNOWN, columns=columns, coverage=0.7)
    display.figure_.canvas.draw()
    rows, _ = model.sample(4000, y=1)
    plane = rows[:, columns] if columns else _on_components(rows)
    ellipse = display.ellipses_[list(model.component_class_).index(1)]
    inside = ellipse.get_patch_transform().inverted().transform(plane)
    assert np.mean((inside**2).sum(axis=1) <= 1) == pytest.approx(0.7, abs=0.04)


def _on_components(rows):
    return plane_through(IRIS, ["a", "b", "c", "d"]).apply(rows)


def test_rows_with_gaps_are_counted_in_the_legend():
    X = IRIS.copy()
    X[:3, 0] = np.nan
    display = ClassEllipsesDisplay.from_estimator(MODEL, X, KNOWN)
    assert "3 with gaps left out" in [text.get_text() for text in display.ax_.get_legend().get_texts()]


@pytest.mark.parametrize("columns", [[0], [0, 1]])
def test_a_picture_that_fails_leaves_axes_as_they_were(columns):
    ax = Figure().subplots()
    before = state_of(ax)
    with pytest.raises(TypeError, match="bogus"):
        ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, columns=columns, ax=ax, bogus=1)
    assert state_of(ax) == before


def test_a_display_can_be_drawn_again_elsewhere():
    display = DRAWN["ellipses"]()
    ax = Figure().subplots()
    assert display.plot(ax) is display
    assert display.ax_ is ax
    assert len(display.ellipses_) == 3


def test_rings_lie_on_many_rows_which_are_small_faint_and_shuffled():
    few = ClassEllipsesDisplay.from_estimator(MODEL, IRIS, SPECIES)
    many = ClassEllipsesDisplay.from_estimator(MODEL, np.tile(IRIS, (100, 1)), np.tile(SPECIES, 100))
    assert min(ring.get_zorder() for ring in few.ellipses_) > few.labeled_.get_zorder()
    assert many.labeled_.get_sizes()[0] < few.labeled_.get_sizes()[0] / 4
    assert many.labeled_.get_alpha() < 0.5
    colours = few.labeled_.get_facecolors()
    n_changes = (colours[1:] != colours[:-1]).any(axis=1).sum()
    assert n_changes > 70  # of 100 expected of a shuffled order, and 2 in that of the classes
    again = ClassEllipsesDisplay.from_estimator(MODEL, IRIS, SPECIES)
    assert np.array_equal(colours, again.labeled_.get_facecolors())
