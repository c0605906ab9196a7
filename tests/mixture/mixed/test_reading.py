"""How SemiSupervisedMixture reads columns: what it takes and refuses, and what it says of cells that do not fit."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from semigen import SemiSupervisedMixture
from tests.mixture.mixed.tables import few_labels, table

FRAME, TRUTH = table()
FRAME = FRAME[["height", "town", "member", "visits"]]
Y = few_labels(TRUTH)
X = FRAME[["height", "member"]].to_numpy(dtype=float)
DATES = np.datetime64("2026-01-01") + np.arange(len(FRAME)).astype("timedelta64[D]")


def fit(X=FRAME, y=Y, weights=None, **options):
    return SemiSupervisedMixture(**{"unlabeled_weight": 1.0, **options}).fit(X, y, weights)


def test_rows_of_weight_zero_do_not_say_what_columns_hold():
    weights = np.append(np.ones(len(X)), 0.0)
    with pytest.warns(UserWarning, match="Column 1 held zeros and ones in training; 1 row has another value"):
        model = fit(np.vstack([X, [0.0, 0.5]]), np.append(Y, -1), weights)
    assert model.blocks_ == {"gaussian": [0], "categorical": [(1,)]}
    assert (model.predict_joint_log_proba(X) == fit(X).predict_joint_log_proba(X)).all()
    more = pd.concat([FRAME.assign(same="a"), FRAME[:1].assign(same="b")], ignore_index=True)
    with pytest.warns(UserWarning, match="'same' is left out"):
        assert fit(more, np.append(Y, -1), weights).blocks_["ignored"] == ["same"]


def test_dates_and_scales_are_gaussian_whoever_says_so():
    scale = pd.Categorical(np.where(TRUTH == 1, "large", "small"), ["small", "large"], ordered=True)
    frame = FRAME.assign(size=scale, day=DATES, written=DATES.astype(str))
    asked = fit(frame, blocks={"gaussian": ["size", "day", "written"]})
    assert asked.blocks_ == fit(frame).blocks_
    assert (asked.history_ == fit(frame).history_).all()


@pytest.mark.parametrize("kind", ["poisson", "negative_binomial", "words"])
def test_dates_and_durations_are_no_counts(kind):
    for values in (DATES, DATES - DATES[0]):
        with pytest.raises(ValueError, match=r"'when' holds .*, which are no counts"):
            fit(FRAME.assign(when=values), blocks={kind: ["when"]})


@pytest.mark.parametrize("kind", ["categorical", "words", "poisson"])
def test_lists_in_cells_are_refused(kind):
    with pytest.raises(ValueError, match="'tags' holds lists or bytes"):
        fit(FRAME.assign(tags=[["a", "b"]] * len(FRAME)), blocks={kind: ["tags"]})


def test_what_is_no_table_is_refused():
    with pytest.raises(ValueError, match="a dict is no table"):
        fit(FRAME.to_dict("list"))
    with pytest.raises(ValueError, match="LazyFrame"):
        fit(pl.from_pandas(FRAME).lazy())
    with pytest.raises(TypeError, match="X is sparse, and the mixture was fitted to columns"):
        fit().predict(csr_matrix(X))
    with pytest.raises(ValueError, match=r"contains NaN in row 0, column 1\. Sparse rows are counts"):
        fit(csr_matrix([[1.0, np.nan], [2.0, 0.0]]), [0, 1])
    with pytest.raises(ValueError, match="'height' contains infinity in row 3"):
        fit(FRAME.assign(height=np.where(np.arange(len(FRAME)) == 3, np.inf, FRAME["height"])))


@pytest.mark.parametrize("columns", [["height", "town"], ["town"]])
def test_no_rows_are_refused_but_as_more_rows(columns):
    frame = FRAME[columns]
    with pytest.raises(ValueError, match="X has no rows"):
        fit(frame[:0], Y[:0])
    model = SemiSupervisedMixture(unlabeled_weight=1.0).fit(frame, Y, X_unlabeled=frame[:0])
    assert (model.history_ == fit(frame).history_).all()
    with pytest.raises(ValueError, match="X has no rows"):
        model.predict(frame[:0])


def test_columns_are_found_by_name_in_more_rows_as_in_predictions():
    ahead = SemiSupervisedMixture(unlabeled_weight=1.0).fit(FRAME[:60], Y[:60], X_unlabeled=FRAME[60:])
    other = FRAME.assign(more=1)[["more", *FRAME.columns[::-1]]]
    behind = SemiSupervisedMixture(unlabeled_weight=1.0).fit(FRAME[:60], Y[:60], X_unlabeled=other[60:])
    assert (ahead.history_ == behind.history_).all()


def test_cells_that_count_as_missing_are_told():
    model = fit()
    with pytest.warns(UserWarning, match="'member' held yes or no in training; 1 cells? do"):
        model.predict(FRAME.astype({"member": object}).assign(member=["perhaps", *FRAME["member"][1:]]))
    one_hot = np.eye(3)[np.arange(len(X)) % 3]
    groups = fit(np.column_stack([X[:, :1], one_hot]))
    with pytest.warns(UserWarning, match="Columns 1 to 3 held exactly one 1 in every row in training; 2 rows have not"):
        groups.predict(np.column_stack([X[:, :1], np.where(np.arange(len(X))[:, None] < 2, 1.0, one_hot)]))


def test_columns_of_arrays_are_numbers_in_blocks():
    model = fit(FRAME.to_numpy(), blocks={"poisson": [3]})
    assert model.blocks_ == {"gaussian": [0], "categorical": [1, 2], "poisson": [3]}


def test_progress_is_printed_under_its_own_name(capsys):
    fit(verbose=1)
    assert capsys.readouterr().err.startswith("[SemiSupervisedMixture] start 0")


def test_a_category_of_rare_values_only_is_told():
    frame = FRAME.assign(street=[f"street {i // 3}" for i in range(len(FRAME))])
    with pytest.warns(UserWarning, match="'street' says nothing: no value occurs in 5 rows"):
        model = fit(frame, blocks={"categorical": ["street"]})
    assert model._encoder.levels[-1].size == 1


def test_a_column_that_varies_beyond_floating_point_is_named():
    with pytest.raises(ValueError, match=r"Column 'big' of X varies by about .*e\+200") as caught:
        fit(FRAME.assign(big=FRAME["height"] * 1e200))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # as by a pool of processes
    with pytest.raises(ValueError, match="Column 2 of X varies"):
        fit(np.column_stack([X, X[:, 0] * 1e200]))


def test_a_warning_of_a_column_says_how_blocks_overrule_it():
    numbered = FRAME.assign(number=np.arange(len(FRAME)), code=[f"{i % 7:03d}" for i in range(len(FRAME))])
    with pytest.warns(UserWarning, match="number") as caught:
        model = fit(numbered)
    said = [str(each.message) for each in caught]
    assert any(each.endswith("it numbers the rows. To overrule: blocks={'gaussian': ['number']}.") for each in said)
    assert not any("column_kinds" in each for each in said)
    assert model.blocks_["ignored"] == ["number"]
    assert "number" in fit(numbered, blocks={"gaussian": ["number", "code"]}).blocks_["gaussian"]
