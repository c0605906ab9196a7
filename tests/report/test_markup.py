"""Markup: any text comes back from an element, escaped once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semigen._legible import legible
from semigen.report.markup import Markup, element, joined
from tests.report.made_up import parts_of


@given(st.text(), st.text())
def test_any_text_comes_back_from_an_element_as_it_was_but_for_what_cannot_be_seen(text, value):
    seen = parts_of(element("p", text, title=value))
    assert "".join(seen.text).replace("\xa0", " ") == legible(text, keep="\n\t").replace("\xa0", " ")
    assert seen.elements[0] == ("p", {"title": legible(value, keep="\n\t")})


def test_a_figure_and_its_unit_stay_on_a_line_but_for_what_is_typed():
    assert element("p", "12 % of 5 %") == "<p>12\xa0% of 5\xa0%</p>"
    assert element("p", "with --budget=90 all") == '<p>with <span class="whole">--budget=90</span> all</p>'
    assert element("code", "--budget=9 --ignore 5 %") == "<code>--budget=9 --ignore 5 %</code>"


def test_markup_is_escaped_once():
    inner = element("b", "a < b")
    assert element("p", inner, "&") == "<p><b>a &lt; b</b>&amp;</p>"
    assert isinstance(joined([inner]), Markup)
