"""Numbers as people write them."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from semigen.tables.affixes import read_affixed
from semigen.tables.notations import _COMMON, _read_common, is_plain


@given(st.text("0123456789,.", min_size=1, max_size=12), st.sampled_from(["", "$", "€", "£", "¥"]))
@example("1,234", "")
@example("0,234", "$")
@example("1,234,567.891", "€")
def test_common_ways_of_writing_are_read_as_the_general_reader_reads_them(digits, currency):
    text = currency + digits
    match = _COMMON.fullmatch(text)
    if match is not None and not is_plain(text):
        assert _read_common(match) == read_affixed(text)
