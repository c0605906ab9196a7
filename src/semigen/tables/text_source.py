"""The text of a file of separated cells: out of what it is decompressed, where it starts, and what separates cells."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from semigen.tables.delimited import CANDIDATES, HEAD, found_separator
from semigen.tables.errors import TableError

_GZIP = b"\x1f\x8b"
_SEP_LINE = re.compile(rb'(?:\xef\xbb\xbf)?"?sep=(.)"?\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class TextSource:
    """Where the text of a table lies.

    Attributes
    ----------
    path : Path
    separator : str
    compressed : bool
    old_line_ends : bool
        Whether lines end in a carriage return alone, as old programs end them.
    skipped : int
        Bytes of a first line that says what separates cells.
    remarks : tuple of str
        What was found out about the file.
    """

    path: Path
    separator: str
    compressed: bool = False
    old_line_ends: bool = False
    skipped: int = 0
    remarks: tuple[str, ...] = ()

    @classmethod
    def found(cls, path: Path, usual: str, separator: str | None) -> TextSource:
        """Look at the first lines of a file.

        Parameters
        ----------
        path : Path
        usual : str
            What the name of the file lets expect between cells.
        separator : str, optional
            By default what the first lines show.

        Raises
        ------
        TableError
            If it is UTF-16 text.
        """
        # Browsers and servers take or leave .gz as they like, so that the name does not tell.
        with path.open("rb") as raw:
            compressed = raw.read(2) == _GZIP
            raw.seek(0)
            head = _opened(raw, compressed).read(HEAD)
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise TableError(f"cannot read {path}: it is UTF-16 text, as Excel's “Unicode text”; save it as CSV UTF-8")
        old = b"\n" not in head and b"\r" in head.rstrip(b"\r")
        head = head.replace(b"\r", b"\n") if old else head
        match, remarks = _SEP_LINE.match(head), []
        if match:
            separator, head = separator or match[1].decode("latin-1"), head[match.end() :]
        if separator is None:
            separator = found_separator(head, usual)
            if separator != usual:
                remarks.append(f"cells are separated by {CANDIDATES[separator]}")
        return cls(path, separator, compressed, old, match.end() if match else 0, tuple(remarks))

    @property
    def plain(self) -> bool:
        """Whether the file is the text, byte for byte."""
        return not (self.compressed or self.old_line_ends or self.skipped)

    def read(self) -> bytes:
        """Return the text."""
        return b"".join(text for text, _ in self.blocks(-1))

    def blocks(self, size: int) -> Iterator[tuple[bytes, float]]:
        """Yield the text in blocks, and the share of the file that has been read by then."""
        n_bytes = max(self.path.stat().st_size, 1)
        with self.path.open("rb") as raw:
            file = _opened(raw, self.compressed)
            file.read(self.skipped)
            while block := file.read(size):
                yield block.replace(b"\r", b"\n") if self.old_line_ends else block, min(raw.tell() / n_bytes, 1.0)


def _opened(file: IO[bytes], compressed: bool) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=file)) if compressed else file
