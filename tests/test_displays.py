"""What a user of the pictures relies on: the data are in them, axes are theirs, and classes need no colours."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.stats import t
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import LabelCurve, SemiSupervisedGMM, label_curve
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
from semigen.display.ellipses import covariances_on
from semigen.display.plane import plane_through
from semigen.display.style import look, spread_apart

FAMILIES = ("full", "tied", "diag", "spherical")


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def iris():
    X, species = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"], dtype=object)[species]
    y = np.where(np.arange(150) % 10 == 0, names, None)
    return SimpleNamespace(X=X, truth=names, y=y, model=SemiSupervisedGMM().fit(X, y))


def drawn_rows(display) -> int:
    many = 0 if display.unlabeled_ is None else len(display.unlabeled_.get_offsets())
    return many + sum(len(dots.get_offsets()) for dots in display.labeled_.values())


def every_display(iris):
    """What draws one of each, on the axes given or on its own."""
    X, y, model = iris.X, iris.y, iris.model
    errors = np.array([[[0.3, 0.2], [0.1, 0.2]]])
    of = {"names": ["one", "two"], "errors": [0.2, 0.3], "lower": [0.1, 0.2], "upper": [0.3, 0.4], "chosen": 0}
    return [
        lambda ax=None: ClassEllipsesDisplay.from_estimator(model, X, y, ax=ax),
        lambda ax=None: DecisionRegionsDisplay.from_estimator(model, X, y, grid_resolution=20, ax=ax),
        lambda ax=None: LatentMapDisplay.from_estimator(model, X, y, show_predicted=True, ax=ax),
        lambda ax=None: TrainingHistoryDisplay.from_estimator(model, ax=ax),
        lambda ax=None: CalibrationDisplay.from_estimator(model, X, iris.truth, ax=ax),
        lambda ax=None: LabelCurveDisplay(sizes=[5, 50], names=["one"], errors=errors).plot(ax),
        lambda ax=None: SamplesDisplay.from_estimator(model, n_samples=2, ax=ax),
        lambda ax=None: RecommendationDisplay(**of).plot(ax),
    ]


def test_on_axes_that_are_given_pyplot_is_left_alone(iris):
    for draw in every_display(iris):
        figure = Figure()
        assert draw(figure.subplots()).figure_ is figure
        figure.canvas.draw()
    assert pyplot.get_fignums() == []


def test_without_axes_each_display_is_a_figure_of_pyplot_s_own(iris):
    displays = [draw() for draw in every_display(iris)]
    assert len(displays) == 8
    assert len(pyplot.get_fignums()) == 8
    assert len({id(display.figure_) for display in displays}) == 8
    assert all(display.figure_ is display.ax_.figure for display in displays)


def test_a_display_can_be_drawn_again_elsewhere(iris):
    display = ClassEllipsesDisplay.from_estimator(iris.model, iris.X, iris.y)
    axes = Figure().subplots()
    assert display.plot(axes) is display
    assert display.ax_ is axes
    assert drawn_rows(display) == 150


def test_without_matplotlib_it_is_said_what_to_install(iris, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "semigen\[plot\]"'):
        ClassEllipsesDisplay.from_estimator(iris.model, iris.X, iris.y)


def test_importing_displays_imports_no_matplotlib():
    program = "import sys, semigen.display; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_hundred_classes_are_told_apart_and_ten_of_them_without_colours():
    assert len({(look(k).colour, look(k).marker) for k in range(100)}) == 100
    assert len({look(k).marker for k in range(10)}) == 10


# Ellipses and maps of rows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("columns", [None, [1, 3], ["petal length (cm)"]], ids=["plane", "two columns", "one column"])
def test_covariances_on_a_plane_are_those_of_rows_drawn_there(iris, family, columns):
    rows = iris.X.to_numpy()
    model = SemiSupervisedGMM(family).fit(rows, iris.y)
    plane = plane_through(rows, list(iris.X.columns), columns)
    flat = covariances_on(plane, model.covariances_, family, 3)
    for k, name in enumerate(model.classes_):
        drawn, _ = model.sample(20_000, y=name)
        places = plane.apply(drawn)
        np.testing.assert_allclose(places.mean(axis=0), plane.apply(model.means_)[k], atol=0.05)
        np.testing.assert_allclose(np.cov(places.T).reshape(flat[k].shape), flat[k], rtol=0.1, atol=0.02)


@pytest.mark.parametrize("coverage", [0.5, 0.9])
def test_an_ellipse_holds_the_share_that_it_says(iris, coverage):
    model = SemiSupervisedGMM().fit(iris.X.to_numpy(), iris.y)
    display = ClassEllipsesDisplay.from_estimator(model, iris.X.to_numpy(), iris.y, columns=[0, 2], coverage=coverage)
    for k, ellipse in enumerate(display.ellipses_):
        drawn, _ = model.sample(20_000, y=model.classes_[k])
        within = ellipse.get_path().contains_points(
            ellipse.get_patch_transform().inverted().transform(drawn[:, [0, 2]])
        )
        assert within.mean() == pytest.approx(coverage, abs=0.01)
    assert [text.get_text() for text in display.names_] == ["setosa", "versicolor", "virginica"]


def test_a_place_on_the_plane_is_where_its_row_is_drawn(iris):
    rows = iris.X.to_numpy()
    for columns in (None, [0, 3], [2]):
        plane = plane_through(rows, list(iris.X.columns), columns)
        places = np.random.default_rng(0).normal(size=(7, plane.width))
        np.testing.assert_allclose(plane.apply(plane.rows_at(places)), places, atol=1e-12)


def test_every_row_is_a_dot_labelled_ones_in_the_look_of_their_class(iris):
    display = ClassEllipsesDisplay.from_estimator(iris.model, iris.X, iris.y, columns=[0, 1])
    known = np.array([label is not None for label in iris.y])
    assert len(display.unlabeled_.get_offsets()) == (~known).sum()
    np.testing.assert_allclose(display.unlabeled_.get_offsets(), iris.X.to_numpy()[~known][:, :2])
    for k, dots in display.labeled_.items():
        of_class = iris.y == iris.model.classes_[k]
        np.testing.assert_allclose(dots.get_offsets(), iris.X.to_numpy()[of_class][:, :2])
        assert to_hex(dots.get_facecolor()[0]) == look(k).colour
    shapes = {dots.get_paths()[0].vertices.tobytes() for dots in display.labeled_.values()}
    assert len(shapes) == 3
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "135 unlabelled" in texts
    assert display.ax_.get_xlabel() == "sepal length (cm)"


def test_rows_with_gaps_are_counted_or_filled_by_a_model_that_can(iris):
    X = iris.X.to_numpy().copy()
    X[:7, 0] = np.nan
    filled = SemiSupervisedGMM(missing="marginal").fit(X, iris.y)
    assert drawn_rows(ClassEllipsesDisplay.from_estimator(filled, X, iris.y)) == 150
    plain = SemiSupervisedGMM().fit(iris.X.to_numpy(), iris.y)
    display = ClassEllipsesDisplay.from_estimator(plain, X, iris.y)
    assert drawn_rows(display) == 143
    assert "7 with gaps left out" in [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_a_pipeline_is_drawn_as_its_last_step_sees_the_rows(iris):
    pipeline = make_pipeline(StandardScaler(), SemiSupervisedGMM()).fit(iris.X, iris.y)
    display = ClassEllipsesDisplay.from_estimator(pipeline, iris.X, iris.y, columns=[0, 1])
    assert np.abs(display.points.mean(axis=0)).max() < 1e-9
    assert drawn_rows(display) == 150


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["stem"], "columns names 'stem', and the columns are"),
        ([0, 9], "columns names column 9, and the columns go from 0 to 3"),
        ([0, 1, 2], "must name one or two different columns"),
        ([1, 1], "must name one or two different columns"),
    ],
)
def test_columns_that_are_not_there_are_refused_and_nothing_is_drawn(iris, columns, message):
    axes = Figure().subplots()
    for display in (ClassEllipsesDisplay, DecisionRegionsDisplay):
        with pytest.raises(ValueError, match=message):
            display.from_estimator(iris.model, iris.X, iris.y, columns=columns, ax=axes)
    assert not axes.has_data()


def test_a_map_has_the_features_and_names_the_predicted_classes(iris):
    model = SemiSupervisedGMM().fit(iris.X.iloc[:, :2], iris.y)
    display = LatentMapDisplay.from_estimator(model, iris.X.iloc[:, :2], iris.y, show_predicted=True)
    assert display.points.shape == (150, 2)
    assert sorted(text.get_text() for text in display.names_) == ["setosa", "versicolor", "virginica"]
    scaled = StandardScaler().fit(iris.X)
    of_two = StandardScaler().fit(iris.X.iloc[:, :2])
    np.testing.assert_allclose(
        LatentMapDisplay.from_estimator(of_two, iris.X.iloc[:, :2]).points, of_two.transform(iris.X.iloc[:, :2])
    )
    assert "of 4 features" in LatentMapDisplay.from_estimator(scaled, iris.X).ax_.get_xlabel()
    with pytest.raises(TypeError, match="LogisticRegression has no transform"):
        LatentMapDisplay.from_estimator(LogisticRegression(max_iter=500).fit(iris.X, iris.truth), iris.X)


# Regions --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [SemiSupervisedGMM(), LogisticRegression(max_iter=500), RidgeClassifier()], ids=str)
def test_a_region_is_where_the_model_predicts_its_class(iris, model):
    two = iris.X.iloc[:, [2, 3]]
    model = model.fit(two, iris.truth)
    display = DecisionRegionsDisplay.from_estimator(model, two, iris.y, unlabeled=None, grid_resolution=15)
    grid = np.stack(np.meshgrid(display.xs, display.ys), axis=-1).reshape(-1, 2)
    predicted = model.predict(pd.DataFrame(grid, columns=two.columns))
    assert np.array_equal(model.classes_[display.probabilities.reshape(len(grid), -1).argmax(axis=1)], predicted)
    assert display.xs[0] < two.iloc[:, 0].min()
    assert display.ys[-1] > two.iloc[:, 1].max()
    assert drawn_rows(display) == 150
    assert not display.ax_.get_title()


def test_a_slice_is_called_one_and_a_single_column_has_curves(iris):
    of_four = DecisionRegionsDisplay.from_estimator(iris.model, iris.X, iris.y, grid_resolution=10)
    assert "slice" in of_four.ax_.get_title()
    one = iris.X.iloc[:, [2]]
    model = SemiSupervisedGMM().fit(one, iris.y)
    display = DecisionRegionsDisplay.from_estimator(model, one, iris.y, grid_resolution=30)
    assert len(display.curves_) == 3
    np.testing.assert_allclose(np.sum([curve.get_ydata() for curve in display.curves_], axis=0), 1)


def test_rows_that_all_have_gaps_leave_nothing_to_draw_on(iris):
    with pytest.raises(ValueError, match="no row without gaps"):
        DecisionRegionsDisplay.from_estimator(iris.model, np.full((5, 4), np.nan))


# Calibration ----------------------------------------------------------------------------------------------------------


def test_bins_have_the_share_of_right_answers_and_the_mean_of_what_was_said():
    rng = np.random.default_rng(0)
    probability = rng.dirichlet([1, 1, 1], 400)
    codes = rng.integers(0, 3, 400)
    display = CalibrationDisplay.from_predictions(codes, probability, n_bins=8)
    sure, right = probability.max(axis=1), probability.argmax(axis=1) == codes
    assert display.counts.sum() == 400
    for (low, high), said, share, count in zip(
        display.edges, display.confidence, display.accuracy, display.counts, strict=True
    ):
        within = (sure >= low) & (sure <= high)
        assert within.sum() == count
        assert sure[within].mean() == pytest.approx(said)
        assert right[within].mean() == pytest.approx(share)
    expected = np.abs(display.accuracy - display.confidence) @ display.counts / 400
    assert display.expected_error_ == pytest.approx(expected)
    assert (display.lower_ <= display.accuracy).all()
    assert (display.accuracy <= display.upper_).all()


def test_labels_given_in_any_form_say_the_same(iris):
    probability = iris.model.predict_proba(iris.X)
    by_model = CalibrationDisplay.from_estimator(iris.model, iris.X, iris.truth)
    by_hand = CalibrationDisplay.from_predictions(iris.truth, probability, classes=iris.model.classes_)
    np.testing.assert_allclose(by_model.accuracy, by_hand.accuracy)
    few = CalibrationDisplay.from_estimator(iris.model, iris.X, iris.y)
    assert few.counts.sum() == 15
    with pytest.raises(ValueError, match="label"):
        CalibrationDisplay.from_estimator(iris.model, iris.X, np.full(150, None))
    with pytest.raises(TypeError, match="no predict_proba"):
        CalibrationDisplay.from_estimator(RidgeClassifier().fit(iris.X, iris.truth), iris.X, iris.truth)


# Curves, histories, recommendations -----------------------------------------------------------------------------------


def test_a_curve_is_the_mean_over_repeats_with_student_s_interval():
    errors = np.random.default_rng(0).random((2, 3, 5))
    display = LabelCurveDisplay(sizes=[5, 20, 80], names=["one", "two"], errors=errors, confidence=0.8).plot()
    for k, line in enumerate(display.lines_):
        np.testing.assert_allclose(line.get_ydata(), 100 * errors[k].mean(axis=1))
    half = t.ppf(0.9, 4) * 100 * errors.std(axis=2, ddof=1) / np.sqrt(5)
    np.testing.assert_allclose(display.half_width_, half)
    assert [text.get_text() for text in display.names_] == ["one", "two"]
    assert len({line.get_marker() for line in display.lines_}) == 2


def test_what_failed_is_named_and_a_single_repeat_has_no_band():
    errors = np.array([[[0.3], [0.2]], [[np.nan], [np.nan]]])
    display = LabelCurveDisplay(sizes=[5, 50], names=["one", "two"], errors=errors).plot()
    assert np.isnan(display.half_width_).all()
    assert [text.get_text() for text in display.names_] == ["one", "two (failed)"]
    assert display.ax_.get_ylabel() == "error in %"
    with pytest.raises(ValueError, match=r"must be \(1, 2, repeats\)"):
        LabelCurveDisplay(sizes=[5, 50], names=["one"], errors=errors)


def test_what_label_curve_found_is_drawn(iris):
    curve = label_curve(
        [SemiSupervisedGMM()], iris.X, iris.y, sizes=[6, 9], n_repeats=2, unlabeled=None, random_state=0
    )
    assert isinstance(curve, LabelCurve)
    display = LabelCurveDisplay.from_curve(curve)
    np.testing.assert_allclose(display.lines_[0].get_ydata(), 100 * curve.mean[0])
    assert "unlabelled" in display.ax_.get_xlabel()


def test_names_are_moved_apart_as_little_as_need_be():
    moved = spread_apart([5.0, 1.0, 5.1, 9.0], 1.0)
    assert np.diff(np.sort(moved)).min() > 1 - 1e-12
    assert np.array_equal(np.argsort(moved), np.argsort([5.0, 1.0, 5.1, 9.0]))
    assert moved[[1, 3]].tolist() == [1.0, 9.0]
    np.testing.assert_allclose(moved[[0, 2]], [4.55, 5.55])


def test_a_history_has_every_value(iris):
    display = TrainingHistoryDisplay.from_estimator(iris.model)
    np.testing.assert_array_equal(display.lines_["objective"].get_ydata(), iris.model.history_)
    assert display.ax_.get_xlabel() == "iteration"
    pipeline = make_pipeline(StandardScaler(), SemiSupervisedGMM()).fit(iris.X, iris.y)
    in_pipeline = TrainingHistoryDisplay.from_estimator(pipeline)
    assert len(in_pipeline.lines_["objective"].get_ydata()) == len(pipeline[-1].history_)
    with pytest.raises(ValueError, match=r"terms names \['loss'\], and the fit kept \['objective'\]"):
        TrainingHistoryDisplay.from_estimator(iris.model, terms=["loss"])
    with pytest.raises(TypeError, match="neither training_history_ nor history_"):
        TrainingHistoryDisplay.from_estimator(StandardScaler().fit(iris.X))


def test_terms_of_a_deep_model_have_a_panel_each():
    model = SimpleNamespace(training_history_={"bound": [1.0, 2.0], "labeled_error": [0.5, 0.1]}, fitted_=True)
    model.fit = None
    terms = TrainingHistoryDisplay(terms=model.training_history_).plot()
    assert [axes.get_title() for axes in terms.axes_] == ["bound", "labelled error"]
    np.testing.assert_array_equal(terms.lines_["bound"].get_xdata(), [1, 2])


def test_candidates_stand_by_error_with_what_became_of_them():
    display = RecommendationDisplay(
        names=["labels", "mixture", "flow", "spreading", "broken"],
        errors=[0.2, 0.15, np.nan, 0.3, np.nan],
        lower=[0.15, 0.1, np.nan, 0.2, np.nan],
        upper=[0.25, 0.2, np.nan, 0.4, np.nan],
        chosen=1,
        baseline=0,
        statuses=["raced", "raced", "no time", "dropped early", "failed"],
    ).plot()
    assert display.order_.tolist() == [1, 0, 3, 2, 4]
    said = [text.get_text() for text in display.texts_]
    assert said == ["15.0 %, chosen", "20.0 %, labels alone", "30.0 %, dropped early", "no time", "failed"]
    assert [text.get_weight() for text in display.texts_] == ["bold", *["normal"] * 4]
    assert len(display.intervals_) == 2
    assert [dot.get_markerfacecolor() == "white" for dot in display.dots_] == [False, False, True, True, True]
    assert display.dots_[0].get_marker() != display.dots_[1].get_marker()
    assert display.baseline_.get_xdata()[0] == pytest.approx(20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": 5}, "chosen=5 is no number of one of the 2 candidates"),
        ({"lower": [0.1]}, r"lower has shape \(1,\), and there are 2 names"),
        ({"statuses": ["raced"]}, "1 statuses are given, and there are 2 names"),
    ],
)
def test_what_does_not_fit_the_names_is_refused(change, message):
    given = {"names": ["one", "two"], "errors": [0.2, 0.3], "lower": [0.1, 0.2], "upper": [0.3, 0.4], "chosen": 0}
    with pytest.raises(ValueError, match=message):
        RecommendationDisplay(**{**given, **change})


# Samples --------------------------------------------------------------------------------------------------------------


def test_a_sheet_has_each_image_in_the_line_of_its_class():
    X, digit = load_digits(return_X_y=True)
    display = SamplesDisplay.from_predictions(X, digit, n_samples=4, image_shape="square")
    sheet = display.image_.get_array()
    for k in (0, 3, 9):
        for i in range(4):
            image = sheet[9 * k : 9 * k + 8, 9 * i : 9 * i + 8]
            np.testing.assert_array_equal(image, X[digit == k][i].reshape(8, 8))
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == [str(k) for k in range(10)]
    with pytest.raises(ValueError, match=r"Rows of 64 columns are no images of image_shape=\(9, 9\)"):
        SamplesDisplay.from_predictions(X, digit, image_shape=(9, 9))


def test_rows_of_a_table_are_lines_and_their_median(iris):
    display = SamplesDisplay.from_estimator(iris.model, n_samples=6)
    assert [len(lines) for lines in display.lines_] == [7, 7, 7]
    assert [axes.get_title() for axes in display.axes_] == ["setosa (6)", "versicolor (6)", "virginica (6)"]
    drawn = np.array([line.get_ydata() for line in display.lines_[0][:-1]])
    np.testing.assert_allclose(np.median(drawn, axis=0), display.lines_[0][-1].get_ydata())
    with pytest.raises(TypeError, match="LogisticRegression has no sample"):
        SamplesDisplay.from_estimator(LogisticRegression(max_iter=500).fit(iris.X, iris.truth))
    with pytest.raises(ValueError, match="no row to draw"):
        SamplesDisplay.from_predictions(iris.X, np.full(150, None))


def test_many_classes_are_drawn_and_the_legend_counts_what_it_leaves_out():
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(50), 4)
    X = 30 * rng.normal(size=(50, 3))[codes] + rng.normal(size=(200, 3))
    model = SemiSupervisedGMM("tied").fit(X, codes)
    display = ClassEllipsesDisplay.from_estimator(model, X, codes)
    assert len(display.ellipses_) == 50
    assert display.ax_.get_legend().get_texts()[-1].get_text().endswith("more")
    display.figure_.canvas.draw()
