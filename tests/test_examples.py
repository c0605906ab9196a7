"""What the documentation shows is what happens: README's example, the docstrings, the scripts in examples/."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import runpy
from pathlib import Path

import pytest

import semigen

ROOT = Path(__file__).parents[1]
MODULES = [module.name for module in pkgutil.walk_packages(semigen.__path__, "semigen.") if "._" not in module.name]


@pytest.mark.parametrize("name", ["semigen._config", *MODULES])
def test_docstring_examples_print_what_they_say(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).failed == 0


@pytest.mark.parametrize("page", ["README.md"])
def test_python_code_on_pages_runs(page, capsys, monkeypatch, tmp_path):
    """Every Python block runs, and prints what its comments after `print` calls say."""
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL):
        exec(compile(block, page, "exec"), {})
        expected = re.findall(r"print\(.*\)\s+# (.+)", block)
        assert capsys.readouterr().out.splitlines() == expected


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_scripts_run(script, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out
