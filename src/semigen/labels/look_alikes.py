"""Classes that a reader would take for one: spellings that differ in what cannot be seen, or hardly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any


class LabelWarning(UserWarning):
    """A class may be no class of its own, or none at all."""


# Characters without width: zero-width space and joiners, word joiner, byte order mark, soft hyphen, marks of direction.
_WITHOUT_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
# Dashes, quotes, and letters of Greek and Cyrillic that look like those of Latin, in small letters.
_DRAWN_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("‘’‚‛′ʼ`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict(zip("аеорсухіјѕ", "aeopcyxijs", strict=True)),
        **dict(zip("οα", "oa", strict=True)),
    }
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")


def look_alikes(classes: Iterable[Any]) -> list[list[Any]]:
    """Return groups of classes whose text differs in what a reader hardly sees.

    That is case, spaces, dashes, quotes, Unicode form, unseen characters, zeros of a number, or letters of another
    alphabet.
    """
    alike: dict[str, list[Any]] = {}
    for name in classes:
        if isinstance(name, str):
            alike.setdefault(_folded(str(name)), []).append(name)
    return [group for group in alike.values() if len(group) > 1]


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", _WITHOUT_WIDTH.sub("", name)).casefold()
    text = unicodedata.normalize("NFKC", " ".join(text.split())).translate(_DRAWN_ALIKE)
    if _NUMBER.fullmatch(text):
        sign, digits = ("-" if text.startswith("-") else ""), text.lstrip("+-")
        whole, _, fraction = digits.partition(".")
        text = f"{sign}{whole.lstrip('0') or '0'}.{fraction.rstrip('0')}"
    return text
