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
    assert "".join(seen.text) == legible(text, keep="\n\t")
    assert seen.elements == [("p", {"title": legible(value, keep="\n\t")})]


def test_markup_is_escaped_once():
    inner = element("b", "a < b")
    assert element("p", inner, "&") == "<p><b>a &lt; b</b>&amp;</p>"
    assert isinstance(joined([inner]), Markup)
