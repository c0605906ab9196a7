"""Pictures of the report: PNG data within the page, the same for the same drawing."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from semigen.recommendation.findings import Calibration
from semigen.report import Place, pictures, to_html
from semigen.report.pictures import candidate_errors, held_out_calibration, pictures_of, rows_on_a_plane
from semigen.report.pictures.drawing import drawn
from tests.report.made_up import all_pictures, made_up, material


def test_pictures_are_png_and_leave_pyplot_alone():
    from matplotlib import pyplot

    open_before = pyplot.get_fignums()
    for picture in all_pictures():
        head, data = picture.source.split(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
        assert len(data) < 300_000
    assert pyplot.get_fignums() == open_before


def test_the_map_says_if_only_a_part_of_the_rows_is_drawn():
    captions = [rows_on_a_plane.how_to_read(30, n, 2, k) for n, k in ((30, 2), (5000, 70))]
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
    candidate_errors.picture(material(found=made_up(chosen=2)))
    assert seen["names"] == ["mixture", "logistic regression", "label spreading"]
    assert (seen["chosen"], seen["baseline"]) == (2, 1)


def test_pictures_that_take_fits_are_drawn_where_there_is_time():
    assert [each.place for each in all_pictures()] == [Place.REASONS, Place.SEEN, Place.CLASSIFIERS, Place.CLASSIFIERS]
    made = list(pictures_of(material()))
    assert [each.place for each in made] == [Place.REASONS, Place.SEEN, Place.CLASSIFIERS, Place.CLASSIFIERS]
    assert [each.source is None for each in made] == [False, False, False, True]
    assert made[3].caption.startswith("That was not measured: mixture would have to learn")


def test_without_time_for_both_the_curve_is_of_the_chosen_classifier():
    found = material().found
    slow = [
        replace(each, estimator=DummyClassifier(strategy="prior"), seconds_of_fit=1e-4) for each in found.candidates
    ]
    slow[found.baseline] = replace(slow[found.baseline], seconds_of_fit=1e6)
    (curve,) = [
        each
        for each in pictures_of(material(found=replace(found, candidates=tuple(slow)), seconds=10.0))
        if each.title == "Would more labels help?"
    ]
    assert "the error of mixture against" in curve.alternative


@pytest.mark.parametrize(("n_rows", "n_wrong"), [(29, 10), (40, 2)])
def test_probabilities_are_not_drawn_for_too_few_rows_or_errors(n_rows, n_wrong):
    right = (np.arange(n_rows) >= n_wrong).astype(float)
    measured = Calibration("mixture", 0.9, right.mean(), 0.5, 1.0, n_rows, np.full(n_rows, 0.9), right)
    found = made_up(data_summary=replace(made_up().data_summary, calibration=(measured,)))
    picture = held_out_calibration.picture(material(found=found))
    assert picture.source is None
    assert f"of the {n_rows} rows whose labels were hidden, the classifier got only about {n_wrong} wrong" in (
        picture.caption
    )


def test_the_picture_and_the_text_of_the_probabilities_are_of_the_same_answers():
    (measured,) = made_up().data_summary.calibration
    said = held_out_calibration.how_to_read(measured)
    assert "it was 80.0 % sure on average, and right in 80.0 %" in said
    assert measured.sure.mean() == pytest.approx(measured.confidence)
    assert measured.right.mean() == pytest.approx(measured.accuracy)


def test_the_same_drawing_is_the_same_picture():
    assert drawn(lambda ax: ax.plot([1, 2]), (2, 2)) == drawn(lambda ax: ax.plot([1, 2]), (2, 2))


def test_a_picture_that_cannot_be_drawn_is_named_on_a_page_that_stands_without_it(contents, monkeypatch):
    from semigen import display

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no <font> of that name.")

    monkeypatch.setattr(display.RecommendationDisplay, "plot", fail)
    failed = candidate_errors.picture(material())
    assert failed.source is None
    page = to_html(replace(contents, pictures=[failed, *contents.pictures[1:]]))
    assert "stands without this picture, which could not be drawn: no &lt;font&gt; of that name." in page
    assert page.count("<img") == to_html(contents).count("<img") - 1
    assert "Why" in page


def test_every_file_of_a_picture_is_in_the_table():
    files = {path.stem for path in Path(pictures.__file__).parent.glob("*.py") if "\ndef picture(" in path.read_text()}
    assert files == set(pictures._FILES)
