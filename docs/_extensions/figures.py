"""bench/README.md as a page of the site: its links to scripts beside it become their names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_LINK_TO_SCRIPT = re.compile(r"\[([\w./]+\.py)\]\([\w./]+\.py\)")


def _unlinked(app: Any, relative_path: Path, parent: str, content: list[str]) -> None:
    if parent == "figures":
        content[0] = _LINK_TO_SCRIPT.sub(r"`bench/\1`", content[0])


def setup(app: Any) -> dict[str, bool]:
    """Connect to the reading of included files."""
    app.connect("include-read", _unlinked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
