"""Tables that are read part by part: the same rows as the whole, wherever the parts end, and the same refusals."""

import gzip
import os

import numpy as np
import polars as pl
import pytest

from semigen.tables import chunks, records
from semigen.tables.chunks import is_large, open_table
from semigen.tables.errors import TableError
from semigen.tables.files import read_file

LETTERS = np.array(["a", "7", ",", '"', '""', "\n", " ", "é", "x;y"])


def in_parts(path, separator=None):
    return pl.concat([chunk.frame for chunk in open_table(path, separator)])


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(records, "BLOCK", 40)
    monkeypatch.setattr(chunks, "CELLS", 6)


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


@pytest.mark.parametrize("block", [1, 7, 40, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_cells_with_line_ends_separators_and_quotes_are_read_as_in_the_whole(block, seed, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", block)
    rng = np.random.default_rng(seed)
    rows = [["".join(rng.choice(LETTERS, rng.integers(0, 6))) for _ in range(3)] for _ in range(60)]
    text = '"a ""b""",é,c\n' + "".join(",".join(map(quoted, row)) + ["\n", "\r\n"][seed % 2] for row in rows)
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode())
    assert in_parts(path).equals(read_file(path).frame)


@pytest.mark.parametrize("block", [1, 9, 64])
def test_quotes_that_are_inch_marks_are_letters(block, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", block)
    path = tmp_path / "in.csv"
    path.write_text("size,kind\n" + '5" pipe,a\n6" x 2" pipe,b\nplain,"c\nd"\n' * 9)
    assert in_parts(path).equals(read_file(path).frame)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfa,b\n" + b"1,2\n" * 40,
        b"a;b\n" + b"1,5;x\n" * 40,
        b"sep=|\r\n" + b"a|b\r\n" + b"1|2\r\n" * 40,
        b"a,b\r" + b"1,2\r" * 40,
        gzip.compress(b"a,b\n" + b"1,2\n" * 40),
        b"a,b\n" + b"1,2\n" * 40 + b"\n\r\n\n" * 30,
        b"\n\na,b\n" + b"1,2\n" * 40,
        b"a,b\n" + b"1,2\n" * 40 + b"3,4",
        b"a,b\n1," + b"long" * 100 + b"\n",
    ],
    ids=["BOM", "semicolons", "sep", "returns", "gzip", "blank at the end", "blank at the start", "no end", "long"],
)
def test_files_are_read_as_the_whole_is(data, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    table, whole = open_table(path), read_file(path)
    assert in_parts(path).equals(whole.frame)
    assert (table.separator, table.remarks) == (whole.separator, whole.remarks)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\n",
        b"a,a\n1,2\n",
        b"a,b\n" + b"1,2\n" * 40 + b"1,2,3\n",
        b"a,b\n" + b"1,2\n" * 40 + b"1\n" + b"1,2\n" * 40,
        b"a,b\n" + b"1,2\n" * 40 + b"\n" + b"1,2\n" * 40,
        b"a,b\n" + b"1,2\n" * 40 + b"\n" * 100 + b"1,2\n",
        b"a,b\n" + b"1,2\n" * 40 + b"\xff,2\n",
        b'a,b\n"1\n1",2\n' + b"1,2\n" * 40 + b'1,"2\n' + b"1,2\n" * 40,
        gzip.compress(b"a,b\n" + os.urandom(2000).hex().encode() + b",2\n" * 2)[:-300],
        "a,b\n1,2\n".encode("utf-16"),
    ],
    ids=[
        "empty",
        "no rows",
        "names twice",
        "long row",
        "short row",
        "blank line",
        "blank lines",
        "not UTF-8",
        "open quote",
        "cut off",
        "UTF-16",
    ],
)
def test_what_cannot_be_read_is_refused_in_the_words_of_the_whole(data, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    with pytest.raises(TableError) as whole:
        read_file(path)
    with pytest.raises(TableError) as parts:
        in_parts(path)
    assert str(parts.value) == str(whole.value)


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "LONGEST", 500)
    path = tmp_path / "in.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 40 + b'"1,2\n' + b"1,2\n" * 10_000)
    with pytest.raises(TableError, match=r"line 4\d: a quote that opens there is not closed within"):
        in_parts(path)


def test_parts_of_a_parquet_file_have_the_rows_and_types_of_the_whole(tmp_path):
    path = tmp_path / "in.parquet"
    pl.DataFrame(
        {
            "x": pl.Series([*range(50)], dtype=pl.Int8),
            "c": pl.Series(["u", "v"] * 25, dtype=pl.Categorical),
            "d": pl.Series([None, 1] * 25).cast(pl.Date),
        }
    ).write_parquet(path, row_group_size=20)
    assert len(list(open_table(path))) > 20
    assert in_parts(path).equals(read_file(path).frame)
    assert in_parts(path).schema == read_file(path).frame.schema


@pytest.mark.parametrize("kept", [0, 3, 200, -9])
def test_a_parquet_file_that_is_cut_off_is_refused(kept, tmp_path):
    path = tmp_path / "in.parquet"
    pl.DataFrame({"x": np.arange(500)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(TableError, match=f"cannot read {path}"):
        in_parts(path)


def test_a_damaged_page_of_a_parquet_file_is_refused(tmp_path):
    path = tmp_path / "in.parquet"
    pl.DataFrame({"x": np.random.default_rng(0).normal(size=500)}).write_parquet(path)
    data = bytearray(path.read_bytes())
    data[4:200] = bytes(196)
    path.write_bytes(data)
    with pytest.raises(TableError, match=f"cannot read {path}"):
        in_parts(path)


def test_rows_are_numbered_and_the_share_of_the_file_rises_to_one(tmp_path):
    for path in (tmp_path / "in.csv", tmp_path / "in.parquet", tmp_path / "in.csv.gz"):
        frame = pl.DataFrame({"x": np.arange(100), "y": np.arange(100)})
        if path.suffix == ".parquet":
            frame.write_parquet(path)
        else:
            text = frame.write_csv().encode()
            path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
        found = list(open_table(path))
        assert [chunk.first for chunk in found[1:]] == [chunk.end for chunk in found[:-1]]
        assert found[-1].end == 100
        shares = [chunk.share for chunk in found]
        assert shares == sorted(shares)
        assert shares[-1] == 1


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("a,b\n" + "1,2\n" * 100)
    table = open_table(path)
    path.write_text("a,b\n" + "1,2\n" * 99)
    with pytest.raises(TableError, match="has changed while it was read"):
        list(table)


def test_a_table_is_large_by_its_size_and_compressed_ones_by_a_quarter_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "IN_MEMORY", 100)
    for name, n_bytes, large in [
        ("in.csv", 100, False),
        ("in.csv", 101, True),
        ("in.parquet", 26, True),
        ("in.tsv.gz", 25, False),
        ("in.xlsx", 1000, False),
    ]:
        (tmp_path / name).write_bytes(bytes(n_bytes))
        assert is_large(tmp_path / name) is large, name
    assert not is_large(tmp_path / "absent.csv")
