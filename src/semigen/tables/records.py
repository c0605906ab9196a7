"""Text of separated cells cut at the ends of records, so that parts of a file can be read one by one."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from semigen.tables.delimited import positions, regular

# Bytes that are read at once, and those of the longest record that is waited for.
BLOCK, LONGEST = 1 << 22, 1 << 26
_BOM = b"\xef\xbb\xbf"


class LongRecordError(ValueError):
    """A record does not end; says in which line of the text it starts."""

    def __init__(self, line: int):
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Records:
    """Some records of a text under its header.

    Attributes
    ----------
    text : bytes
        The header, and whole records.
    lines_before : int
        Lines of the text between the two.
    share : float
        Of the file that has been read.
    """

    text: bytes
    lines_before: int
    share: float


def records(blocks: Iterable[tuple[bytes, float]], separator: str) -> Iterator[Records]:
    """Yield the records of a text, together as many as a block holds; blank lines go with what follows them.

    Parameters
    ----------
    blocks : iterable of (bytes, float)
        The text, and the share of the file that has been read.
    separator : str

    Raises
    ------
    LongRecordError
        If a record is longer than `LONGEST`, as behind a quote that is never closed.
    """
    header, lines_before, rest, share = b"", 0, b"", 0.0
    for block, share in blocks:
        rest += block
        end = _end_of_records(rest, separator)
        if not end:
            if len(rest) > LONGEST:
                raise LongRecordError(1 + header.count(b"\n") + lines_before)
            continue
        some, rest = rest[:end], rest[end:]
        yield Records(header + some, lines_before, share)
        if not header:
            header = _header(some, separator)
            some = some[len(header) :]
        lines_before += some.count(b"\n")
    if rest:
        yield Records(header + rest, lines_before, share)


def _end_of_records(text: bytes, separator: str) -> int:
    """Return where the last line ends that is whole, is no part of a cell and is not blank; 0 if there is none."""
    letters = np.frombuffer(text, dtype=np.uint8)
    quotes = positions(letters, ord('"'))
    end = text.rfind(b"\n") + 1
    # A line end behind an odd number of quotes stands within them.
    while end and (before := int(np.searchsorted(quotes, end))) % 2:
        end = text.rfind(b"\n", 0, int(quotes[before - 1])) + 1
    n_quotes = int(np.searchsorted(quotes, end))
    if n_quotes and not regular(letters[:end], quotes[:n_quotes], ord(separator)):
        # Some quotes are none, such as inch marks; the last record may go on in the next block.
        ends = [at for at, _ in _ends(text, separator)]
        end = ends[-2] if len(ends) > 1 else 0
    filled = end
    while filled and text[filled - 1] in b"\r\n":
        filled -= 1
    return text.index(b"\n", filled) + 1 if filled else 0


def _header(text: bytes, separator: str) -> bytes:
    """Return the bytes to the end of the first line that is not blank."""
    return text[: next(at for at, cells in _ends(text, separator) if cells)]


def _ends(text: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield where each record ends, and its cells, as the csv module sees it."""
    at = len(_BOM) if text.startswith(_BOM) else 0

    def lines() -> Iterator[str]:
        nonlocal at
        for line in text[at:].splitlines(keepends=True):
            at += len(line)
            yield line.decode("latin-1")

    for cells in csv.reader(lines(), delimiter=separator):
        yield at, cells
