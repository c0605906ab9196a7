"""Files that the tests of subcommands read and write, and a comparison of two candidates only."""

from __future__ import annotations

from typing import Any

import pytest

import semigen
from tests.cli.commands import write_csv
from tests.cli.fruit import fruit


@pytest.fixture
def csv_file(tmp_path):
    return write_csv(tmp_path / "in.csv")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.csv"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "fruit.csv"
    fruit().to_csv(path, index=False)
    return path


@pytest.fixture
def quick(monkeypatch):
    """Compare two candidates only: what they are is tested elsewhere."""
    recommend = semigen.recommend

    def of_two(X: Any, y: Any, **options: Any) -> Any:
        return recommend(X, y, candidates=["LDA", "mixture"], **options)

    monkeypatch.setattr(semigen, "recommend", of_two, raising=False)
