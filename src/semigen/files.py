"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(out: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `out` when the block ends well, and vanishes when it does not."""
    # A link stays a link: the file that it points to is replaced.
    destination = out.resolve()
    descriptor, temporary = new_file_beside(destination)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if destination.exists():
            temporary.chmod(destination.stat().st_mode & 0o777)
        temporary.replace(destination)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def new_file_beside(out: Path) -> tuple[int, Path]:
    """Make an empty file in the same folder; its descriptor and its path."""
    # Not tempfile: its files can be read by their owner only, and the result should follow the umask.
    path = out.resolve().parent / f".semigen-{secrets.token_hex(8)}.part"
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666), path
