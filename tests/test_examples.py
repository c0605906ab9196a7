"""What the documentation shows is what happens: the docstrings, and the scripts in examples/."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import runpy
import sys
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


# How far a printed number may lie from the one that is kept: sums are rounded otherwise on another processor, and
# networks learn a little differently.
_NEAR, _NEAR_OF_NETWORKS = {"rtol": 0.02, "atol": 0.002}, {"rtol": 0.15, "atol": 0.03}
NETWORKS = {"features_of_an_autoencoder", "flow", "hybrids", "mixed_table"}
# What differs from run to run: seconds of fits, and the size of a file.
TIMED = {"recommend": re.compile(r"(?<=\d) +\d+\.\d(?=  (raced|dropped))"), "pictures": re.compile(r"\d+ kB")}


def assert_nearly_the_same(printed: str, kept: str, near: dict[str, float]) -> None:
    """The same words and whole numbers, and other numbers nearby."""
    words, kept_words = (" ".join(_NUMBER.sub(_whole_or_not, text).split()) for text in (printed, kept))
    assert words == kept_words
    numbers, kept_numbers = ([float(number) for number in _NUMBER.findall(text)] for text in (printed, kept))
    np.testing.assert_allclose(numbers, kept_numbers, **near)


def _whole_or_not(number: re.Match[str]) -> str:
    return number[0] if number[0].isdigit() else "#"


def test_outputs_are_compared_by_words_and_numbers():
    assert_nearly_the_same("error 0.1101,  of 5", "error 0.1100, of 5", _NEAR)
    for other in ("error 0.12, of 5", "gain 0.11, of 5", "error 0.11, of 6"):
        with pytest.raises(AssertionError):
            assert_nearly_the_same(other, "error 0.11, of 5", _NEAR)
    for row in (
        "  12.0 (1.0 - 20.0)       5      0.1  raced",
        "  12.0 (1.0 - 20.0)       5      2.3  raced, labels alone",
    ):
        assert TIMED["recommend"].sub("", row).split("  raced")[0] == "  12.0 (1.0 - 20.0)       5"


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_scripts_print_what_the_gallery_shows(script, capsys, monkeypatch, tmp_path):
    """After a change, `python docs/_extensions/gallery.py` keeps what they print now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(script)])
    runpy.run_path(str(script), run_name="__main__")
    printed = capsys.readouterr().out
    kept = (ROOT / "docs" / "gallery" / "outputs" / f"{script.stem}.txt").read_text(encoding="utf-8")
    if script.stem in TIMED:
        printed, kept = (TIMED[script.stem].sub("", text) for text in (printed, kept))
    assert_nearly_the_same(printed, kept, _NEAR_OF_NETWORKS if script.stem in NETWORKS else _NEAR)
