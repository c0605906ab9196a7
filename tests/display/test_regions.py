"""Decision regions: they show what the estimator predicts, on one or two columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM
from semigen.display import ClassEllipsesDisplay, DecisionRegionsDisplay, SamplesDisplay
from semigen.display._shared.style import look
from tests.display.examples import FLAT, IRIS, KNOWN, MODEL, SPECIES, drawn_as, in_order


def test_a_single_column_is_drawn_in_lanes():
    model = SemiSupervisedGMM().fit(IRIS[:, [2]], KNOWN)
    display = ClassEllipsesDisplay.from_estimator(model, IRIS[:, [2]], KNOWN)
    for k in range(3):
        dots = drawn_as(display.labeled_, k)
        assert np.array_equal(np.sort(dots[:, 0]), np.sort(IRIS[k == KNOWN, 2]))
        assert (np.abs(dots[:, 1] - (k + 1)) < 0.5).all()
    regions = DecisionRegionsDisplay.from_estimator(model, IRIS[:, [2]], KNOWN)
    assert regions.surface_ is None
    for k, curve in enumerate(regions.curves_):
        assert np.allclose(curve.get_ydata(), model.predict_proba(regions.xs[:, None])[:, k])


@pytest.mark.parametrize("model", [FLAT, LogisticRegression().fit(IRIS[:, 2:], SPECIES)])
def test_regions_are_what_the_estimator_predicts(model):
    display = DecisionRegionsDisplay.from_estimator(model, IRIS[:, 2:], KNOWN, grid_resolution=30)
    places = np.stack(np.meshgrid(display.xs, display.ys), axis=-1).reshape(-1, 2)
    predicted = model.predict(places).reshape(30, 30)
    image = display.surface_.get_array()
    for k in range(3):
        # Tints go from white along a line to the colour of the class.
        tint = 1 - np.asarray(image)[predicted == k]
        full = 1 - np.array(to_rgb(look(k).colour))
        assert np.allclose(tint / tint.max(axis=1, keepdims=True), full / full.max())


def test_a_slice_of_many_columns_says_that_it_is_one():
    display = DecisionRegionsDisplay.from_estimator(MODEL, IRIS, KNOWN, columns=[2, 3], grid_resolution=20)
    rows = np.tile(np.median(IRIS, axis=0), (400, 1))
    rows[:, 2:] = np.stack(np.meshgrid(display.xs, display.ys), axis=-1).reshape(-1, 2)
    assert np.allclose(display.probabilities.reshape(400, 3), MODEL.predict_proba(rows))
    assert "slice" in display.ax_.get_title()


TABLE = pd.DataFrame({"weight": IRIS[:, 0], "petal": IRIS[:, 2], "shop": np.array(["a", "b", "c"])[SPECIES]})


def test_pipelines_of_text_columns_are_drawn_as_their_last_step_sees_them():
    from semigen import encoder_for

    model = make_pipeline(encoder_for(TABLE), SemiSupervisedGMM("diag")).fit(TABLE, KNOWN)
    rows = model[:-1].transform(TABLE)
    columns = {"columns": ["petal", "shop_a"], "grid_resolution": 15}
    display = DecisionRegionsDisplay.from_estimator(model, TABLE, KNOWN, **columns)
    assert np.array_equal(in_order(display.points), in_order(rows[:, [1, 2]]))
    direct = DecisionRegionsDisplay.from_estimator(model[-1], rows, KNOWN, columns=[1, 2], grid_resolution=15)
    assert np.array_equal(display.probabilities, direct.probabilities)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("petal", "shop_a")
    ellipses = ClassEllipsesDisplay.from_estimator(model, TABLE, KNOWN, columns=["petal", "weight"])
    assert np.array_equal(in_order(ellipses.points), in_order(rows[:, [1, 0]]))
    samples = SamplesDisplay.from_estimator(model, n_samples=3)
    assert samples.column_names == ["weight", "petal", "shop_a", "shop_b", "shop_c"]
    assert [len(lines) for lines in samples.lines_] == [4, 4, 4]


def test_what_was_recommended_for_a_table_with_text_has_regions():
    from semigen import recommend

    found = recommend(TABLE, KNOWN, budget=2, candidates=["LDA"], random_state=0)
    display = DecisionRegionsDisplay.from_estimator(found.best_estimator_, TABLE, KNOWN, grid_resolution=10)
    assert display.probabilities.shape == (10, 10, 3)


def test_a_pipeline_of_numbers_keeps_the_columns_that_it_is_given():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(IRIS[:, :2], SPECIES)
    display = DecisionRegionsDisplay.from_estimator(model, IRIS[:, :2], SPECIES, grid_resolution=10)
    assert np.array_equal(display.points, IRIS[:, :2])
    assert display.ax_.get_xlabel() == "column 0"


def test_regions_fill_gaps_where_the_model_can():
    X = IRIS.copy()
    X[::2, 0] = np.nan
    X[1::2, 1] = np.nan
    model = SemiSupervisedGMM(missing="marginal").fit(X, KNOWN)
    display = DecisionRegionsDisplay.from_estimator(model, X, KNOWN, columns=[0, 1], grid_resolution=10)
    assert np.array_equal(display.points, model.impute(X)[:, :2])
    assert "left out" not in str([text.get_text() for text in display.ax_.get_legend().get_texts()])
