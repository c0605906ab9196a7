"""The sample of a table that is read in parts: what is kept, what is counted, and what it shows of the columns."""

import numpy as np
import polars as pl
import pytest

from semigen.tables import records, sample
from semigen.tables.chunks import open_table
from semigen.tables.errors import TableError
from semigen.tables.kinds import Why
from semigen.tables.read_table import Reading, read_labelled
from semigen.tables.sample import sample_labelled

READING = Reading()


def sampled(path, seed=0, how=READING, said=None):
    table = open_table(path)
    return sample_labelled(table, table, "kind", how, seed, ([] if said is None else said).append)


def write(path, n=500, **changes):
    rng = np.random.default_rng(0)
    columns = {"x": rng.normal(size=n).round(6), "kind": np.where(np.arange(n) % 5 == 0, "ab"[0], "")}
    columns["kind"][::10] = "b"
    pl.DataFrame(columns | changes).write_csv(path)
    return path


@pytest.fixture
def _few(monkeypatch):
    monkeypatch.setattr(records, "BLOCK", 300)
    monkeypatch.setattr(sample, "MOST_LABELED", 30)
    monkeypatch.setattr(sample, "MOST_OTHERS", 50)


def test_a_sample_that_holds_all_rows_is_the_table_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", 300)
    path = write(tmp_path / "in.csv")
    whole, found = read_labelled(path, "kind", Reading(), print), sampled(path)
    assert found.table.equals(whole.table)
    assert found.labels.equals(whole.labels)
    assert found.columns == whole.columns


@pytest.mark.usefixtures("_few")
def test_rows_are_drawn_by_the_seed_wherever_the_parts_end(tmp_path, monkeypatch):
    path = write(tmp_path / "in.csv")
    first, other = sampled(path), sampled(path, seed=1)
    monkeypatch.setattr(records, "BLOCK", 1000)
    again = sampled(path)
    assert first.table.equals(again.table)
    assert not first.table.equals(other.table)
    rows = pl.read_csv(path, infer_schema=False)[first.whole.numbers]
    assert first.table.equals(rows)
    assert (first.labels.is_not_null().sum(), first.labels.null_count()) == (30, 50)
    assert (first.whole.n_rows, first.whole.n_unlabeled) == (500, 400)
    assert first.whole.counts == {"a": 50, "b": 50}


@pytest.mark.usefixtures("_few")
def test_every_row_is_drawn_as_often(tmp_path):
    path = write(tmp_path / "in.csv", n=100)
    times = sum(np.bincount(sampled(path, seed).whole.numbers, minlength=100) for seed in range(200))
    others = times[np.arange(100) % 5 > 0]
    # 50 of 80, 200 times: five standard deviations of a binomial count.
    assert np.abs(others - 125).max() < 5 * np.sqrt(200 * 0.625 * 0.375)


@pytest.mark.usefixtures("_few")
def test_a_rare_class_is_kept_wherever_it_stands(tmp_path):
    for at in ([0, 1, 2], [250, 251], [499]):
        kinds = np.where(np.arange(500) % 2 == 0, "a", "b").astype(object)
        kinds[at] = "rare"
        found = sampled(write(tmp_path / "in.csv", kind=kinds))
        assert (found.labels == "rare").sum() == len(at)


@pytest.mark.usefixtures("_few")
def test_a_numbering_of_all_rows_is_known_by_its_sample(tmp_path):
    rng = np.random.default_rng(1)
    monotone = np.arange(7, 507)
    columns = {"at": monotone, "shuffled": rng.permutation(500), "income": rng.integers(0, 9000, 500)}
    path = write(tmp_path / "in.csv", **columns)
    found = {column.name: column for column in sampled(path).columns}
    assert found["at"].why is Why.NUMBERING
    assert found["income"].used
    # Eighty rows of a permutation tell little; three hundred do.
    assert found["shuffled"].used
    sample.MOST_OTHERS = 300
    found = {column.name: column for column in sampled(path).columns}
    assert found["shuffled"].why is Why.NUMBERING
    assert found["income"].used


def test_labels_are_refused_as_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", 300)
    for kinds, how in [
        (np.full(500, ""), Reading()),
        (np.where(np.arange(500) == 400, "a", ""), Reading()),
        (np.arange(500).astype(str), Reading()),
        (np.full(500, "a"), Reading(unlabeled="a")),
        (np.full(500, "a"), Reading(ignored=["x"])),
    ]:
        path = write(tmp_path / "in.csv", kind=kinds)
        with pytest.raises(TableError) as whole:
            read_labelled(path, "kind", how, print)
        with pytest.raises(TableError) as parts:
            sampled(path, how=how)
        assert str(parts.value) == str(whole.value)


def test_a_marker_in_one_part_only_is_found_and_one_in_none_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", 300)
    kinds = np.where(np.arange(500) % 2 == 0, "a", "b").astype(object)
    kinds[3] = "blank"
    path = write(tmp_path / "in.csv", kind=kinds)
    said = []
    assert sampled(path, how=Reading(unlabeled="blank"), said=said).labels.null_count() == 1
    assert not said
    sampled(path, how=Reading(unlabeled="none"), said=said)
    assert said == ["no row of 'kind' says 'none', the marker of unlabelled rows"]


def test_more_labels_than_classes_can_be_are_refused_before_they_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", 300)
    monkeypatch.setattr(sample, "_MOST_CLASSES", 100)
    path = write(tmp_path / "in.csv", kind=[f"name {i}" for i in range(500)])
    with pytest.raises(TableError, match="more than 100 different labels"):
        sampled(path)
