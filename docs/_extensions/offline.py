"""The build fails if a page would load anything from the network: scripts, styles, pictures, fonts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.errors import SphinxError

_LOADED = re.compile(
    r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=\"((?:https?:)?//[^\"]+)\"", re.IGNORECASE
)
_LOADED_BY_STYLE = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')]+)", re.IGNORECASE)


def addresses_loaded(page: str) -> list[str]:
    """What a page or a style sheet would load from elsewhere."""
    return [*_LOADED.findall(page), *_LOADED_BY_STYLE.findall(page)]


def _check(app: Any, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*")):
        if path.suffix in (".html", ".css"):
            for address in addresses_loaded(path.read_text(encoding="utf-8")):
                raise SphinxError(f"{path} loads {address}: the site must work without the network.")


def setup(app: Any) -> dict[str, bool]:
    """Check what was built."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
