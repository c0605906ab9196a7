"""Names in pictures: one line, no formula, no longer than asked for; shortened names stay different."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.cbook import is_math_text

from semigen._legible import legible, without_middle
from semigen.display._shared.names import as_written, in_lines, short_name, short_names


@given(st.text(max_size=60), st.integers(3, 40))
def test_names_are_one_line_no_formula_and_no_longer_than_asked_for(name, longest):
    assert not is_math_text(as_written(name))
    shown = short_name(name, longest).replace(r"\$", "$")
    assert len(shown) <= longest
    assert "\n" not in shown
    if len(name) <= longest:
        assert shown == without_middle(legible(" ".join(name.split())), longest)


def test_names_in_lines_are_whole_and_no_wider_than_asked_for():
    name = "average of mixtures, LDA and boosting"
    (shown,) = in_lines([name], width=20)
    assert " ".join(shown.split("\n")) == name
    assert max(map(len, shown.split("\n"))) <= 20


def test_shortened_names_of_different_classes_stay_different():
    ends = [f"class of rather long name number {i}" for i in range(10)]
    middles = [f"a class that has number {i}, which is in its middle" for i in range(10)]
    for names in (ends, middles, ["short", *middles]):
        short = short_names(names, 12)
        assert len(set(short)) == len(names)
        assert max(map(len, short)) <= 12
    assert all(str(i) in name for i, name in enumerate(short_names(middles, 12)))
