"""Whether more labels would help: an answer above its picture, and advice elsewhere on the page that agrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semigen.model_selection.label_curves import LabelCurve
from semigen.recommendation import text
from semigen.recommendation.with_label_curve import with_label_curve
from semigen.report.pictures import errors_by_labels
from tests.recommendation.test_advice_on_labels import NO, UNCLEAR, YES
from tests.report.made_up import made_up, material
from tests.report.test_page import told_by

FALLING = LabelCurve(
    ("mixture",), np.array([10, 20]), np.array([[[0.4, 0.42, 0.41], [0.2, 0.2, 0.2]]]), 270, 10, (True,)
)


def test_the_answer_stands_once_between_the_question_and_its_picture(contents):
    drawn = errors_by_labels.picture(material(curve=FALLING))
    assert drawn.answer.startswith("Yes, more labels are likely to lower the error.")
    told = told_by(replace(contents, found=with_label_curve(made_up(), FALLING), pictures=[drawn]))
    assert told.count(drawn.answer) == 1
    assert told.index(text.QUESTION) < told.index(drawn.answer) < told.index(drawn.caption)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (YES, "Label more rows if you can: that is likely to lower the error ( why ). Start with the rows"),
        (NO, "Labelling more rows would hardly lower the error ( why ). If you label some all the same, start with"),
        (UNCLEAR, "cannot be told ( why ). If you can get more, start with the rows"),
        (None, "was not measured ( why ). If you can get more, start with the rows"),
    ],
)
def test_the_advice_to_label_rows_agrees_with_the_answer(contents, found, said):
    told = replace(contents, found=made_up(conclusion=replace(contents.found.conclusion, more_labels=found)))
    pictures = [errors_by_labels.picture(material(curve=FALLING))]
    assert said in " ".join(told_by(replace(told, pictures=pictures)).split())
    without = told_by(replace(told, pictures=[]))
    assert "why )" not in without


def test_the_caption_speaks_of_a_band_only_where_one_is_drawn():
    assert "band around the line" not in errors_by_labels.how_to_read(FALLING, 30)
    assert "each small dot is one of them, as 3 are too few for a band" in errors_by_labels.how_to_read(FALLING, 30)
    more = replace(FALLING, errors=np.repeat(FALLING.errors, 2, axis=2))
    assert "the band around the line holds eight of ten of them" in errors_by_labels.how_to_read(more, 30)
