"""HTML from text: whatever is not marked up already is escaped, so that a cell of a table stays text, and legible."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from semigen._legible import legible

_EMPTY = ("img", "meta")
# What is in these stays as it is: it is copied, or a browser reads no markup in it.
_PLAIN = ("code", "title")
# No line ends between a figure and its unit, or within an option such as --budget=90.
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=%)")
_OPTION = re.compile(r"--[a-z]+=\w+")


class Markup(str):
    """Text that is HTML, and is not escaped again."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str) -> Markup:
    """Return an element; of an attribute's name, a trailing underscore is dropped and others become hyphens."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value, quote=True)}"' for key, value in attributes.items()
    )
    if name in _EMPTY:
        return Markup(f"<{name}{given}>")
    inner = Markup("".join(map(_escaped, children))) if name in _PLAIN else joined(children)
    return Markup(f"<{name}{given}>{inner}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """Return pieces one after the other; text is escaped, and what must stay in one line is kept there."""
    return Markup("".join(each if isinstance(each, Markup) else _unbroken(_escaped(each)) for each in children))


def _unbroken(escaped: str) -> str:
    return _OPTION.sub(r'<span class="whole">\g<0></span>', _BEFORE_UNIT.sub("\xa0", escaped))


def _escaped(text: str, *, quote: bool = False) -> str:
    return html.escape(legible(text, keep="\n\t"), quote=quote)


def bullets(items: Iterable[str]) -> Markup:
    """Return a list."""
    return element("ul", *(element("li", each) for each in items))


def table(
    header: Sequence[str], lines: Iterable[Sequence[str]], numeric: Sequence[int] = (), marked: int = -1
) -> Markup:
    """Return a table that scrolls within itself where it is wider than the page.

    Parameters
    ----------
    header : sequence of str
    lines : iterable of sequences of str
    numeric : sequence of int
        Columns set to the right.
    marked : int, default=-1
        A line that stands out.
    """

    def cells(kind: str, line: Sequence[str]) -> Markup:
        return joined(
            element(kind, cell, class_="number") if j in numeric else element(kind, cell) for j, cell in enumerate(line)
        )

    head = element("thead", element("tr", cells("th", header)))
    rows = [
        element("tr", cells("td", line), class_="marked") if i == marked else element("tr", cells("td", line))
        for i, line in enumerate(lines)
    ]
    # With a place in the order of the keyboard, so that it can be scrolled without a mouse.
    return element(
        "div",
        element("table", head, element("tbody", *rows)),
        class_="wide",
        role="region",
        aria_label="table",
        tabindex="0",
    )
