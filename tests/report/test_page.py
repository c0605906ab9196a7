"""The report: one page that stands for itself, shows cells as text, and opens in a real browser without complaint."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semigen._legible import legible
from semigen.labels import encode
from semigen.model_selection.any_classifier import fit_any
from semigen.recommendation import CandidateResult, Recommendation, Situations, sentences
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.findings import (
    Calibration,
    Decision,
    Ground,
    HeldOutLabels,
    NextStep,
    Reference,
    Remark,
    Verdict,
)
from semigen.report import ColumnSeen, Contents, Picture, Question, Step, to_html
from semigen.report.markup import Markup, element, joined
from semigen.report.picture_data import as_numbers, held_out_probabilities, on_a_plane, some_rows
from semigen.report.pictures import candidates_picture, drawn, labels_picture, probabilities_picture, rows_picture
from semigen.report.sentences import labelled, trust
from tests.browsers import headless_browser

NASTY = "<script>alert('x')</script> & \"quotes\" <img src=https://example.org/x.png>"


def candidate(name: str, error: float, status: str = "raced", **options: Any) -> CandidateResult:
    given = {"uses_unlabeled": True, "gain": 0.0, "gain_sd": 0.0, "n_rounds": 3, "seconds": 1.0} | options
    return CandidateResult(
        name=name, estimator=None, error=error, lower=error - 0.05, upper=error + 0.05, status=status, **given
    )


def made_up(**changes: Any) -> Recommendation:
    candidates = (
        candidate("mixture", 0.15),
        candidate("logistic regression", 0.18, uses_unlabeled=False),
        candidate("label spreading", 0.30, "dropped early"),
        candidate("GAN", np.nan, "no time", n_rounds=0, more_seconds=90.0, budget=100.0),
    )
    situations = Situations(300, 30, 270, 5, {"a": 15, "b": 15}, 0, None, ())
    return Recommendation(
        **{
            "candidates": candidates,
            "chosen": 0,
            "baseline": 1,
            "situations": situations,
            "conclusion": Verdict(
                Decision.ALL_ROWS, "mixture", 0.15, 0.1, 0.2, "a", 0.5, Reference("LDA", 0.18, Ground.FEWER)
            ),
            "findings": (HeldOutLabels(30, 3, 5.0), NextStep(True)),
            "best_estimator_": None,
            "seconds": 12.0,
        }
        | changes
    )


@pytest.fixture(scope="module")
def pictures() -> dict[str, Picture]:
    return all_pictures()


def all_pictures() -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, -1], [15, 15, 270])
    guesses = rng.integers(0, 2, 300)
    probabilities = rng.dirichlet([1, 1], 30)
    return {
        "candidates": candidates_picture(made_up()),
        "rows": rows_picture(rng.normal(size=(300, 2)), ["x", "y"], codes, ["a", "b"], guesses, 300, 2),
        "probabilities": probabilities_picture(codes[:30], probabilities, "mixture"),
    }


@pytest.fixture
def contents(pictures: dict[str, Picture]) -> Contents:
    return Contents(
        table="fruit.csv",
        target="kind",
        n_rows=300,
        classes=[("a", 15), ("b", 15)],
        columns=[ColumnSeen("weight", "numbers", 0), ColumnSeen("colour", "text", 12)],
        left_out={"id": "it numbers the rows"},
        found=made_up(),
        pictures=pictures,
        questions=[Question(17 + i, [("a", 0.51), ("b", 0.49)], {"id": f"F{i}", "weight": "1.5"}) for i in range(7)],
        steps=[Step("Let it label the blank rows", "semigen label fruit.csv --target kind --out o.csv --model auto")],
        labelled=None,
        made=[("seed", "0")],
    )


def nasty(contents: Contents) -> Contents:
    """The same with markup in every place that a table or its names can reach."""
    return replace(
        contents,
        table=NASTY,
        target=NASTY,
        classes=[(NASTY, 3), ("b", 27)],
        columns=[ColumnSeen(NASTY, "text", 1)],
        left_out={NASTY: NASTY},
        found=made_up(
            candidates=(candidate(NASTY, 0.1), candidate("b", 0.2, "failed", failure=NASTY)),
            conclusion=Verdict(Decision.UNMEASURED, NASTY, 0.1, 0.0, 0.2, NASTY, 0.5, why=NASTY),
            findings=(Remark(NASTY),),
        ),
        questions=[Question(1, [(NASTY, 0.5)], {NASTY: NASTY})],
        steps=[Step(NASTY, NASTY)],
        labelled=NASTY,
        made=[(NASTY, NASTY)],
        pictures={"candidates": replace(contents.pictures["candidates"], alternative=NASTY, caption=NASTY)},
    )


class Parts(HTMLParser):
    """Elements and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parts_of(page: str) -> Parts:
    parts = Parts()
    parts.feed(page)
    parts.close()
    return parts


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_tells_what_was_seen_chosen_and_asked(contents):
    told = " ".join(parts_of(to_html(contents)).text)
    for piece in (
        *sentences.verdict(contents.found.conclusion),
        "The labels of 30 rows were hidden",
        "Expect 15.0 % wrong labels; anything from 10.0 % to 20.0 %",
        "mixture, chosen",
        "10.0 to 20.0 %",
        "GAN: It needs about 90 s more; give --budget 100.",
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


@given(st.text(), st.text())
def test_any_text_comes_back_from_an_element_as_it_was_but_for_what_cannot_be_seen(text, value):
    seen = parts_of(element("p", text, title=value))
    assert "".join(seen.text) == legible(text, keep="\n\t")
    assert seen.elements == [("p", {"title": legible(value, keep="\n\t")})]


def test_markup_is_escaped_once():
    inner = element("b", "a < b")
    assert element("p", inner, "&") == "<p><b>a &lt; b</b>&amp;</p>"
    assert isinstance(joined([inner]), Markup)


def test_a_page_without_questions_pictures_and_steps_has_no_empty_section(contents):
    page = to_html(replace(contents, questions=[], pictures={}, steps=[], left_out={}))
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


# Words ----------------------------------------------------------------------------------------------------------------


def test_every_candidate_has_a_sentence_for_those_who_do_not_know_its_name():
    assert all(each.about.endswith(".") for each in CANDIDATES.values())


def test_a_classifier_that_is_too_sure_is_not_trusted_with_what_to_check(contents):
    def measured(confidence: float) -> Contents:
        calibration = Calibration("mixture", confidence, 0.85, 0.75, 0.92, 100)
        situations = replace(made_up().situations, calibration=(calibration,))
        return replace(contents, found=made_up(situations=situations), labelled="out.csv")

    assert "surer than it should be: 99 % on average, and right in 85 %" in trust(measured(0.99))[0]
    assert "check some of the others as well" in labelled(measured(0.99))
    for fair in (0.85, 0.80):
        assert not any("surer" in said for said in trust(measured(fair)))
        assert labelled(measured(fair)).endswith("“kind_probability” says how sure it is of each.")


def test_the_rows_to_check_first_are_named(contents):
    assert "Check rows 7, 1234 first" in labelled(replace(contents, labelled="out.csv", to_check=[7, 1234]))


def test_few_labels_of_a_class_are_pointed_out(contents):
    def told(*classes: tuple[str, int]) -> str:
        return trust(replace(contents, classes=[("a", 20), *classes]))[0]

    assert told(("rare", 4)).startswith("“rare” has fewer than 10 labelled rows.")
    assert told(("rare", 4), ("rarer", 2)).startswith("2 classes, such as “rarer”, have fewer than 10 labelled rows.")
    assert trust(replace(contents, classes=[("a", 4), ("b", 3)]))[0].startswith("All 2 classes have fewer than 10")
    assert "“rare” has only one labelled row, so nothing here says how well it is told." in told(("rare", 1))
    assert "2 classes, such as “x”, have only one labelled row" in told(("x", 1), ("y", 1))
    assert len(trust(replace(contents, classes=[("a", 20), ("b", 10)]))) == 1


# Pictures and what they need ------------------------------------------------------------------------------------------


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


def test_classes_lie_apart_on_the_plane_if_they_do_anywhere():
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 3, 200)
    rows = rng.normal(size=(200, 10)) * np.r_[np.full(8, 5.0), 1, 1]
    rows[:, 8:] += 6 * np.array([[0, 0], [1, 0], [0, 1]])[classes]
    places, names = on_a_plane(rows, classes)
    assert places.shape == (200, 2)
    assert len(names) == 2
    centres = np.array([places[classes == k].mean(axis=0) for k in range(3)])
    nearest = ((places[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert np.mean(nearest == classes) > 0.97


@pytest.mark.parametrize(
    ("n", "d", "n_classes", "width"),
    [(50, 1, 2, 1), (50, 5, 1, 2), (50, 5, 2, 2), (3, 40, 3, 2), (1, 3, 1, 2), (80, 300, 3, 2)],
)
def test_a_plane_is_found_for_few_rows_columns_and_classes(n, d, n_classes, width):
    rows = np.random.default_rng(2).normal(size=(n, d))
    places, names = on_a_plane(rows, np.arange(n) % n_classes)
    assert places.shape == (n, width)
    assert len(names) == width
    assert np.isfinite(places).all()


def test_rows_that_are_all_alike_have_a_plane():
    places, _ = on_a_plane(np.ones((20, 3)), np.arange(20) % 2)
    assert np.isfinite(places).all()


def test_probabilities_are_of_rows_whose_label_the_fit_was_not_told():
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 2))
    labels = encode(np.where(np.arange(60) < 40, rng.integers(0, 2, 60), -1))
    truth, probabilities = held_out_probabilities(KNeighborsClassifier(1), X, labels, 0)
    assert len(truth) == 40
    # Labels are noise: a row that were its own neighbour would be told without an error.
    assert 0.2 < np.mean(probabilities.argmax(axis=1) == truth) < 0.8
    told = fit_any(KNeighborsClassifier(1), X, labels.classes, labels.codes).model
    assert np.mean(told.predict(X[:40]) == labels.codes[:40]) == 1


def test_drawn_rows_are_no_more_than_asked_for_and_in_order():
    labels = encode(np.where(np.arange(100) < 30, np.arange(100) % 3, -1))
    some = some_rows(labels, 10, 20, 0)
    assert (np.diff(some) > 0).all()
    assert (labels.labeled[some].sum(), labels.unlabeled[some].sum()) == (10, 20)
    np.testing.assert_array_equal(some_rows(labels, 1000, 1000, 0), np.arange(100))


def test_tables_with_text_and_gaps_become_standard_numbers():
    import pandas as pd

    table = pd.DataFrame({"x": [1.0, None, 3.0, 8.0], "t": ["a", "b", "a", None], "same": 1})
    numbers = as_numbers(table)
    assert np.isfinite(numbers).all()
    np.testing.assert_allclose(numbers.mean(axis=0), 0, atol=1e-12)


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
    assert "This picture could not be drawn: no &lt;font&gt; of that name. All else" in page
    assert page.count("<img") == to_html(contents).count("<img") - 1
    assert "Why" in page


# A real browser -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with headless_browser() as opened:
        yield opened


def shown(browser: Any, page: str, path: Any, width: int, dark: bool = False) -> Any:
    """Open a page at this width."""
    path.write_text(page, encoding="utf-8")
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": scheme})
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())
    return browser


