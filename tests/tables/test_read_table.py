"""read_table: files as the command reads them, with errors and warnings as Python has them."""

from __future__ import annotations

import pytest

from semigen import read_table

FRUIT = "name,weight,kept,kind\n" + "".join(
    f"F{i:03},{150 + i % 13},{'none' if i % 2 else 'cool'},{'apple' if i < 5 else 'pear' if i < 10 else ''}\n"
    for i in range(40)
)


@pytest.fixture
def fruit(tmp_path):
    path = tmp_path / "fruit.csv"
    path.write_text(FRUIT)
    return path


def test_columns_and_labels_are_those_of_the_command(fruit):
    with pytest.warns(UserWarning, match="column 'name' is left out"):
        X, y = read_table(fruit, "kind")
    assert X.columns == ["weight", "kept"]
    assert X["kept"].to_list()[:2] == ["cool", "none"]
    assert y.tolist() == ["apple"] * 5 + ["pear"] * 5 + [None] * 30


def test_columns_may_be_ignored_and_labels_may_mean_none(fruit):
    fruit.write_text(FRUIT.replace("pear", "unknown", 1))
    X, y = read_table(str(fruit), "kind", ignore=["name", "kept"], unlabeled="unknown")
    assert X.columns == ["weight"]
    assert y[5] is None


def test_what_cannot_be_read_is_an_error_in_a_sentence(fruit, tmp_path):
    with pytest.raises(ValueError, match="no column 'sort'"):
        read_table(fruit, "sort")
    with pytest.raises(ValueError, match=r"absent\.csv"):
        read_table(tmp_path / "absent.csv", "kind")
