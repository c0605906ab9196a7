"""The layout of the deep models: short chains of classes, one table of names, tests that mirror the source."""

from __future__ import annotations

from pathlib import Path

import pytest

import semigen.deep
from tests.deep.tables import MODELS

ESTIMATORS = semigen.deep._CLASSES
SOURCE = Path(semigen.deep.__file__).parent


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_is_at_most_three_classes_of_this_package_deep(name):
    own = [cls for cls in getattr(semigen.deep, name).__mro__ if cls.__module__.startswith("semigen.deep.")]
    assert len(own) <= 3, own


def test_every_estimator_is_public_and_tested():
    assert set(ESTIMATORS) == set(MODELS)
    assert set(ESTIMATORS) <= set(semigen.deep.__all__)
    assert set(ESTIMATORS) <= set(semigen.__all__)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_no_marker_is_left_in_a_docstring(name):
    assert "%(" not in getattr(semigen.deep, name).__doc__
    assert "transduction_ :" in getattr(semigen.deep, name).__doc__ or name.endswith("Features")


def test_the_folders_of_the_tests_are_those_of_the_source():
    tests = Path(__file__).parents[1]
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    assert {path.parent.name for path in tests.glob("*/test_*.py")} == folders
