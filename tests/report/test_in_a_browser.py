"""The report in a real browser: no error, nothing fetched, and legible in light, in dark and on paper."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from semigen.recommendation import text
from semigen.report import to_html
from tests.browsers import headless_browser
from tests.report.made_up import NASTY, nasty


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
    assert len(loaded) == len(contents.pictures) == 4
    assert all(pixels > 300 for pixels in loaded)
    assert browser.find_element("css selector", "h1").is_displayed()
    verdict = browser.find_element("css selector", ".verdict")
    assert verdict.is_displayed()
    assert verdict.text == text.verdict(contents.found.conclusion)[0]
    headings = [each.text for each in browser.find_elements("css selector", "h2") if each.is_displayed()]
    assert headings == [
        "What to make of it",
        "What was chosen, and why",
        "What was seen",
        "Rows worth labelling next",
        "How to use the result",
        "Terms on this page",
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
