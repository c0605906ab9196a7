"""The page of the report: complete in one file, without scripts, and with cells shown as text."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from semigen.diagnostics.rows_to_check import RowsToCheck, RowToCheck
from semigen.recommendation import text
from semigen.report import ColumnSeen, Contents, to_html
from tests.report.made_up import NASTY, candidate, made_up, nasty, parts_of


def told_by(contents: Contents) -> str:
    """Text of the page, with plain spaces."""
    return " ".join(parts_of(to_html(contents)).text).replace("\xa0", " ")


def test_the_page_tells_what_was_seen_chosen_and_asked(contents):
    told = told_by(contents)
    for piece in (
        *text.verdict(contents.found.conclusion),
        "The labels of 30 rows were hidden",
        "Expect about 40 of the 270 predicted labels to be wrong (15.0 %); it may be anything from 27 to 54",
        "mixture, chosen",
        "10.0 to 20.0 %",
        "GAN: Not begun: it needs about 90 s more than was left.",
        "12 cells (2.0 %) are blank, in one column",
        "id: it numbers the rows",
        "“a” 51 %, “b” 49 %",
        "17, 18, 19, 20, 21",
        contents.steps[0].code,
    ):
        assert piece in told, piece
    assert "rank_queries" not in told


@pytest.mark.parametrize("change", [lambda contents: contents, nasty])
def test_the_page_loads_nothing_and_runs_nothing(contents, change):
    page = to_html(change(contents))
    names = {tag for tag, _ in parts_of(page).elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "form", "base", "svg"}
    for tag, attributes in parts_of(page).elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or "data:image/png;base64,").startswith("data:image/png;base64,"), tag
        assert (attributes.get("href") or "#").startswith("#"), tag
    assert not re.search(r"url\(|@import", page)
    assert "default-src 'none'" in html.unescape(page)


def test_markup_in_a_cell_or_a_name_stays_text(contents):
    page = to_html(nasty(contents))
    assert "<script" not in page
    assert "<img src=https" not in page
    seen = parts_of(page)
    assert sum(NASTY in text for text in seen.text) >= 12
    assert sum(tag == "img" for tag, _ in seen.elements) == 1


def test_a_page_without_questions_pictures_and_steps_has_no_empty_section(contents):
    page = to_html(replace(contents, questions=[], pictures=[], steps=[], left_out={}))
    assert 'id="questions"' not in page
    assert 'id="use"' not in page
    assert 'href="#' not in page
    assert "left out" not in page


def test_long_lists_are_cut_with_the_number_of_what_is_left(contents):
    many = replace(
        contents,
        classes=[(f"class {k}", 2) for k in range(1000)],
        columns=[ColumnSeen(f"c{j}", "numbers", 0) for j in range(500)],
    )
    page = to_html(many)
    assert "And 980 more classes." in page
    assert "And 460 more columns." in page
    assert len(page) < 1_000_000


def test_links_within_the_page_lead_somewhere(contents):
    elements = parts_of(to_html(contents)).elements
    names = {attributes.get("id") for _, attributes in elements}
    links = [attributes["href"] for tag, attributes in elements if tag == "a"]
    assert links
    assert all((link or "")[1:] in names for link in links)


def test_the_page_tells_which_labels_to_check_in_which_order(contents):
    doubted = tuple(RowToCheck(7 + i, "a", 0.1, "b", 0.9) for i in range(2))
    check = RowsToCheck(doubted, 12, 30, (RowToCheck(300, "b", 0.5, "b", 0.5),), 270, 90, (("b", 150), ("a", 120)))
    cells = {row: {"id": f"F{row}"} for row in (7, 8, 300)}
    told = told_by(replace(contents, check=check, cells=cells))
    order = [
        "270 labels are predicted: 150 “b”, 120 “a”. 90 of them have a probability below 90 %.",
        "Check labels in this order:",
        "12 given labels that look wrong, then the prediction that is least sure",
        "First: given labels that look wrong",
        "12 of the 30 given labels, of which 2 are shown, the most doubtful first.",
        "Then: predictions that are least sure",
        "1 of the 270 predictions, the least sure first: by the classifier's own probabilities",
        "They are only where to begin: about 40 of the 270 are likely wrong.",
    ]
    found = [told.index(piece) for piece in order]
    assert found == sorted(found)
    assert "7 a 10 % b 90 % F7" in told
    assert "300 b 50 % F300" in told
    unseen = replace(doubted[0], hidden=True)
    told = told_by(replace(contents, check=replace(check, doubted=(unseen, doubted[1])), cells=cells))
    assert "7 a 10 % b 90 % yes F7" in told
    assert "8 a 10 % b 90 % no F8" in told
    assert "the classifier had not seen the label and gave it 20 % or less." in told
    every = replace(check, doubted=(), n_doubted=0, n_hidden=30)
    assert "Nor did it give one of them 20 % or less while it was hidden." in told_by(replace(contents, check=every))
    none = told_by(replace(contents, check=replace(check, doubted=(), n_doubted=0)))
    assert "For none of the 30 given labels does the classifier find another class more probable." in none
    # Where many are wrong, five checked rows are no licence for the others.
    doubtful = made_up(conclusion=replace(contents.found.conclusion, upper=0.6))
    told = told_by(replace(contents, check=check, found=doubtful))
    assert "least sure , then every other predicted label that you use." in told


def test_candidates_that_took_time_without_a_result_are_told_from_those_that_were_never_begun(contents):
    slow = candidate("flow", float("nan"), "no time", n_rounds=0, seconds=7.0, more_seconds=20.0, budget=50.0)
    never = candidate("GAN", float("nan"), "no time", n_rounds=0, seconds=0.0, more_seconds=90.0, budget=100.0)
    told = told_by(replace(contents, found=made_up(candidates=(*made_up().candidates[:3], slow, never))))
    assert "flow – – all rows 7.0 given up, too slow" in told
    assert "flow: Given up after 7 s without a result: it needs about 20 s more than was left." in told
    assert "GAN – – all rows – no time for it" in told


def test_rows_to_label_are_said_to_be_asked_for_the_classes_with_few_labels(contents):
    rare = replace(contents.questions[0], sought="b")
    told = told_by(replace(contents, questions=[rare, *contents.questions[1:]]))
    assert "Labels are needed most of “b”, so the list begins with rows that may be of that class." in told
    assert told.count("few labels of “b”") == 1
    assert told.count("” 49 % the classifier is unsure") == 6


def test_a_verdict_that_warns_stands_out(contents):
    def kind(**changes: float) -> str | None:
        page = to_html(replace(contents, found=made_up(conclusion=replace(contents.found.conclusion, **changes))))
        return next(given["class"] for _, given in parts_of(page).elements if "verdict" in (given.get("class") or ""))

    assert kind() == "verdict"
    assert kind(guessing=0.2) == "verdict caution"
    assert kind(error=0.3, upper=0.4) == "verdict caution"