@pytest.mark.parametrize("width", [380, 1200])
def test_a_browser_shows_the_page_without_complaint(browser, contents, tmp_path, width):
    shown(browser, to_html(contents), tmp_path / "page.html", width)
    assert browser.get_log("browser") == []
    loaded = browser.execute_script("return [...document.images].map(i => i.complete && i.naturalWidth)")
    assert len(loaded) == 3
    assert all(pixels > 300 for pixels in loaded)
    assert browser.find_element("css selector", "h1").is_displayed()
    verdict = browser.find_element("css selector", ".verdict")
    assert verdict.is_displayed()
    assert verdict.text == sentences.verdict(contents.found.conclusion)[0]
    headings = [each.text for each in browser.find_elements("css selector", "h2") if each.is_displayed()]
    assert headings == [
        "What to make of it",
        "What was chosen, and why",
        "What was seen",
        "Rows worth labelling next",
        "How to use the result",
        "Words on this page",
    ]
    widths = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] <= widths[1] <= width


@pytest.mark.parametrize("width", [380, 1200])
def test_a_browser_runs_and_fetches_nothing_however_nasty_the_table(browser, contents, tmp_path, width):
    shown(browser, to_html(nasty(contents)), tmp_path / "page.html", width)
    assert browser.get_log("browser") == []
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {
        each["params"]["request"]["url"].split(":")[0]
        for each in asked
        if each["method"] == "Network.requestWillBeSent"
    }
    assert urls <= {"file", "data"}
    assert browser.execute_script("return document.scripts.length") == 0
    assert NASTY in browser.find_element("css selector", "h1").text
    widths = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] <= widths[1]


