"""Fits on a cluster are those of the same partitions in this process, to the last bit."""

from __future__ import annotations

import itertools
import pickle
import time
from threading import Thread, Timer

import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import semigen
from semigen import Partitions, SemiSupervisedGMM
from semigen.dask import DaskSemiSupervisedGMM, DaskSemiSupervisedGMMCV
from semigen.dask.cluster_engine import OnCluster
from semigen.dask.collections import collection_of
from tests.mixture.partitions.rows import cut, parts, rows

pytestmark = pytest.mark.filterwarnings("ignore")

SIZE = 225
ENDS = (0, 225, 450, 675, 900)
NAMES = ["a", "b", "c", "d"]


def collection(kind: str, tmp_path=None):
    """The same rows in four partitions, as keywords of `fit`."""
    X, _, y = rows()
    frame = pd.DataFrame(X, columns=NAMES).assign(label=pd.array(np.where(y < 0, None, y), dtype="Int64"))
    if kind == "array":
        return {"X": da.from_array(X, chunks=(SIZE, 2)), "y": da.from_array(y, chunks=SIZE)}
    if kind == "frame":
        return {"X": dd.from_pandas(frame, npartitions=4), "target": "label"}
    if kind == "frame and series":
        whole = dd.from_pandas(frame, npartitions=4)
        return {"X": whole[NAMES], "y": whole["label"]}
    if kind == "bag":
        return {"X": db.from_sequence(cut(X, y, ends=ENDS), npartitions=4)}
    path = tmp_path / "rows.parquet"
    table = pa.table({name: X[:, j] for j, name in enumerate(NAMES)})
    pq.write_table(table.append_column("label", pa.array(frame["label"])), path, row_group_size=SIZE)
    return {"X": path, "target": "label"}


@pytest.fixture(scope="module")
def here() -> SemiSupervisedGMM:
    X, _, y = rows()
    return SemiSupervisedGMM(n_jobs=1).fit(parts(X, y, ends=ENDS))


@pytest.mark.parametrize("kind", ["array", "frame", "frame and series", "bag", "path"])
def test_every_collection_gives_the_bits_of_the_fit_in_this_process(client, kind, here, tmp_path):
    given = collection(kind, tmp_path)
    model = DaskSemiSupervisedGMM(client).fit(**given)
    assert np.array_equal(model.means_, here.means_)
    assert np.array_equal(model.covariances_, here.covariances_)
    assert model.classes_.tolist() == [0, 1, 2]
    predicted = model.predict(given["X"])
    expected = here.predict(rows()[0])
    assert not isinstance(predicted, np.ndarray)
    found = predicted.compute()
    found = np.concatenate(found) if isinstance(found, list) else np.asarray(found)
    assert np.array_equal(found, expected)
    proba = model.predict_proba(given["X"]).compute()
    proba = np.concatenate(proba) if isinstance(proba, list) else np.asarray(proba)
    np.testing.assert_allclose(proba, here.predict_proba(rows()[0]), atol=1e-12)


@pytest.mark.parametrize("n_workers", [1, 4])
def test_the_number_of_workers_does_not_matter(n_workers, here):
    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as connected,
    ):
        model = DaskSemiSupervisedGMM(connected).fit(**collection("array"))
    assert np.array_equal(model.covariances_, here.covariances_)


def test_a_folder_with_a_named_column_and_a_file_without_rows_is_read_as_in_this_process(client, tmp_path):
    X, _, y = rows()
    table = pa.table({name: X[:, j] for j, name in enumerate(NAMES)}).append_column(
        "label", pa.array([None if code < 0 else int(code) for code in y])
    )
    for year, some in {1999: table, 2000: table.slice(0, 0), 2001: table.slice(300)}.items():
        (tmp_path / f"year={year}").mkdir()
        pq.write_table(some, tmp_path / f"year={year}" / "rows.parquet")
    model = DaskSemiSupervisedGMM(client).fit(tmp_path, target="label")
    local = SemiSupervisedGMM().fit(tmp_path, target="label")
    np.testing.assert_allclose(model.means_, local.means_, atol=1e-10)
    assert model.classes_.dtype == local.classes_.dtype


def test_every_answer_is_lazy_and_rows_in_memory_are_told_where_to_go(client, here):
    given = collection("array")
    model = DaskSemiSupervisedGMM(client).fit(**given)
    for method in ("predict_log_proba", "transform", "score_samples", "outlier_score"):
        lazy = getattr(model, method)(given["X"])
        assert isinstance(lazy, da.Array)
        np.testing.assert_allclose(lazy.compute(), getattr(here, method)(rows()[0]), atol=1e-9)
    with pytest.raises(TypeError, match=r"take to_local\(\)"):
        model.predict(rows()[0])


