"""What the documentation shows is what happens: the docstrings, and the scripts in examples/."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import semigen

ROOT = Path(__file__).parents[1]
MODULES = [module.name for module in pkgutil.walk_packages(semigen.__path__, "semigen.") if "._" not in module.name]


@pytest.mark.parametrize("name", ["semigen._config", *MODULES])
def test_docstring_examples_print_what_they_say(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).failed == 0


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def assert_nearly_the_same(printed: str, kept: str) -> None:
    """The same words, and numbers nearby: networks learn a little differently on another processor."""
    words, kept_words = (" ".join(_NUMBER.sub("#", text).split()) for text in (printed, kept))
    assert words == kept_words
    numbers, kept_numbers = ([float(number) for number in _NUMBER.findall(text)] for text in (printed, kept))
    np.testing.assert_allclose(numbers, kept_numbers, rtol=0.3, atol=0.05)


# What these print depends on how long fits take.
TIMED = {"recommend"}


def test_outputs_are_compared_by_words_and_numbers():
    assert_nearly_the_same("error 0.12,  of 5", "error 0.11, of 5")
    for other in ("error 0.31, of 5", "gain 0.11, of 5"):
        with pytest.raises(AssertionError):
            assert_nearly_the_same(other, "error 0.11, of 5")


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_scripts_print_what_the_gallery_shows(script, capsys, monkeypatch, tmp_path):
    """After a change, `python docs/_extensions/gallery.py` keeps what they print now."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    printed = capsys.readouterr().out
    kept = (ROOT / "docs" / "gallery" / "outputs" / f"{script.stem}.txt").read_text(encoding="utf-8")
    if script.stem in TIMED:
        assert len(printed.splitlines()) > 1
    else:
        assert_nearly_the_same(printed, kept)
