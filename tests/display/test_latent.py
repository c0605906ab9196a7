"""Maps of features: places of rows, names within the axes, and rows far off."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM
from semigen.display import LatentMapDisplay
from semigen.display._shared.style import UNLABELED
from tests.display.examples import IRIS, KNOWN, MODEL, drawn_as, in_order


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


@pytest.mark.parametrize("shown", [False, True])
def test_the_legend_shows_an_unlabelled_row_in_no_class_s_look(shown):
    display = LatentMapDisplay.from_estimator(MODEL, IRIS, KNOWN, show_predicted=shown)
    legend = display.ax_.get_legend()
    handle, text = legend.legend_handles[0], legend.get_texts()[0].get_text()
    assert text == ("120 unlabelled, in the look\nof the predicted class" if shown else "120 unlabelled")
    assert handle.get_markersize() ** 2 == pytest.approx(display.unlabeled_.get_sizes()[0])
    assert handle.get_alpha() == display.unlabeled_.get_alpha()
    assert handle.get_color() == UNLABELED


def test_a_few_rows_far_off_neither_blow_up_a_map_nor_go_unsaid():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(500, 2)), [[-25_000, 3], [2, 1e9]]])
    display = LatentMapDisplay(points=points, codes=np.full(502, -1), class_names=[]).plot()
    assert np.ptp(display.ax_.get_xlim()) < 12
    assert np.ptp(display.ax_.get_ylim()) < 12
    assert "2 rows lie beyond the edges" in [text.get_text() for text in display.ax_.get_legend().get_texts()]
    near = LatentMapDisplay(points=rng.uniform(size=(500, 2)), codes=np.full(500, -1), class_names=[]).plot()
    assert "beyond" not in near.ax_.get_legend().get_texts()[-1].get_text()
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


def test_names_on_a_map_do_not_cover_given_labels():
    rng = np.random.default_rng(0)
    points, classes = rng.normal(size=(300, 2)), np.arange(300) % 3
    points[:9] = np.median(points, axis=0) + 0.05 * rng.normal(size=(9, 2))
    codes = np.where(np.arange(300) < 9, classes, -1)
    names = ["apple", "pear", "plum"]
    display = LatentMapDisplay(points=points, codes=codes, class_names=names, predicted=classes).plot()
    boxes = boxes_of(display)
    given = display.ax_.transData.transform(points[:9])
    assert boxes
    assert not any(box.contains(*place) for box in boxes for place in given)


def test_names_at_the_corners_of_a_map_stay_within_the_axes():
    corners = np.repeat([[0.0, 0], [0, 1], [1, 0], [1, 1]], 20, axis=0)
    classes = np.repeat(np.arange(4), 20)
    names = ["a long name here", "another long name", "one more long name", "the last long name"]
    display = LatentMapDisplay(points=corners, codes=classes, class_names=names, predicted=classes).plot()
    boxes, edges = boxes_of(display), display.ax_.bbox
    assert len(boxes) == 4
    assert all(edges.x0 <= box.x0 and box.x1 <= edges.x1 for box in boxes)
    assert all(edges.y0 <= box.y0 and box.y1 <= edges.y1 for box in boxes)