def test_columns_named_by_numbers_are_found_again(client):
    X, _, y = rows()
    frame = dd.from_pandas(pd.DataFrame(X).assign(label=y), npartitions=4)
    model = DaskSemiSupervisedGMM(client).fit(frame, target="label")
    assert (model.predict(frame).compute().to_numpy() == model.to_local().predict(X)).all()


def test_two_fits_at_once_on_one_client_do_not_meet(client, here):
    other = SemiSupervisedGMM("tied", n_jobs=1).fit(parts(rows()[0], rows()[2], ends=ENDS))
    models = [DaskSemiSupervisedGMM(client), DaskSemiSupervisedGMM(client, covariance_type="tied")]
    threads = [Thread(target=each.fit, kwargs=collection("array")) for each in models]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert np.array_equal(models[0].covariances_, here.covariances_)
    assert np.array_equal(models[1].covariances_, other.covariances_)


def test_partitions_may_be_empty_lack_a_class_or_a_column_and_differ_in_order_and_type(client):
    X, _, y = rows()
    holed = X.copy()
    holed[225:450, 1] = np.nan
    frames = [pd.DataFrame(X[a:b], columns=NAMES).assign(label=y[a:b]) for a, b in itertools.pairwise(ENDS)]
    frames[1]["b"] = np.nan
    frames[1].loc[frames[1].label == 2, "label"] = -1
    frames[2] = frames[2][["label", "c", "d", "a", "b"]]
    frames.insert(2, frames[0].iloc[:0])
    given = db.from_sequence(frames, npartitions=5)
    model = DaskSemiSupervisedGMM(client, missing="marginal").fit(given, target="label", features=NAMES)
    expected = SemiSupervisedGMM(missing="marginal").fit(holed, np.concatenate([each.label for each in frames]))
    np.testing.assert_allclose(model.means_, expected.means_, atol=1e-9)


def test_averaged_mixtures_are_fitted_to_all_partitions(client):
    X, truth, _ = rows()
    given = collection("array")
    model = DaskSemiSupervisedGMMCV(client, covariance_types=("full",), n_components=1, random_state=0).fit(**given)
    assert (model.predict(given["X"]).compute() == truth).mean() > 0.9
    assert model.to_local().score(X, truth) > 0.9


def test_a_fit_goes_on_from_a_checkpoint(client, here, tmp_path):
    path = tmp_path / "checkpoint.npz"
    options = {"tol": 1e-9, "accelerate": None}
    with pytest.warns(ConvergenceWarning):
        DaskSemiSupervisedGMM(client, max_iter=2, **options).fit(**collection("array"), checkpoint=path)
    whole = DaskSemiSupervisedGMM(client, **options).fit(**collection("array"))
    rest = DaskSemiSupervisedGMM(client, **options).fit(**collection("array"), resume=path)
    assert rest.n_iter_ < whole.n_iter_
    np.testing.assert_allclose(rest.means_, whole.means_, atol=1e-4)
    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint.npz"]
    with pytest.raises(ValueError, match="covariance_type='full', and the mixture has 'tied'"):
        DaskSemiSupervisedGMM(client, covariance_type="tied").fit(**collection("array"), resume=path)
    with pytest.raises(ValueError, match="leave resume out"):
        DaskSemiSupervisedGMM(client, guard=True).fit(**collection("array"), resume=path)
    others = collection("array")["y"].map_blocks(lambda y: np.where(y < 0, y, y + 1))
    with pytest.raises(ValueError, match="a checkpoint of the classes 0, 1, 2, and the rows have 1, 2, 3"):
        DaskSemiSupervisedGMM(client).fit(collection("array")["X"], others, resume=path)
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no checkpoint"):
        DaskSemiSupervisedGMM(client).fit(**collection("array"), resume=path)


def test_a_bar_of_passes_is_shown_if_asked_for(client, capsys):
    DaskSemiSupervisedGMM(client, verbose=1).fit(**collection("array"))
    assert "log-likelihood a row" in capsys.readouterr().err
    DaskSemiSupervisedGMMCV(client, verbose=1, covariance_types=("full",), n_components=1).fit(**collection("array"))
    assert "log-likelihood a row" in capsys.readouterr().err
    DaskSemiSupervisedGMM(client).fit(**collection("array"))
    assert capsys.readouterr().err == ""


def test_a_saved_mixture_of_a_cluster_is_loaded_for_rows_in_memory(client, tmp_path):
    model = DaskSemiSupervisedGMM(client).fit(**collection("array"))
    model.save(tmp_path / "model")
    loaded = semigen.load(tmp_path / "model")
    assert type(loaded) is SemiSupervisedGMM
    assert (loaded.predict_proba(rows()[0]) == model.to_local().predict_proba(rows()[0])).all()


