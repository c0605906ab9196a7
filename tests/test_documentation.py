"""What the pages show is what happens: every Python block of README.md and of docs/ runs, and prints what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

import semigen
from semigen.cli.application import application

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *(page for page in sorted(DOCS.rglob("*.md")) if "pages" not in page.parts)]

# A block of code and, if one follows at once, the block of text that it prints.
_BLOCK = re.compile(
    r"^```python\n(.*?)^```\n(?:\n*(?:^\{\.wrapped\}\n)?^```text\n(.*?)^```$)?", flags=re.DOTALL | re.MULTILINE
)
_PRINTED = re.compile(r"print\(.*\)\s+# (.+)")

DEEP = {name for name, module in semigen._PUBLIC.items() if module.startswith("semigen.deep")}


def blocks_of(page: str) -> list[tuple[str, list[str]]]:
    """The code of every Python block, and the lines that it is said to print: in a block of text, or in comments."""
    blocks = _BLOCK.findall(page)
    return [(code, text.splitlines() if text else _PRINTED.findall(code)) for code, text in blocks]


def test_blocks_and_what_they_print_are_found():
    page = "```python\nprint(1)  # 1\n```\n\nwords\n\n```python\nprint(2)\n```\n\n```text\n2\n```\n"
    assert blocks_of(page) == [("print(1)  # 1\n", ["1"]), ("print(2)\n", ["2"])]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_code_on_pages_runs_and_prints_what_they_say(page, capsys, monkeypatch, tmp_path):
    """The blocks of a page share a namespace, in order; from the first that needs torch on, they need torch."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}
    for number, (code, printed) in enumerate(blocks_of(page.read_text(encoding="utf-8")), start=1):
        if DEEP & set(re.findall(r"\w+", code)):
            pytest.importorskip("torch")
        exec(compile(code, f"{page.name}, block {number}", "exec"), namespace)
        assert capsys.readouterr().out.splitlines() == printed, f"{page.name}, block {number}"


_CODE = re.compile(r"^```.*?^```$|`[^`]*`", flags=re.DOTALL | re.MULTILINE)
_DECIMAL = re.compile(r"\d+\.\d+")


@pytest.mark.parametrize("page", ["harm.md", "performance.md"])
def test_figures_on_pages_are_those_of_the_benchmarks(page):
    """What a line of a table says, one line of bench/README.md about the same thing says; likewise other decimals."""
    benchmarks = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
    figures = [(line.lower(), set(_DECIMAL.findall(line))) for line in benchmarks.splitlines()]
    for line in _CODE.sub("", (DOCS / page).read_text(encoding="utf-8")).splitlines():
        subject = line.split("|")[1].strip().lower() if line.startswith("|") else ""
        decimals = _DECIMAL.findall(line)
        for wanted in [set(decimals)] if subject and decimals else [{each} for each in decimals]:
            assert any(subject in there and wanted <= said for there, said in figures), line


def test_every_figure_of_the_table_of_methods_stands_under_the_heading_that_it_names():
    table = (DOCS / "choosing.md").read_text(encoding="utf-8").partition("## Which method for which shape")[2]
    figures = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
    sections = {_anchor(part.partition("\n")[0]): part for part in re.split(r"^#+ ", figures, flags=re.MULTILINE)[1:]}
    named = []
    for line in table.partition("Classifiers that were trained")[0].splitlines():
        if not line.startswith("| ") or line.startswith("| rows"):
            continue
        named = re.findall(r"figures\.md#([\w-]+)", line) or named
        assert named, line
        found = re.findall(r"\d+\.\d+", line)
        of_sections = {each for name in named for each in re.findall(r"\d+\.\d+", sections[name])}
        assert found, line
        assert set(found) <= of_sections, (line, set(found) - of_sections)


def _anchor(heading: str) -> str:
    """The anchor that MyST gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_page_of_the_command_line_names_every_option():
    commands = typer.main.get_command(application).commands.values()
    options = {
        option for command in commands for each in command.params for option in (*each.opts, *each.secondary_opts)
    }
    page = (DOCS / "command-line.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page))
    assert named - {"--help"} == {option for option in options if option.startswith("--")}


def test_the_reference_has_every_public_name():
    reference = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^   (\w+)$", reference, flags=re.MULTILINE))
    assert set(semigen.__all__) - {"__version__"} <= listed