def test_letters_stand_out_from_the_page_in_light_and_dark(browser, contents, tmp_path):
    page = to_html(contents)
    backgrounds = []
    for dark in (False, True):
        shown(browser, page, tmp_path / "page.html", 800, dark)
        script = "const s = getComputedStyle(document.querySelector(arguments[0])); return [s.color, s.backgroundColor]"
        for place in ("body", ".facts li", ".verdict", "figcaption", "pre", ".marked td", "th"):
            ink, paper = browser.execute_script(script, place)
            if paper == "rgba(0, 0, 0, 0)":
                paper = browser.execute_script(script, "body")[1]
            if ink == browser.execute_script(script, "body")[0] or place != "body":
                assert contrast(ink, paper) > 4.5, (place, dark)
        backgrounds.append(browser.execute_script(script, "body")[1])
    assert backgrounds[0] != backgrounds[1]


def test_on_paper_nothing_is_cut_off_and_the_paper_stays_white(browser, contents, tmp_path):
    wide = [replace(each, cells={f"column {j}": "a longer value" for j in range(8)}) for each in contents.questions]
    shown(browser, to_html(replace(contents, questions=wide)), tmp_path / "page.html", 700, dark=True)
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]},
    )
    script = "const r = document.documentElement; return [r.scrollWidth, r.clientWidth, getComputedStyle(document.body)"
    scroll, client, background, ink, link = browser.execute_script(
        script + ".backgroundColor, getComputedStyle(document.body).color, getComputedStyle(document.links[0]).color]"
    )
    assert scroll <= client
    assert background == "rgb(255, 255, 255)"
    assert contrast(ink, background) > 7
    assert contrast(link, background) > 4.5


def contrast(*colours: str) -> float:
    """Of two colours, as the Web Content Accessibility Guidelines define it."""
    luminances = []
    for colour in colours:
        parts = np.array([float(part) for part in re.findall(r"[\d.]+", colour)[:3]]) / 255
        linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        luminances.append(linear @ [0.2126, 0.7152, 0.0722])
    low, high = sorted(luminances)
    return float((high + 0.05) / (low + 0.05))
