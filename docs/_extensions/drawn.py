"""The pictures of pictures.md are what its Python blocks draw: they run before the page is read."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1]
PAGE = DOCS / "pictures.md"
DRAWN = DOCS / "pictures"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def draw(app: Any = None) -> None:
    """Draw all pictures, unless neither the page nor the displays have changed since."""
    page = PAGE.read_text(encoding="utf-8")
    code = "\n".join(_BLOCK.findall(page))
    drawn_by = f"# displays {_digest()}\n{code}"
    kept = DRAWN / "drawn-by.txt"
    if kept.exists() and kept.read_text(encoding="utf-8") == drawn_by:
        return
    shutil.rmtree(DRAWN, ignore_errors=True)
    DRAWN.mkdir()
    environment = {**os.environ, "MPLBACKEND": "agg"}
    subprocess.run([sys.executable, "-W", "error", "-"], input=code.encode(), cwd=DRAWN, env=environment, check=True)
    kept.write_text(drawn_by, encoding="utf-8")


def _digest() -> str:
    """Of the code of all displays."""
    sources = sorted((DOCS.parent / "src" / "semigen" / "display").glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def setup(app: Any) -> dict[str, bool]:
    """Draw before any page is read."""
    app.connect("builder-inited", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
