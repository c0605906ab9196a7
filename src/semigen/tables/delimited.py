"""Files of separated cells: how they are separated, and rows read by polars and checked as it does not check them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen.tables.errors import TableError, listed

CANDIDATES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# Bytes and lines that are looked at to see how a file is separated and what its columns hold.
HEAD, _LINES = 1 << 16, 50
# The csv module refuses cells longer than 128 KiB unless told otherwise.
_LONGEST_CELL = 2**31 - 1
# Bytes that are looked at together: few enough to stay in the cache between one look and the next.
_CHUNK = 1 << 18
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


def found_separator(head: bytes, usual: str) -> str:
    """Find what separates the first lines into the same number of cells, more than one; else take the usual."""
    text = head.decode("utf-8-sig", errors="replace")
    lines = text.splitlines(keepends=True)
    lines = lines[: _LINES if len(head) < HEAD else min(_LINES, len(lines) - 1)]
    widths: dict[str, list[int]] = {}
    for sign in [usual, *(each for each in CANDIDATES if each != usual)]:
        try:
            widths[sign] = [len(record) for record in csv.reader(lines, delimiter=sign) if record]
        except csv.Error:
            widths[sign] = []
    if widths[usual] and widths[usual][0] > 1:
        # Commas in the first line separate names, unless another sign does so in every line and they do not.
        others = [sign for sign in CANDIDATES if sign != usual and _even(widths[sign])]
        return usual if _even(widths[usual]) or not others else max(others, key=lambda sign: widths[sign][0])
    others = [sign for sign, found in widths.items() if found and found[0] > 1]
    return max(others, key=lambda sign: (_even(widths[sign]), widths[sign][0])) if others else usual


def _even(widths: list[int]) -> bool:
    return len(widths) > 1 and widths[0] > 1 and len(set(widths)) == 1


@dataclass(frozen=True)
class TextFile:
    """A file of separated cells, or its bytes."""

    path: Path
    source: Path | bytes
    separator: str
    # Where the bytes are some rows under the header: lines of the file between the two.
    lines_before: int = 0

    def header(self) -> list[str]:
        """Return the names of the columns."""
        with self._lines() as lines:
            csv.field_size_limit(_LONGEST_CELL)
            header = next((record for record in csv.reader(lines, delimiter=self.separator) if record), None)
        if header is None:
            raise TableError(f"{self.path} is empty")
        repeated = [name for name, times in Counter(header).items() if times > 1]
        if repeated:
            raise TableError(f"{self.path} has more than one column of the name {listed(repeated)}; rename them")
        return header

    def read(self, header: list[str], exact: Collection[str]) -> pl.DataFrame:
        """Read all rows; what polars makes of them is checked, as it fills up short rows silently."""
        data = self._letters()
        try:
            table = self._by_polars(header, exact)
        except pl.exceptions.PolarsError:
            table = None
        if table is not None and self._agrees(data, table, len(header)):
            return table.head(table.height - _blank_lines_at_the_end(data))
        self._check_rows(header)
        return self._by_csv(header)

    def _by_polars(self, header: list[str], exact: Collection[str]) -> pl.DataFrame:
        source: Any = self.source if isinstance(self.source, bytes) else self._for_polars()
        options: dict[str, Any] = {"separator": self.separator, "glob": False}
        # Polars has names of its own for what stands in the first line, if there are quotes.
        numbers: dict[str, Any] = {}
        if len(set(exact)) < len(header):
            for name, (own, kind) in zip(header, self._first_kinds(), strict=False):
                if kind.is_numeric() and name not in exact:
                    numbers[own] = kind
        if any(kind.is_integer() for kind in numbers.values()) and self._has_codes():
            numbers = {own: kind for own, kind in numbers.items() if not kind.is_integer()}
        try:
            table = pl.read_csv(source, infer_schema=False, schema_overrides=numbers, **options)
        except pl.exceptions.PolarsError:
            # A word among numbers, further down.
            table = pl.read_csv(source, infer_schema=False, **options)
        if table.width == len(header):
            table.columns = header
        return table

    def _first_kinds(self) -> list[tuple[str, pl.DataType]]:
        """Return what the columns hold in the first lines, by the names that polars gives them."""
        head = self._letters()[:HEAD].tobytes()
        try:
            some = pl.read_csv(head[: head.rfind(b"\n") + 1], separator=self.separator, infer_schema_length=None)
        except pl.exceptions.PolarsError:
            return []
        return list(some.schema.items())

    def _has_codes(self) -> bool:
        """Return whether a cell is a code that a number would lose: it starts with a plus, or a zero before digits."""
        letters = self._letters()
        for at in range(0, len(letters), _CHUNK):
            some = letters[max(at - 2, 0) : at + _CHUNK]
            before, first, second = some[:-2], some[1:-1], some[2:]
            coded = first == ord("0")
            coded &= (second >= ord("0")) & (second <= ord("9"))
            coded |= first == ord("+")
            coded &= (before == ord(self.separator)) | (before == _NEWLINE) | (before == _QUOTE)
            if coded.any():
                return True
        return False

    def _for_polars(self) -> str | bytes:
        """Return the path, or the contents of the file where the path is no text, as polars takes no other name."""
        try:
            str(self.path).encode()
        except UnicodeEncodeError:
            return self.path.read_bytes()
        return str(self.path)

    def _agrees(self, letters: NDArray[np.uint8], table: pl.DataFrame, width: int) -> bool:
        """Return whether the file has the cells that polars found, judged by its separators and quotes."""
        if table.width != width:
            return False
        blank = _blank_lines_at_the_end(letters)
        if blank and table.tail(blank).select(pl.all().is_null().all()).row(0) != (True,) * width:
            return False
        height = table.height - blank
        quotes = positions(letters, _QUOTE)
        sign = ord(self.separator)
        if width == 1 or (len(quotes) and not regular(letters, quotes, sign)):
            return False
        # Polars refuses rows that are too long; so none is too short if there are as many separators as there must be.
        within = _within_quotes(letters, quotes, sign) if len(quotes) else 0
        return _count(letters, sign) - within == (width - 1) * (height + 1)

    def _check_rows(self, header: list[str]) -> None:
        """Refuse rows of another length than the header, by the csv module, which shows them as they are."""
        with self._lines() as lines:
            reader = csv.reader(lines, delimiter=self.separator, strict=True)
            started, blank_line, seen_header, n_before = 1, 0, False, 0
            try:
                for record in reader:
                    if record and not seen_header:
                        seen_header, n_before = True, self.lines_before
                    elif not record:
                        blank_line = blank_line or (n_before + reader.line_num if seen_header else 0)
                    elif blank_line:
                        raise TableError(f"cannot read {self.path}: line {blank_line} is blank; take it away")
                    elif len(record) != len(header):
                        raise TableError(self._of_length(started, record, header))
                    started = n_before + reader.line_num + 1
            except csv.Error as error:
                why = (
                    "a quote that opens there is never closed"
                    if "end of data" in str(error)
                    else "a quote stands within a quoted cell"
                )
                raise TableError(
                    f'cannot read {self.path}: line {started}: {why}; write a quote within a cell twice (""), or take '
                    "it away"
                ) from error

    def _of_length(self, line: int, record: list[str], header: list[str]) -> str:
        longer = len(record) > len(header)
        cells = "1 cell" if len(record) == 1 else f"{len(record)} cells"
        told = f"line {line} has {cells} and the first line has {len(header)}"
        if len(header) == 1:
            return f"cannot read {self.path}: {told}; the first line must hold the names of the columns"
        if longer:
            cell = record[len(header)]
            told += f", the first cell too many being {cell[:40]!r}"
        others = [name for sign, name in CANDIDATES.items() if sign != self.separator and sign in "".join(record)]
        if others and longer and self.separator == ",":
            return f"cannot read {self.path}: {told}; put cells with commas in quotes, or say --separator"
        return f"cannot read {self.path}: {told}"

    def _by_csv(self, header: list[str]) -> pl.DataFrame:
        """Read a file whose quotes are no quotes, such as inch marks, by the csv module."""
        columns: list[list[str | None]] = [[] for _ in header]
        with self._lines() as lines:
            records = (record for record in csv.reader(lines, delimiter=self.separator) if record)
            next(records)
            for record in records:
                for cells, cell in zip(columns, record, strict=True):
                    cells.append(cell or None)
        return pl.DataFrame(dict(zip(header, columns, strict=True)), schema=dict.fromkeys(header, pl.String))

    def _letters(self) -> NDArray[np.uint8]:
        if isinstance(self.source, bytes):
            return np.frombuffer(self.source, dtype=np.uint8)
        return np.memmap(self.path, dtype=np.uint8, mode="r")

    def _lines(self) -> IO[str]:
        binary: IO[bytes] = io.BytesIO(self.source) if isinstance(self.source, bytes) else self.path.open("rb")
        return io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")


def _blank_lines_at_the_end(letters: NDArray[np.uint8]) -> int:
    """Count the line ends at the end of a file, but for the last row's."""
    tail = letters[-HEAD:].tobytes()
    return max(tail[len(tail.rstrip(b"\r\n")) :].count(b"\n") - 1, 0)


