"""Pictures show the data that they are given, on the axes given, and tell classes apart without colour."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.cbook import is_math_text
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_iris, make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM, label_curve
from semigen._legible import legible, without_middle
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
from semigen.display._shared.names import as_written, short_name, short_names
from semigen.display._shared.plane import plane_through
from semigen.display._shared.style import COLOURS, UNLABELED, look, spread_apart

IRIS, SPECIES = load_iris(return_X_y=True)
KNOWN = np.where(np.arange(150) % 5 == 0, SPECIES, -1)
MODEL = SemiSupervisedGMM().fit(IRIS, KNOWN)
FLAT = SemiSupervisedGMM().fit(IRIS[:, 2:], KNOWN)
CURVE = {
    "sizes": [5, 50],
    "names": ["a", "b"],
    "errors": np.array([[[0.4, 0.2], [0.1, 0.3]], [[0.3, 0.3], [0.2, 0.0]]]),
}
RACE = {
    "names": ["slow", "labels", "mixture", "broken"],
    "errors": [0.31, 0.2, 0.15, np.nan],
    "lower": [np.nan, 0.17, 0.12, np.nan],
    "upper": [np.nan, 0.23, 0.18, np.nan],
    "chosen": 2,
    "baseline": 1,
}

DRAWN = {
    "calibration": lambda **told: CalibrationDisplay.from_estimator(MODEL, IRIS, SPECIES, **told),
    "curve": lambda **told: LabelCurveDisplay(**CURVE).plot(**told),
    "ellipses": lambda **told: ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, **told),
    "history": lambda **told: TrainingHistoryDisplay(terms={"bound": [3, 2], "error": [2, 1]}).plot(**told),
    "latent": lambda **told: LatentMapDisplay.from_estimator(MODEL, IRIS, KNOWN, **told),
    "recommendation": lambda **told: RecommendationDisplay(**RACE).plot(**told),
    "regions": lambda **told: DecisionRegionsDisplay.from_estimator(FLAT, IRIS[:, 2:], KNOWN, **told),
    "samples": lambda **told: SamplesDisplay.from_predictions(IRIS, SPECIES, **told),
}


@pytest.fixture(autouse=True)
def _no_figure_left():
    yield
    plt.close("all")


def written_on(ax):
    return [text.get_text() for text in ax.texts]


def in_order(rows):
    rows = np.asarray(rows)
    return rows[np.lexsort(rows.T)]


def drawn_as(dots, k):
    """Places of the rows in the colour of a class; their marker is that of the class, too."""
    of_class = np.isclose(dots.get_facecolors()[:, :3], to_rgb(look(k).colour)).all(axis=1)
    marker = MarkerStyle(look(k).marker)
    outline = marker.get_path().transformed(marker.get_transform()).vertices
    paths = [path.vertices for path, of in zip(dots.get_paths(), of_class, strict=True) if of]
    assert all(np.array_equal(path, outline) for path in paths)
    return np.asarray(dots.get_offsets())[of_class]


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


def test_calibration_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 400) ** 0.3
    right = rng.random(400) < sure
    display = CalibrationDisplay.from_predictions(np.where(right, 1, 0), np.column_stack([1 - sure, sure]), n_bins=8)
    accuracy, confidence = calibration_curve(right, sure, n_bins=8, strategy="quantile")
    assert np.allclose(display.line_.get_ydata(), accuracy)
    assert np.allclose(display.line_.get_xdata(), confidence)
    assert display.counts.tolist() == [50] * 8
    expected = np.abs(accuracy - confidence).mean()
    assert display.expected_error_ == pytest.approx(expected)
    assert f"{expected:.3f}" in display.ax_.get_legend().get_texts()[1].get_text()
    assert (display.lower_ <= accuracy).all()
    assert (accuracy <= display.upper_).all()
    assert np.allclose(display.edges[[0, -1], [0, 1]], [sure.min(), sure.max()])


def test_calibration_shows_the_whole_diagonal_on_square_axes():
    display = CalibrationDisplay.from_predictions([0, 1], [[1, 0], [0, 1]], name="a name of twenty-eight let")
    ax = display.ax_
    display.figure_.canvas.draw()
    assert ax.get_legend().get_window_extent().x1 <= display.figure_.bbox.x1
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_aspect()) == ((0, 1), (0, 1), 1)
    assert [list(line.get_xdata()) for line in ax.lines if line.get_linestyle() == "--"] == [[0, 1]]


def test_rows_of_one_probability_share_a_bin():
    display = CalibrationDisplay.from_predictions([0, 0, 1, 1], np.tile([0.7, 0.3], (4, 1)), n_bins=4)
    assert display.counts.tolist() == [4]


def test_two_classifiers_on_the_same_axes_are_told_apart():
    ax = Figure().subplots()
    scaled = make_pipeline(StandardScaler(), make_pipeline(LogisticRegression())).fit(IRIS, SPECIES)
    drawn = [CalibrationDisplay.from_estimator(model, IRIS, SPECIES, ax=ax) for model in (MODEL, scaled)]
    assert len({display.line_.get_color() for display in drawn}) == 2
    assert len({display.line_.get_marker() for display in drawn}) == 2
    named = [text.get_text().split("\n")[0] for text in ax.get_legend().get_texts()]
    assert named == ["as often as it says", "SemiSupervisedGMM", "LogisticRegression"]
    assert sum(line.get_linestyle() == "--" for line in ax.lines) == 1


def test_calibration_leaves_unlabelled_rows_out():
    few = CalibrationDisplay.from_estimator(MODEL, IRIS[KNOWN >= 0], SPECIES[KNOWN >= 0])
    all_rows = CalibrationDisplay.from_estimator(MODEL, IRIS, KNOWN)
    assert all_rows.counts.sum() == 30
    assert np.array_equal(few.line_.get_xydata(), all_rows.line_.get_xydata())


def test_label_curves_have_the_means_and_bands_of_the_errors():
    X, y = IRIS, np.where(np.arange(150) % 2 == 0, SPECIES, -1)
    models = {"mixture": SemiSupervisedGMM(), "logistic": LogisticRegression(max_iter=500)}
    curve = label_curve(models, X, y, sizes=[6, 30], n_repeats=4, random_state=0)
    display = LabelCurveDisplay.from_curve(curve)
    for k, line in enumerate(display.lines_):
        assert np.array_equal(line.get_xdata(), curve.sizes)
        assert np.allclose(line.get_ydata(), 100 * curve.errors[k].mean(axis=1))
        corners = display.bands_[k].get_paths()[0].vertices
        # The same bands as in the table.
        for size, low, high in zip(curve.sizes, *100 * curve.bands[:, k], strict=True):
            heights = corners[corners[:, 0] == size, 1]
            assert heights.max() == pytest.approx(high)
            assert heights.min() == pytest.approx(low)
    assert [text.get_text() for text in display.names_] == list(curve.names)


def test_label_curves_say_which_estimator_failed():
    errors = np.array([[[0.2, 0.1]], [[np.nan, np.nan]]])
    display = LabelCurveDisplay(sizes=[9], names=["fine", "broken"], errors=errors).plot()
    assert [text.get_text() for text in display.names_] == ["fine", "broken (failed)"]


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


def test_histories_have_every_step():
    display = TrainingHistoryDisplay.from_estimator(MODEL)
    (line,) = display.lines_.values()
    assert np.array_equal(line.get_ydata(), MODEL.history_)
    assert np.array_equal(line.get_xdata(), np.arange(len(MODEL.history_)))
    terms = {"bound": [3.0, 2.0, 1.5], "labeled_loss": [1.0, 0.5, 0.4]}
    panels = TrainingHistoryDisplay(terms=terms).plot()
    assert [len(line.get_ydata()) for line in panels.lines_.values()] == [3, 3]
    assert [place.get_title() for place in panels.axes_] == ["bound", "labelled loss"]
    assert panels.lines_["bound"].get_xdata().tolist() == [1, 2, 3]


def test_recommendations_keep_their_order_and_say_what_became_of_each():
    # As `recommend` ranks them: the lowest error need not come first.
    display = RecommendationDisplay(**RACE, statuses=["no time", "raced", "raced", "failed"]).plot()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == RACE["names"]
    bold = [label.get_text() for label in display.ax_.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == ["mixture"]
    assert [text.get_text() for text in display.texts_] == [
        "31.0 %, no time",
        "20.0 %, labels alone",
        "15.0 %, chosen",
        "failed",
    ]
    assert [dot.get_xdata()[0] for dot in display.dots_[:3]] == pytest.approx([31, 20, 15])
    assert [list(line.get_xdata()) for line in display.intervals_] == [pytest.approx([17, 23]), pytest.approx([12, 18])]
    assert display.baseline_.get_xdata()[0] == pytest.approx(20)
    assert "ordered by what is expected on new rows" in display.ax_.get_xlabel()
    guessed = RecommendationDisplay(**RACE).statuses
    assert guessed == ["dropped early", "raced", "raced", "failed"]


def test_a_candidate_that_was_chosen_unmeasured_is_no_failed_one():
    display = RecommendationDisplay(**{**RACE, "chosen": 3}).plot()
    assert display.texts_[3].get_text() == "not measured, chosen"


def test_the_mark_of_an_error_of_zero_does_not_touch_the_names():
    display = RecommendationDisplay(
        names=["a", "b"], errors=[0, 0.5], lower=[0, 0.4], upper=[0.1, 0.6], chosen=0
    ).plot()
    display.figure_.canvas.draw()
    mark = display.dots_[0]
    left = display.ax_.transData.transform((0, 0))[0] - mark.get_markersize() / 2 * display.figure_.dpi / 72
    assert left > display.ax_.bbox.x0


def test_maps_show_the_features():
    model = make_pipeline(StandardScaler(), SemiSupervisedGMM()).fit(IRIS[:, :2], KNOWN)
    scaled = LatentMapDisplay.from_estimator(model[:1], IRIS[:, :2], KNOWN)
    expected = model[0].transform(IRIS[:, :2])[KNOWN < 0]
    assert np.array_equal(in_order(scaled.unlabeled_.get_offsets()), in_order(expected))
    display = LatentMapDisplay.from_estimator(MODEL, IRIS, KNOWN, show_predicted=True)
    assert [text.get_text() for text in display.names_] == ["0", "1", "2"]
    predicted = MODEL.predict(IRIS)
    for k in range(3):
        expected = display.points[(predicted == k) & (KNOWN < 0)]
        assert np.array_equal(in_order(drawn_as(display.unlabeled_, k)), in_order(expected))


def test_samples_are_the_rows():
    display = SamplesDisplay.from_predictions(IRIS, SPECIES, n_samples=4)
    standard = StandardScaler().fit(np.concatenate([IRIS[k == SPECIES][:4] for k in range(3)]))
    for k, lines in enumerate(display.lines_):
        rows = standard.transform(IRIS[k == SPECIES][:4])
        assert np.allclose([line.get_ydata() for line in lines[:-1]], rows)
        assert np.allclose(lines[-1].get_ydata(), np.median(rows, axis=0))
    images = SamplesDisplay.from_predictions(IRIS, SPECIES, n_samples=4, image_shape="square")
    sheet = np.asarray(images.image_.get_array())
    assert np.array_equal(sheet[3:5, 3:5].ravel(), IRIS[SPECIES == 1][1])
    drawn = SamplesDisplay.from_estimator(MODEL, n_samples=6)
    assert [len(lines) for lines in drawn.lines_] == [7, 7, 7]


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


def test_rows_with_gaps_are_counted_in_the_legend():
    X = IRIS.copy()
    X[:3, 0] = np.nan
    display = ClassEllipsesDisplay.from_estimator(MODEL, X, KNOWN)
    assert "3 with gaps left out" in [text.get_text() for text in display.ax_.get_legend().get_texts()]


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


def state_of(ax):
    ticks = [tick.get_text() for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_ticklabels()]
    return ax.get_children(), ax.get_xlim(), ax.get_ylim(), ticks, ax.get_xlabel(), ax.axison, ax.get_legend()


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


@pytest.mark.parametrize("columns", [[0], [0, 1]])
def test_a_picture_that_fails_leaves_axes_as_they_were(columns):
    ax = Figure().subplots()
    before = state_of(ax)
    with pytest.raises(TypeError, match="bogus"):
        ClassEllipsesDisplay.from_estimator(MODEL, IRIS, KNOWN, columns=columns, ax=ax, bogus=1)
    assert state_of(ax) == before


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"semigen\[plot\]"):
        RecommendationDisplay(**RACE).plot()


def test_importing_the_displays_imports_no_matplotlib():
    code = "import sys, semigen.display; sys.exit(any(name.startswith('matplotlib') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_display_can_be_drawn_again_elsewhere():
    display = DRAWN["ellipses"]()
    ax = Figure().subplots()
    assert display.plot(ax) is display
    assert display.ax_ is ax
    assert len(display.ellipses_) == 3


def test_a_place_on_the_plane_is_where_its_row_is_drawn():
    for columns in (None, [0, 3], [2]):
        plane = plane_through(IRIS, ["a", "b", "c", "d"], columns)
        places = np.random.default_rng(0).normal(size=(7, plane.width))
        np.testing.assert_allclose(plane.apply(plane.rows_at(places)), places, atol=1e-12)


def test_names_are_moved_apart_as_little_as_need_be():
    moved = spread_apart([5.0, 1.0, 5.1, 9.0], 1.0)
    assert moved[[1, 3]].tolist() == [1.0, 9.0]
    np.testing.assert_allclose(moved[[0, 2]], [4.55, 5.55])


def test_a_recommendation_says_what_became_of_candidates_that_have_no_interval():
    statuses = ["dropped early", "raced", "raced", "no time"]
    display = RecommendationDisplay(**RACE, statuses=statuses).plot()
    said = [text.get_text() for text in display.texts_]
    assert said == ["31.0 %, dropped early", "20.0 %, labels alone", "15.0 %, chosen", "no time"]
    assert [dot.get_markerfacecolor() == "white" for dot in display.dots_] == [True, False, False, True]


def test_a_curve_without_unlabelled_rows_does_not_speak_of_them():
    assert LabelCurveDisplay(**CURVE, n_unlabeled=0).plot().ax_.get_xlabel() == "labelled rows"
    assert LabelCurveDisplay(**CURVE, n_unlabeled=70).plot().ax_.get_xlabel() == "labelled rows, beside 70 unlabelled"


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


@given(st.text(max_size=60), st.integers(3, 40))
def test_names_are_one_line_no_formula_and_no_longer_than_asked_for(name, longest):
    assert not is_math_text(as_written(name))
    shown = short_name(name, longest).replace(r"\$", "$")
    assert len(shown) <= longest
    assert "\n" not in shown
    if len(name) <= longest:
        assert shown == without_middle(legible(" ".join(name.split())), longest)


def test_shortened_names_of_different_classes_stay_different():
    ends = [f"class of rather long name number {i}" for i in range(10)]
    middles = [f"a class that has number {i}, which is in its middle" for i in range(10)]
    for names in (ends, middles, ["short", *middles]):
        short = short_names(names, 12)
        assert len(set(short)) == len(names)
        assert max(map(len, short)) <= 12
    assert all(str(i) in name for i, name in enumerate(short_names(middles, 12)))


def seen_as(colours, cones):
    """CIELAB of colours, as seen after a matrix on linear red, green and blue."""
    values = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.transpose(cones), 0, 1) @ np.transpose(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    share = xyz / [0.95047, 1, 1.08883]
    root = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# G. Machado, M. Oliveira, L. Fernandes, 2009: full deuteranopia.
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]


@pytest.mark.parametrize(("cones", "least", "from_grey"), [(np.eye(3), 24, 30), (DEUTERANOPIA, 18, 24)])
def test_colours_are_far_from_each_other_and_from_unlabelled_rows(cones, least, from_grey):
    places = seen_as([*COLOURS, UNLABELED], cones)
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    assert distances[:10, :10][~np.eye(10, dtype=bool)].min() > least
    assert distances[10, :10].min() > from_grey


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


@pytest.mark.parametrize("shown", [False, True])
def test_the_legend_shows_an_unlabelled_row_as_it_is_drawn(shown):
    display = LatentMapDisplay.from_estimator(MODEL, IRIS, KNOWN, show_predicted=shown)
    legend = display.ax_.get_legend()
    handle, text = legend.legend_handles[0], legend.get_texts()[0].get_text()
    assert text == ("120 unlabelled, as predicted" if shown else "120 unlabelled")
    assert handle.get_markersize() ** 2 == pytest.approx(display.unlabeled_.get_sizes()[0])
    assert handle.get_alpha() == display.unlabeled_.get_alpha()
    assert any(np.allclose(to_rgb(handle.get_color()), colour[:3]) for colour in display.unlabeled_.get_facecolors())


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


def test_a_few_rows_far_off_neither_blow_up_a_map_nor_go_unsaid():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(500, 2)), [[-25_000, 3], [2, 1e9]]])
    display = LatentMapDisplay(points=points, codes=np.full(502, -1), class_names=[]).plot()
    assert np.ptp(display.ax_.get_xlim()) < 12
    assert np.ptp(display.ax_.get_ylim()) < 12
    assert "2 far off, outside" in [text.get_text() for text in display.ax_.get_legend().get_texts()]
    near = LatentMapDisplay(points=rng.uniform(size=(500, 2)), codes=np.full(500, -1), class_names=[]).plot()
    assert "outside" not in near.ax_.get_legend().get_texts()[-1].get_text()
    alike = LatentMapDisplay(points=np.ones((9, 2)), codes=np.full(9, -1), class_names=[]).plot()
    assert alike.ax_.get_xlim() == (0.5, 1.5)


def test_a_mixture_is_drawn_by_distances_and_not_by_powers_of_ten():
    from semigen import GenerativeFeatures

    frozen = GenerativeFeatures(MODEL).fit(IRIS, KNOWN)
    display = LatentMapDisplay.from_estimator(frozen.model_, IRIS, KNOWN)
    distances = frozen.transform(IRIS)
    assert np.allclose(np.ptp(display.points, axis=0), np.ptp(_on_two(distances), axis=0))


def _on_two(features):
    centred = features - features.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    return (left * singular)[:, :2]


def boxes_of(display):
    display.figure_.canvas.draw()
    return [text.get_bbox_patch().get_window_extent() for text in display.names_]


@pytest.mark.parametrize("n_classes", [3, 10, 30])
def test_names_on_a_map_lie_within_the_axes_and_not_over_each_other(n_classes):
    rng = np.random.default_rng(0)
    classes = np.arange(600) % n_classes
    names = [f"class of rather long name number {i}" for i in range(n_classes)]
    display = LatentMapDisplay(
        points=rng.normal(size=(600, 2)) + 0.02 * classes[:, None],
        codes=-np.ones(600, int),
        class_names=names,
        predicted=classes,
    ).plot()
    boxes, edges = boxes_of(display), display.ax_.bbox
    assert len(boxes) > 2
    assert len({text.get_text() for text in display.names_}) == len(boxes)
    for i, box in enumerate(boxes):
        assert edges.x0 <= box.x0
        assert box.x1 <= edges.x1
        assert edges.y0 <= box.y0
        assert box.y1 <= edges.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


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


def test_a_single_term_may_be_named_without_a_list():
    assert list(TrainingHistoryDisplay.from_estimator(MODEL, terms="objective").lines_) == ["objective"]


def test_the_leader_of_a_line_starts_where_the_line_ends():
    errors = np.array([[[0.2], [0.1], [0.05]], [[0.3], [0.25], [np.nan]]])
    display = LabelCurveDisplay(sizes=[5, 50, 5000], names=["whole", "cut"], errors=errors).plot()
    assert [text.get_text() for text in display.names_] == ["whole", "cut (to 50)"]
    assert [text.xy for text in display.names_] == [(5000, 5), (50, 25)]


def test_sizes_are_drawn_in_rising_order():
    shuffled = LabelCurveDisplay(sizes=[50, 5], names=CURVE["names"], errors=CURVE["errors"][:, ::-1]).plot()
    straight = LabelCurveDisplay(**CURVE).plot()
    for one, other in zip(shuffled.lines_, straight.lines_, strict=True):
        assert np.array_equal(one.get_xydata(), other.get_xydata())


def test_numbers_of_close_sizes_do_not_run_into_each_other():
    sizes = [1000, 1001, 1002, 1400, 1401, 1402, 2000]
    display = LabelCurveDisplay(sizes=sizes, names=["a"], errors=np.full((1, 7, 1), 0.1)).plot()
    display.figure_.canvas.draw()
    labels = [label for label in display.ax_.get_xticklabels() if label.get_visible()]
    boxes = [label.get_window_extent() for label in labels]
    assert not any(one.overlaps(other) for one, other in zip(boxes[1:], boxes[:-1], strict=True))
    assert labels[-1].get_text() == "2,000"
    assert len(labels) == 3


@pytest.mark.parametrize("sign", [1, -1])
def test_a_start_far_off_does_not_flatten_the_rest_of_a_history(sign):
    values = sign * np.array([-250.0, -97, -96.5, -96.2, -96, -95.9, -95.8, -95.7])
    display = TrainingHistoryDisplay(terms={"objective": values}).plot()
    low, high = display.ax_.get_ylim()
    assert high - low < 2
    assert low < min(values[1:]) < max(values[1:]) < high
    assert written_on(display.ax_) == [f"starts {'below' if sign > 0 else 'above'}, at {sign * -250:,}"]
    assert np.array_equal(display.lines_["objective"].get_ydata(), values)
    near = TrainingHistoryDisplay(terms={"objective": np.arange(9.0)}).plot()
    assert written_on(near.ax_) == []


def test_names_at_the_corners_of_a_map_stay_within_the_axes():
    corners = np.repeat([[0.0, 0], [0, 1], [1, 0], [1, 1]], 20, axis=0)
    classes = np.repeat(np.arange(4), 20)
    names = ["a long name here", "another long name", "one more long name", "the last long name"]
    display = LatentMapDisplay(points=corners, codes=classes, class_names=names, predicted=classes).plot()
    boxes, edges = boxes_of(display), display.ax_.bbox
    assert len(boxes) == 4
    assert all(edges.x0 <= box.x0 and box.x1 <= edges.x1 for box in boxes)
    assert all(edges.y0 <= box.y0 and box.y1 <= edges.y1 for box in boxes)
