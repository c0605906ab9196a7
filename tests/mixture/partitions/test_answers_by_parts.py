"""Predictions for rows that come in parts: lazy, part by part, and written whole or not at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from semigen import Partitions, SemiSupervisedGMM
from tests.mixture.partitions.rows import cut, parts, rows


@pytest.fixture(scope="module")
def model() -> SemiSupervisedGMM:
    X, _, y = rows()
    return SemiSupervisedGMM().fit(X, np.where(y < 0, None, np.array(["x", "y", "z"], dtype=object)[y]))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "transform", "score_samples"])
def test_answers_are_those_of_the_rows_in_memory_part_by_part(model, method):
    X, _, _ = rows()
    lazy = getattr(model, method)(parts(X))
    sizes = [len(answer) for answer in lazy]
    assert sizes == [len(part) for (part,) in cut(X)]
    np.testing.assert_array_equal(np.concatenate(list(lazy)), getattr(model, method)(X))


def test_nothing_is_read_before_it_is_asked_for(model):
    read = []

    def source():
        for i in range(5):
            read.append(i)
            yield rows()[0]

    lazy = model.predict(Partitions(source))
    assert not read
    assert len(next(iter(lazy))) == 900
    assert len(read) < 5


def test_columns_are_found_by_their_names():
    X, _, y = rows()
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = SemiSupervisedGMM().fit(frame, y)
    shuffled = pa.Table.from_pandas(frame.assign(extra="text")[["d", "extra", "b", "a", "c"]])
    found = np.concatenate(list(model.predict(ds.dataset(shuffled))))
    assert np.array_equal(found, model.predict(frame))


def test_probabilities_are_written_to_parquet_under_the_names_of_the_classes(model, tmp_path):
    X, _, _ = rows()
    path = tmp_path / "proba.parquet"
    model.predict_proba(parts(X)).to_parquet(path)
    written = pl.read_parquet(path)
    assert written.columns == ["x", "y", "z"]
    np.testing.assert_array_equal(written.to_numpy(), model.predict_proba(X))
    model.predict(parts(X)).to_parquet(path)
    assert pl.read_parquet(path)["predict"].to_list() == model.predict(X).tolist()


def test_a_file_is_written_whole_or_not_at_all(model, tmp_path):
    X, _, _ = rows()

    def source():
        yield X
        raise OSError("the disk is gone")

    path = tmp_path / "proba.parquet"
    pq.write_table(pa.table({"kept": [1]}), path)
    with pytest.raises(OSError, match="the disk is gone"):
        model.predict_proba(Partitions(source)).to_parquet(path)
    assert pl.read_parquet(path).columns == ["kept"]
    assert [each.name for each in tmp_path.iterdir()] == ["proba.parquet"]


def test_answers_are_not_written_over_the_rows_that_they_are_of(model, tmp_path):
    X, _, y = rows()
    table = pa.table({name: X[:, j] for j, name in enumerate("abcd")})
    fitted = SemiSupervisedGMM().fit(table.append_column("y", pa.array(y)), target="y")
    folder = tmp_path / "rows"
    folder.mkdir()
    for number in range(2):
        pq.write_table(table, folder / f"{number}.parquet")
    for source, path in ((folder / "0.parquet", folder / "0.parquet"), (folder, folder / "new.parquet")):
        with pytest.raises(ValueError, match="where the rows are read from; write the answers elsewhere"):
            fitted.predict_proba(source).to_parquet(path)
    assert sorted(each.name for each in folder.iterdir()) == ["0.parquet", "1.parquet"]
    fitted.predict_proba(folder / "0.parquet").to_parquet(folder / "beside.parquet")