def _count(letters: NDArray[np.uint8], letter: int) -> int:
    return sum(int(np.count_nonzero(letters[at : at + _CHUNK] == letter)) for at in range(0, len(letters), _CHUNK))


def positions(letters: NDArray[np.uint8], letter: int) -> NDArray[np.int64]:
    """Return where a letter stands."""
    found = [np.flatnonzero(letters[at : at + _CHUNK] == letter) + at for at in range(0, len(letters), _CHUNK)]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def regular(letters: NDArray[np.uint8], quotes: NDArray[np.int64], sign: int) -> bool:
    """Return whether quotes open at the start of a cell and close at its end; two of them within a cell are one."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = letters[np.maximum(opening - 1, 0)]
    starts = np.isin(before, [sign, _NEWLINE, _RETURN, _QUOTE]) | (opening == 0) | (opening == 3) & (letters[0] == 0xEF)
    after = letters[np.minimum(closing + 1, len(letters) - 1)]
    ends = np.isin(after, [sign, _NEWLINE, _RETURN, _QUOTE]) | (closing == len(letters) - 1)
    # A quote before an opening one belongs to the same cell only if it has just closed.
    doubled = before == _QUOTE
    doubled[1:] &= closing[:-1] + 1 == opening[1:]
    return bool(starts.all() and ends.all() and (doubled | (before != _QUOTE))[1:].all())


def _within_quotes(letters: NDArray[np.uint8], quotes: NDArray[np.int64], sign: int) -> int:
    """Count the separators that stand within quotes."""
    opening, closing = quotes[0::2], quotes[1::2]
    if not (closing - opening > 1).any():
        return 0
    separators = positions(letters, sign)
    return int((np.searchsorted(separators, closing) - np.searchsorted(separators, opening)).sum())
