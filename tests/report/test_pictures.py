"""Pictures of the report: PNG data within the page, the same for the same drawing."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np

from semigen.report import to_html
from semigen.report.pictures import candidates_picture, drawn, labels_picture, rows_picture
from tests.report.made_up import all_pictures, made_up


def test_pictures_are_png_and_leave_pyplot_alone():
    from matplotlib import pyplot

    open_before = pyplot.get_fignums()
    for picture in all_pictures().values():
        head, data = picture.source.split(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
        assert len(data) < 300_000
    assert pyplot.get_fignums() == open_before


def test_the_map_says_if_only_a_part_of_the_rows_is_drawn():
    places, codes = np.random.default_rng(4).normal(size=(30, 2)), np.arange(30) % 2
    captions = [
        rows_picture(places, ["x", "y"], codes, ["a", "b"], codes, n, k).caption for n, k in ((30, 2), (5000, 70))
    ]
    assert "Of the 70 classes, the 2 with the most labels are shown. Of the 5,000 rows, 30 are drawn" in captions[1]
    assert captions[1].startswith(captions[0])


def test_candidates_without_an_error_are_not_drawn(monkeypatch):
    from semigen import display

    seen = {}

    class Spy(display.RecommendationDisplay):
        def __init__(self, **given: Any):
            seen.update(given)
            super().__init__(**given)

    monkeypatch.setattr(display, "RecommendationDisplay", Spy)
    candidates_picture(made_up(chosen=2))
    assert seen["names"] == ["mixture", "logistic regression", "label spreading"]
    assert (seen["chosen"], seen["baseline"]) == (2, 1)


def test_a_label_curve_is_drawn():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    from semigen import label_curve

    X, y = load_iris(return_X_y=True)
    curve = label_curve({"logistic": LogisticRegression(max_iter=500)}, X, y, sizes=[6, 12], n_repeats=2)
    assert labels_picture(curve).source.startswith("data:image/png")


def test_the_same_drawing_is_the_same_picture():
    assert drawn(lambda ax: ax.plot([1, 2]), (2, 2)) == drawn(lambda ax: ax.plot([1, 2]), (2, 2))


def test_a_picture_that_cannot_be_drawn_is_named_on_a_page_that_stands_without_it(contents, monkeypatch):
    from semigen import display

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no <font> of that name.")

    monkeypatch.setattr(display.RecommendationDisplay, "plot", fail)
    failed = candidates_picture(made_up())
    assert failed.source is None
    page = to_html(replace(contents, pictures=contents.pictures | {"candidates": failed}))
    assert "stands without this picture, which could not be drawn: no &lt;font&gt; of that name." in page
    assert page.count("<img") == to_html(contents).count("<img") - 1
    assert "Why" in page
