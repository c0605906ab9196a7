"""The contents of a report, and its pictures, which are drawn once for all tests."""

from __future__ import annotations

import pytest

from semigen.report import ColumnSeen, Contents, Picture, Question, Step
from tests.report.made_up import all_pictures, made_up


@pytest.fixture(scope="session")
def pictures() -> list[Picture]:
    return all_pictures()


@pytest.fixture
def contents(pictures: list[Picture]) -> Contents:
    return Contents(
        table="fruit.csv",
        target="kind",
        n_rows=300,
        classes=[("a", 15), ("b", 15)],
        columns=[ColumnSeen("weight", "numbers", 0), ColumnSeen("colour", "text", 12)],
        left_out={"id": "it numbers the rows"},
        found=made_up(),
        pictures=pictures,
        questions=[Question(17 + i, [("a", 0.51), ("b", 0.49)], {"id": f"F{i}", "weight": "1.5"}) for i in range(7)],
        steps=[Step("Let it label the blank rows", "semigen label fruit.csv --target kind --out o.csv --model auto")],
        labelled=None,
        made=[("seed", "0")],
    )
