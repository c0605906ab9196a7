"""What rows that come in parts are held in: files, Arrow, lazy frames, functions; and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from semigen import Partitions, SemiSupervisedGMM, SemiSupervisedGMMCV
from tests.mixture.partitions.rows import cut, parts, rows

NAMES = ["a", "b", "c", "d"]


def table(text: bool = False, **more: np.ndarray) -> pa.Table:
    X, _, y = rows()
    labels = [None if code < 0 else "xyz"[code] if text else int(code) for code in y]
    return pa.table({**{name: X[:, j] for j, name in enumerate(NAMES)}, "label": pa.array(labels), **more})


@pytest.fixture(scope="module")
def in_memory() -> SemiSupervisedGMM:
    X, _, y = rows()
    return SemiSupervisedGMM().fit(X, y)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(table(), path, row_group_size=200)
    return path


def folder_of(path):
    path.mkdir()
    for i in range(3):
        pq.write_table(table().slice(300 * i, 300), path / f"{i}.parquet")
    return path


@pytest.mark.parametrize(
    "what", ["path", "text path", "dataset", "filtered", "table", "lazy frame", "folder", "chunks"]
)
def test_every_source_gives_the_fit_of_the_rows_in_memory(what, file, tmp_path, in_memory):
    made = {
        "path": lambda: file,
        "text path": lambda: str(file),
        "dataset": lambda: ds.dataset(file),
        "filtered": lambda: ds.dataset(file).filter(ds.field("a") < 1e9),
        "table": table,
        "lazy frame": lambda: pl.scan_parquet(file),
        "folder": lambda: folder_of(tmp_path / "many"),
        "chunks": lambda: Partitions(
            lambda: [part for _, part in pd.read_parquet(file).groupby(np.arange(900) // 200)]
        ),
    }[what]()
    model = SemiSupervisedGMM().fit(made, target="label")
    np.testing.assert_allclose(model.means_, in_memory.means_, atol=1e-10)
    assert model.feature_names_in_.tolist() == NAMES
    assert model.classes_.tolist() == [0, 1, 2]


def test_features_are_named_and_read_in_their_order(file, in_memory):
    model = SemiSupervisedGMM().fit(file, target="label", features=["d", "a"])
    X, _, y = rows()
    np.testing.assert_allclose(model.means_, SemiSupervisedGMM().fit(X[:, [3, 0]], y).means_, atol=1e-10)


@pytest.mark.parametrize("what", ["path", "table", "lazy frame", "partitions"])
def test_weights_are_a_column_of_every_source(what, tmp_path):
    X, _, y = rows()
    weights = np.arange(900.0) % 3
    weighted, path = table(w=weights), tmp_path / "rows.parquet"
    pq.write_table(weighted, path)
    frames = [part for _, part in weighted.to_pandas().groupby(np.arange(900) // 250)]
    sources = {"path": path, "table": weighted, "lazy frame": pl.scan_parquet(path), "partitions": Partitions(frames)}
    model = SemiSupervisedGMM().fit(sources[what], sample_weight="w", target="label")
    np.testing.assert_allclose(model.means_, SemiSupervisedGMM().fit(X, y, weights).means_, atol=1e-9)
    assert model.feature_names_in_.tolist() == NAMES


@pytest.mark.parametrize("method", ["score", "bic", "aic", "impute", "statistics", "partial_fit"])
def test_what_needs_rows_in_memory_says_so(file, in_memory, method):
    with pytest.raises(ValueError, match=f"{method} takes rows in memory.*comes in parts: call it for each part"):
        getattr(in_memory, method)(str(file), None)


def test_a_column_that_some_files_lack_is_not_left_out_in_silence(tmp_path):
    folder = folder_of(tmp_path / "many")
    pq.write_table(table(more=np.zeros(900)), folder / "9.parquet")
    with pytest.raises(ValueError, match=r"9\.parquet' has a column 'more', which other files lack.*features="):
        SemiSupervisedGMM().fit(folder, target="label")
    SemiSupervisedGMM().fit(folder, target="label", features=NAMES)


def test_labels_are_text_weights_a_column_and_null_a_missing_value():
    X, _, y = rows()
    weights = np.arange(900.0) % 3
    gaps = np.where(np.arange(900) % 11 == 0, np.nan, X[:, 1])
    holed = table(text=True, w=weights).set_column(1, "b", pa.array(gaps, from_pandas=True))
    source = Partitions(
        lambda: (batch.to_pandas() for batch in holed.to_batches(max_chunksize=250)), target="label", sample_weight="w"
    )
    model = SemiSupervisedGMM(missing="marginal").fit(source)
    in_memory = SemiSupervisedGMM(missing="marginal").fit(np.column_stack([X[:, 0], gaps, X[:, 2:]]), y, weights)
    np.testing.assert_allclose(model.means_, in_memory.means_, atol=1e-9)
    assert model.classes_.tolist() == ["x", "y", "z"]


def test_parts_may_have_their_columns_in_another_order_and_whole_numbers_for_floats(in_memory):
    X, _, y = rows()
    frames = [pd.DataFrame(part, columns=NAMES).assign(label=labels) for part, labels in cut(X, y)]
    frames[2] = frames[2][["label", "d", "c", "b", "a"]]
    frames[3] = frames[3].astype({"a": int})
    rounded = X.copy()
    rounded[420, 0] = int(rounded[420, 0])
    expected = SemiSupervisedGMM().fit(rounded, y)
    np.testing.assert_allclose(SemiSupervisedGMM().fit(Partitions(frames, target="label")).means_, expected.means_)


def test_float32_columns_stay_float32_and_booleans_are_numbers():
    X, _, y = rows(dtype=np.float32)
    single = pa.table({name: X[:, j] for j, name in enumerate(NAMES)}).append_column("label", pa.array(y))
    assert SemiSupervisedGMM().fit(single, target="label")._fit.dtype == np.float32
    flags = single.append_column("flag", pa.array(X[:, 0] > 0))
    assert SemiSupervisedGMM().fit(flags, target="label")._fit.dtype == np.float64


def test_a_generator_is_refused_with_what_to_do():
    X, _, y = rows()
    with pytest.raises(ValueError, match=r"X is a generator, which can be iterated over once.*semigen\.Partitions"):
        SemiSupervisedGMM().fit(part for part in cut(X, y))
    with pytest.raises(ValueError, match=r"generator, which can be iterated over once.*pass a function that makes it"):
        Partitions(part for part in cut(X, y))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda path: path / "none.parquet", "There is no file or folder"),
        (lambda path: path, "has no Parquet file"),
    ],
    ids=["no file", "empty folder"],
)
def test_files_that_are_not_there_are_named(tmp_path, made, message):
    with pytest.raises(FileNotFoundError, match=message):
        SemiSupervisedGMM().fit(made(tmp_path), target="label")


def test_a_target_that_was_forgotten_is_asked_for_though_its_column_has_gaps(file):
    with pytest.raises(ValueError, match=r"No partition has a labelled row.*target= names the column of labels"):
        SemiSupervisedGMM().fit(file)


def test_a_truncated_file_is_named(tmp_path, file):
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"broken.parquet.*cannot be read as Parquet"):
        SemiSupervisedGMM().fit(broken, target="label")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "species"}, "no column 'species'"),
        ({"target": "label", "features": ["a", "e"]}, "has no column 'e'"),
        ({"target": "label", "y": np.zeros(900)}, "y is given beside rows that come in parts"),
        ({"target": "label", "X_unlabeled": np.zeros((2, 4))}, "X_unlabeled is given beside"),
        ({"target": "a"}, "Column 'label' holds string"),
        ({}, "No partition has a labelled row|Column 'label' holds string"),
    ],
    ids=str,
)
def test_what_is_wrong_with_names_is_said(given, message, tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(table(text=True), path)
    with pytest.raises(ValueError, match=message):
        SemiSupervisedGMM().fit(path, **given)


@pytest.mark.parametrize("model", [SemiSupervisedGMM(), SemiSupervisedGMMCV()], ids=lambda model: type(model).__name__)
def test_target_and_features_are_for_rows_in_parts(model):
    X, _, y = rows()
    with pytest.raises(ValueError, match="name columns of rows that come in parts, and X is a ndarray"):
        model.fit(X, y, target="label")
    with pytest.raises(ValueError, match="requires y to be passed"):
        model.fit(X)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[:, :3], y), "Partition 1 has 3 columns and partition 0 has 4"),
        (lambda X, y: (np.where(X > 4, np.inf, X), y), "Partition 1: .* contains infinity"),
        (lambda X, y: (np.where(X > 4, np.nan, X), y), r"Partition 1: column . contains missing values \(NaN\)"),
        (lambda X, y: (X, y[:-1]), "Partition 1: has 450 rows and 449 labels"),
        (lambda X, y: (X.astype(str), y), "Partition 1:"),
        (lambda X, y: (X, y, -np.ones(len(X))), "Partition 1: .*[Nn]egative"),
        (lambda X, y: (X, y, y, y), "Partition 1: is a tuple of 4"),
        (lambda X, y: pd.DataFrame(X, columns=["a", "b", "c", "e"]), "Partition 1: has no column 'd'"),
    ],
    ids=["columns", "infinity", "missing", "labels", "text", "weights", "tuple", "names"],
)
def test_a_part_that_is_wrong_is_named_and_why(change, message):
    X, _, y = rows()
    first = (X[:450], y[:450])
    second = change(X[450:], y[450:])
    source = Partitions([first, second])
    if isinstance(second, pd.DataFrame):
        source = Partitions([second.set_axis(NAMES, axis=1).assign(label=y[450:]), second], target="label")
    with pytest.raises(ValueError, match=message):
        SemiSupervisedGMM().fit(source)


def test_rows_that_change_between_passes_are_noticed():
    _, _, y = rows()
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="Partition 0 is not what it was in the first pass"):
        SemiSupervisedGMM().fit(Partitions(lambda: [(rng.normal(size=(900, 4)), y)]))


def test_rows_in_another_order_are_noticed():
    X, _, y = rows()
    rng = np.random.default_rng(0)

    def shuffled():
        order = rng.permutation(900)
        yield X[order], y[order]

    with pytest.raises(ValueError, match="its rows, or their order, have changed"):
        SemiSupervisedGMM().fit(Partitions(shuffled))


def test_weights_that_change_between_passes_are_noticed():
    X, _, y = rows()
    passes = iter(range(100))
    with pytest.raises(ValueError, match="Partition 0 is not what it was in the first pass"):
        SemiSupervisedGMM().fit(Partitions(lambda: [(X, y, np.full(900, 1.0 + (next(passes) > 1)))]))


@pytest.mark.parametrize("later", [0, 2])
def test_parts_that_are_gone_in_a_later_pass_are_noticed(later):
    X, _, y = rows()
    passes = []

    def fewer():
        passes.append(1)
        yield from cut(X, y)[: 5 if len(passes) == 1 else later]

    with pytest.raises(ValueError, match=f"5 partitions in the first pass over the rows, and {later} in a later one"):
        SemiSupervisedGMM().fit(Partitions(fewer))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([0, 1, -1]), np.array(["0", "1", "0"])),
        (np.array([0, 1, -1]), [b"0", b"1", b"0"]),
        (np.array([[0.2, 0.8]] * 3), np.array([0, 1, -1])),
        (np.array([[0.2, 0.8]] * 3), np.array([[0.1, 0.2, 0.7]] * 3)),
    ],
    ids=["numbers and text", "numbers and bytes", "probabilities and labels", "two classes and three"],
)
def test_labels_of_parts_are_not_merged_where_those_of_one_array_would_be_refused(one, other):
    X, _, _ = rows()
    with pytest.raises((ValueError, TypeError)):
        SemiSupervisedGMM().fit(Partitions([(X[:3], one), (X[3:6], other)]))


def test_whole_numbers_of_any_size_stay_what_they_are():
    X, truth, y = rows()
    large = np.where(y < 0, -1, y + 2**60)
    given = [(X[:450], large[:450]), (X[450:], large[450:].astype(object))]
    model = SemiSupervisedGMM().fit(Partitions(given))
    assert [int(each) for each in model.classes_] == [2**60, 2**60 + 1, 2**60 + 2]
    assert (model.predict(X) - 2**60 == truth).mean() > 0.9


def test_a_generator_of_random_numbers_starts_the_fit_that_it_starts_in_memory():
    X, _, y = rows()
    one, other = (
        SemiSupervisedGMM(n_components=2, random_state=np.random.RandomState(0)).fit(*given)
        for given in ((X, y), (parts(X, y, ends=(0, 900)),))
    )
    assert one.means_.shape == other.means_.shape
    assert other.random_state.randint(1000) == one.random_state.randint(1000)


def test_weights_may_all_be_zero_in_a_part():
    X, _, y = rows()
    weights = np.repeat([1.0, 0.0], 450)
    model = SemiSupervisedGMM().fit(parts(X, y, weights, ends=(0, 450, 900)))
    np.testing.assert_allclose(model.means_, SemiSupervisedGMM().fit(X[:450], y[:450]).means_, atol=1e-10)


def test_files_of_a_folder_must_hold_their_columns_in_one_type(tmp_path):
    pq.write_table(table(), tmp_path / "a.parquet")
    pq.write_table(table(text=True), tmp_path / "b.parquet")
    with pytest.raises(ValueError, match=r"Column 'label' holds string in .*b.parquet' and int64"):
        SemiSupervisedGMM().fit(tmp_path, target="label")
    pq.write_table(table().drop_columns(["b"]), tmp_path / "b.parquet")
    with pytest.raises(ValueError, match=r"b.parquet' has no column 'b'"):
        SemiSupervisedGMM(missing="marginal").fit(tmp_path, target="label")


def test_a_column_that_the_folders_name_is_read(tmp_path):
    for year in (1999, 2000):
        (tmp_path / f"year={year}").mkdir()
        pq.write_table(table(), tmp_path / f"year={year}" / "rows.parquet")
    model = SemiSupervisedGMM("diag").fit(tmp_path, target="label")
    assert model.feature_names_in_.tolist() == [*NAMES, "year"]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda path: SemiSupervisedGMM().fit(path, target="label", features=["a", "label"]), "cannot be learnt from"),
        (lambda path: SemiSupervisedGMM().fit(path, target="label", features=["a", "a"]), "more than once"),
        (lambda path: SemiSupervisedGMM().fit(path, target="label", features=[]), "features is empty"),
        (lambda path: SemiSupervisedGMM().fit(path, target="label", features="ab"), "must be a sequence of names"),
        (lambda path: Partitions(str(path)), "a sequence of parts is wanted"),
        (lambda path: Partitions(np.zeros((3, 2))), "a sequence of parts is wanted"),
        (lambda path: SemiSupervisedGMM().fit(Partitions([(np.zeros((3, 2)), 1)])), "one for each row"),
        (lambda path: SemiSupervisedGMM().fit(pl.scan_parquet(path), target="kind"), "no column 'kind'"),
    ],
)
def test_names_and_parts_that_make_no_sense_are_refused(file, made, message):
    with pytest.raises((ValueError, TypeError), match=message):
        made(file)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "There is no partition"),
        ([np.empty((0, 3))], "no row that counts"),
        ([np.zeros((5, 3))], "No partition has a labelled row"),
        ([(np.zeros((5, 0)), np.arange(5))], "0 feature"),
    ],
    ids=["no part", "no row", "no label", "no column"],
)
def test_of_nothing_nothing_can_be_learnt(source, message):
    with pytest.raises(ValueError, match=message):
        SemiSupervisedGMM().fit(Partitions(source))


def test_labels_one_class_only_are_refused_as_in_memory():
    X, _, y = rows()
    with pytest.raises(ValueError, match="one class only"):
        SemiSupervisedGMM().fit(parts(X, np.where(y == 0, 0, -1)))
