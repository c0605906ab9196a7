"""Text for terminals, pages and shells: nothing in it is obeyed, and letters stay as they are."""

import subprocess
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen._legible import legible, shell_word, without_middle

OBEYED = ["\x1b[2J", "\x1b]0;owned\x07", "a\0b", "\x9b2J", "a\rb", "\u202eabc", "\u2066", "\u061c", "\u2028", "\udcff"]


@pytest.mark.parametrize("text", OBEYED, ids=ascii)
def test_what_is_obeyed_is_written_as_a_number(text):
    assert legible(text) != text
    assert legible(text).isprintable()


@given(st.text())
def test_no_control_character_and_no_line_end_is_left(text):
    shown = legible(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in shown)
    assert not any(unicodedata.bidirectional(letter) in BIDIRECTIONAL for letter in shown)
    assert legible(shown) == shown
    shown.encode("utf-8")


BIDIRECTIONAL = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


@pytest.mark.parametrize("text", ["café", "漢字", "Ελληνικά", "עברית", "می‌خواهم", "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "a\\b", "'\"", " "])
def test_letters_of_any_language_and_emoji_stay(text):
    assert legible(text) == text


def test_line_ends_stay_where_lines_are_wanted():
    assert legible("a\nb\tc\x1b", keep="\n\t") == "a\nb\tc\\x1b"


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_a_shell_word_is_legible_and_the_same_to_the_shell(text):
    word = shell_word(text)
    assert legible(word) == word
    assert printed_by_bash(word) == text.encode()


@pytest.mark.parametrize("raw", [b"b\xff.csv", b"\x80", b"a\x1b\xc3\xa9\xfe'\\"])
def test_names_that_are_no_text_reach_the_shell_as_the_bytes_that_they_are(raw):
    assert printed_by_bash(shell_word(raw.decode("utf-8", "surrogateescape"))) == raw


def printed_by_bash(word):
    command = b"printf %s " + word.encode()
    return subprocess.run(["bash", "-c", command], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}).stdout


@given(st.text(max_size=80), st.integers(3, 40))
def test_what_is_left_of_long_text_is_its_beginning_and_its_end(text, longest):
    short = without_middle(text, longest)
    assert len(short) == min(len(text), longest)
    if len(text) > longest:
        begin, _, end = short.partition("…") if "…" not in text else (short[: (longest) // 2], "", "")
        assert text.startswith(begin)
        assert text.endswith(end)
