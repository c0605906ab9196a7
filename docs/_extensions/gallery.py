"""A page for every script in examples/: what it shows, its code, and what it prints.

What it prints is kept beside the pages (`gallery/outputs/`), so that the site is built in seconds; the tests run every
script and compare. `python docs/_extensions/gallery.py` runs them all, or those it is given by name, and writes their
outputs afresh.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1]
SCRIPTS = sorted((DOCS.parent / "examples").glob("*.py"))
OUTPUTS = DOCS / "gallery" / "outputs"
PAGES = DOCS / "gallery" / "pages"


def title_of(script: Path) -> str:
    """The name of a script as a heading."""
    return script.stem.replace("_", " ").capitalize()


def description_of(script: Path) -> str:
    """The docstring of a script."""
    return ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""


def page_of(script: Path) -> str:
    """The page of a script."""
    code = script.read_text(encoding="utf-8").split('"""', 2)[2].strip()
    kept = OUTPUTS / f"{script.stem}.txt"
    if not kept.exists():
        raise FileNotFoundError(
            f"{kept}: run `python docs/_extensions/gallery.py {script.stem}` to keep what it prints."
        )
    output = kept.read_text(encoding="utf-8").rstrip()
    return "\n".join(
        [
            f"# {title_of(script)}",
            "",
            description_of(script),
            "",
            f"```{{code-block}} python\n:caption: examples/{script.name}\n\n{code}\n```",
            "",
            "It prints:",
            "",
            f"```text\n{output}\n```",
            "",
        ]
    )


def card_of(script: Path) -> str:
    """The entry of a script in the list of all."""
    return (
        f":::{{grid-item-card}} {title_of(script)}\n:link: pages/{script.stem}\n:link-type: doc\n\n"
        f"{description_of(script).splitlines()[0]}\n:::\n"
    )


def write_pages(app: Any = None) -> None:
    """Write the pages and the list; files that stay the same are left alone, so that Sphinx need not read them."""
    PAGES.mkdir(exist_ok=True)
    cards = "\n".join(card_of(script) for script in SCRIPTS)
    wanted = {PAGES / f"{script.stem}.md": page_of(script) for script in SCRIPTS}
    wanted[PAGES / "cards.txt"] = f"::::{{grid}} 1 1 2 2\n:gutter: 3\n\n{cards}\n::::\n"
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in set(PAGES.iterdir()) - set(wanted):
        path.unlink()


def write_outputs(names: list[str]) -> None:
    """Run the scripts of these names, or all, and keep what they print."""
    OUTPUTS.mkdir(exist_ok=True)
    environment = {**os.environ, "MPLBACKEND": "agg"}
    for script in [each for each in SCRIPTS if not names or each.stem in names]:
        with tempfile.TemporaryDirectory() as elsewhere:
            done = subprocess.run(
                [sys.executable, str(script)], cwd=elsewhere, env=environment, stdout=subprocess.PIPE, check=True
            )
        (OUTPUTS / f"{script.stem}.txt").write_bytes(done.stdout)


def setup(app: Any) -> dict[str, bool]:
    """Write the pages before any is read."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    write_outputs(sys.argv[1:])