def test_a_local_copy_knows_no_cluster_and_clones_and_pickles_keep_what_they_can(client, here):
    model = DaskSemiSupervisedGMM(client, tol=1e-4).fit(**collection("array"))
    local = model.to_local()
    assert type(local) is SemiSupervisedGMM
    assert local.tol == 1e-4
    assert np.array_equal(local.predict(rows()[0]), model.predict(collection("array")["X"]).compute())
    assert clone(model).client is client
    assert pickle.loads(pickle.dumps(model)).client is None
    assert DaskSemiSupervisedGMM().get_params()["n_jobs"] == 1
    assert DaskSemiSupervisedGMM().set_params(tol=0.5).tol == 0.5


def test_the_current_client_is_used_if_none_is_given(client, here):
    model = DaskSemiSupervisedGMM().fit(**collection("array"))
    assert np.array_equal(model.means_, here.means_)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (lambda X, y: {"X": X, "y": y}, TypeError, "takes a dask Array, DataFrame or Bag"),
        (lambda X, y: {"X": da.from_array(X), "y": y}, TypeError, "y is a ndarray"),
        (lambda X, y: {"X": da.from_array(X, chunks=(300, 4)), "y": da.from_array(y, chunks=450)}, ValueError, "alike"),
        (lambda X, y: {"X": da.from_array(X), "target": "a"}, ValueError, "have no names"),
        (
            lambda X, y: {"X": dd.from_pandas(pd.DataFrame(X), npartitions=2), "target": "z"},
            ValueError,
            "no column 'z'",
        ),
        (lambda X, y: {"X": db.from_sequence([(X, y)]), "y": y}, ValueError, "y is given beside a Bag"),
        (
            lambda X, y: {"X": db.from_sequence([(X, y), (np.where(X > 4, np.inf, X), y)], npartitions=2)},
            ValueError,
            "Partition 1: .*infinity",
        ),
        (lambda X, y: {"X": db.from_sequence([(X, y), (X[:, 1:], y)], npartitions=2)}, ValueError, "has 3 columns"),
        (lambda X, y: {"X": da.from_array(X)}, ValueError, "No partition has a labelled row"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(client, given, error, message):
    X, _, y = rows()
    with pytest.raises(error, match=message):
        DaskSemiSupervisedGMM(client).fit(**given(X, y))


def test_a_closed_client_is_told_of():
    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        connected = Client(cluster)
        connected.close()
        with pytest.raises(RuntimeError, match="The client of the cluster is closed: connect again"):
            DaskSemiSupervisedGMM(connected).fit(**collection("array"))


def test_a_client_that_is_closed_during_a_pass_is_told_of():
    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        connected = Client(cluster)
        Timer(0.5, connected.close).start()
        with pytest.raises(RuntimeError, match="cancelled a task, most often as the client was closed during the fit"):
            OnCluster(collection_of(**collection("array")), connected).total(slow)


def slow(number, part):
    time.sleep(2)


def test_a_folder_is_listed_once_for_a_collection_and_anew_for_the_next(client, tmp_path):
    X, _, y = rows()
    folder = tmp_path / "rows"
    folder.mkdir()
    table = pa.table({name: X[:, j] for j, name in enumerate(NAMES)}).append_column("label", pa.array(y))
    for number in range(3):
        pq.write_table(table.slice(300 * number, 300), folder / f"{number}.parquet")
    before = DaskSemiSupervisedGMM(client).fit(folder, target="label")
    (folder / "2.parquet").unlink()
    after = DaskSemiSupervisedGMM(client).fit(folder, target="label")
    assert (before.n_labeled_.sum() + before.n_unlabeled_, after.n_labeled_.sum() + after.n_unlabeled_) == (900, 600)


def test_parts_in_this_process_may_be_those_of_a_cluster_too(here):
    X, _, y = rows()
    assert np.array_equal(SemiSupervisedGMM(n_jobs=1).fit(Partitions(cut(X, y, ends=ENDS))).means_, here.means_)


def test_labels_that_may_be_wrong_give_the_bits_of_the_fit_in_this_process(client):
    X, _, y = rows()
    here = SemiSupervisedGMM(n_jobs=1, label_noise="auto").fit(parts(X, y, ends=ENDS))
    there = DaskSemiSupervisedGMM(client, label_noise="auto").fit(**collection("array"))
    for name in ("means_", "label_noise_", "history_"):
        assert np.array_equal(getattr(here, name), getattr(there, name)), name
    assert np.array_equal(here.suspect_labels_.rows, there.suspect_labels_.rows)
