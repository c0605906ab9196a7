"""SemiSupervisedMixture: the numerical promises, with every kind of column."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone

from semigen import SemiSupervisedGMM, SemiSupervisedMixture
from tests.mixture.mixed.tables import KINDS, few_labels, table


def fitted(frame, y, **options):
    options = {"blocks": KINDS, "unlabeled_weight": 1.0, "random_state": 0, **options}
    weight = options.pop("sample_weight", None)
    return SemiSupervisedMixture(**options).fit(frame, y, weight)


def joint(model, frame):
    return model.predict_joint_log_proba(frame)


def test_columns_go_to_the_block_of_what_they_hold():
    frame, truth = table()
    model = fitted(frame, few_labels(truth))
    assert model.blocks_ == {
        "gaussian": ["height", "weight"],
        "categorical": ["town", "member"],
        "poisson": ["visits"],
        "negative_binomial": ["calls"],
        "words": ["note"],
    }
    assert np.mean(model.transduction_ == truth) > 0.97


@pytest.mark.parametrize("family", ["full", "tied", "diag", "low_rank"])
@pytest.mark.parametrize("gaps", [0.0, 0.15])
def test_the_objective_never_decreases(family, gaps):
    frame, truth = table(gaps=gaps)
    for options in ({}, {"n_components": 2}, {"class_prior": [0.3, 0.7]}, {"unlabeled_weight": 0.3}):
        model = fitted(frame, few_labels(truth), covariance_type=family, tol=1e-8, max_iter=3000, **options)
        assert (np.diff(model.history_) > -1e-9 * (1 + np.abs(model.history_[1:]))).all()
        assert len(model.history_) > 2


def test_every_number_of_threads_gives_the_same_bits():
    frame, truth = table(900, gaps=0.1)
    found = [joint(fitted(frame, few_labels(truth), n_jobs=n), frame) for n in (1, 2, 3)]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


@pytest.mark.parametrize("gaps", [0.0, 0.15])
def test_a_weight_counts_as_so_many_rows_and_zero_as_none(gaps):
    frame, truth = table(gaps=gaps)
    y = few_labels(truth)
    weights = np.random.default_rng(1).integers(0, 4, len(y)).astype(float)
    weights[:4] = 1.0
    numbers = np.repeat(np.arange(len(y)), weights.astype(int))
    weighted = fitted(frame, y, sample_weight=weights, tol=1e-10)
    repeated = fitted(frame.iloc[numbers], y[numbers], tol=1e-10)
    np.testing.assert_allclose(joint(weighted, frame), joint(repeated, frame), rtol=1e-6)


def test_the_order_of_the_rows_does_not_matter():
    frame, truth = table(gaps=0.1)
    y = few_labels(truth)
    order = np.random.default_rng(1).permutation(len(y))
    first, other = fitted(frame, y, tol=1e-10), fitted(frame.iloc[order], y[order], tol=1e-10)
    np.testing.assert_allclose(joint(first, frame), joint(other, frame), rtol=1e-6)


def test_all_rows_labelled_is_the_estimate_of_each_class():
    frame, truth = table()
    model = fitted(frame[["visits", "member"]], truth, blocks={"poisson": ["visits"]})
    values, members = frame["visits"].to_numpy(), frame["member"].to_numpy()
    # Two rows are distributed as all rows are; each value of a category has one more.
    means = [(values[truth == k].sum() + 2 * values.mean()) / ((truth == k).sum() + 2) for k in (0, 1)]
    member, mean = model._fit.parameters.blocks
    np.testing.assert_allclose(mean[0], means, rtol=1e-12)
    share = (members.sum() + 1) / (len(members) + 2)
    shares = [(members[truth == k].sum() + 2 * share) / ((truth == k).sum() + 2) for k in (0, 1)]
    np.testing.assert_allclose(np.exp(member[1]), shares, rtol=1e-12)


def test_numbers_alone_are_a_gaussian_mixture():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)) + 2.0 * (np.arange(200) % 2)[:, None]
    y = few_labels(np.arange(200) % 2)
    mixture = SemiSupervisedMixture(unlabeled_weight=0.5, max_iter=400).fit(X, y)
    gmm = SemiSupervisedGMM(unlabeled_weight=0.5, max_iter=400).fit(X, y)
    assert (mixture.predict_joint_log_proba(X) == gmm.predict_joint_log_proba(X)).all()


def test_numbers_in_single_precision_are_computed_in_it():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(300, 2)), rng.random((300, 1)) < 0.5]) + 0.0
    X[::2, :2] += 2
    y = few_labels(np.arange(300) % 2)
    double = SemiSupervisedMixture(unlabeled_weight=1.0).fit(X, y)
    single = SemiSupervisedMixture(unlabeled_weight=1.0).fit(X.astype(np.float32), y)
    assert single._fit.dtype == np.float32
    np.testing.assert_allclose(
        double.predict_joint_log_proba(X), single.predict_joint_log_proba(X.astype(np.float32)), rtol=2e-3, atol=2e-3
    )


def test_columns_of_zeros_and_ones_of_which_one_is_set_are_a_category():
    rng = np.random.default_rng(0)
    one_hot = np.eye(3)[rng.integers(0, 3, 100)]
    lone = (rng.random(100) < 0.4).astype(float)
    X = np.column_stack([rng.normal(size=100), lone, one_hot, rng.normal(size=100)])
    model = SemiSupervisedMixture(unlabeled_weight=1.0).fit(X, few_labels(np.arange(100) % 2))
    assert model.blocks_ == {"gaussian": [0, 5], "categorical": [(1,), (2, 3, 4)]}
    frame = pd.DataFrame({"a": X[:, 0], "b": lone > 0, "c": one_hot.argmax(axis=1).astype(str), "d": X[:, 5]})
    named = fitted(frame, few_labels(np.arange(100) % 2), blocks={"categorical": ["c"]})
    np.testing.assert_allclose(model.history_, named.history_, rtol=1e-10)


def test_sparse_counts_and_a_column_of_texts_are_the_same_words():
    frame, truth = table()
    y = few_labels(truth)
    texts = SemiSupervisedMixture(unlabeled_weight=1.0).fit(frame[["note"]], y)
    vocabulary = texts._encoder.vocabularies[0]
    counts = csr_matrix([[text.split().count(word) for word in vocabulary] for text in frame["note"]], dtype=float)
    sparse = SemiSupervisedMixture(unlabeled_weight=1.0).fit(counts, y)
    np.testing.assert_allclose(texts.predict_joint_log_proba(frame[["note"]]), joint(sparse, counts), rtol=1e-9)
    dense = SemiSupervisedMixture({"words": list(range(counts.shape[1]))}, unlabeled_weight=1.0)
    dense.fit(counts.toarray(), y)
    np.testing.assert_allclose(joint(dense, counts.toarray()), joint(sparse, counts), rtol=1e-9)


def test_a_text_counts_the_same_however_long_it_is():
    frame, truth = table()
    model = fitted(frame[["note"]], few_labels(truth), blocks="auto")
    longer = frame[["note"]].assign(note=frame["note"] + " " + frame["note"])
    np.testing.assert_allclose(joint(model, longer), joint(model, frame[["note"]]), rtol=1e-9)


def test_a_missing_value_is_left_out_of_the_density():
    frame, truth = table()
    model = fitted(frame, few_labels(truth))
    blank = frame.copy()
    for name in frame.columns:
        blank[name] = blank[name].astype(object)
        blank[name] = None
    np.testing.assert_allclose(joint(model, blank)[0], np.log(model.class_prior_), rtol=1e-9)
    without = frame.assign(town=None)
    values = frame["town"].map({"east": 0, "north": 1, "west": 2}).to_numpy()
    table_of = model._fit.parameters.blocks[0][:3]
    np.testing.assert_allclose(joint(model, without) + table_of[values], joint(model, frame), rtol=1e-9)


def test_frames_of_other_libraries_and_columns_in_another_order_are_read_alike():
    frame, truth = table(gaps=0.1)
    y = few_labels(truth)
    model = fitted(frame, y)
    shuffled = frame[frame.columns[::-1]]
    assert (joint(model, shuffled) == joint(model, frame)).all()
    in_polars = pl.from_pandas(frame)
    np.testing.assert_allclose(joint(fitted(in_polars, y), in_polars), joint(model, frame), rtol=1e-9)


def test_more_rows_without_labels_are_learnt_from_as_those_within():
    frame, truth = table()
    y = few_labels(truth)
    apart = SemiSupervisedMixture(KINDS, unlabeled_weight=1.0).fit(frame[:100], y[:100], X_unlabeled=frame[100:])
    together = fitted(frame, y)
    np.testing.assert_allclose(joint(apart, frame), joint(together, frame), rtol=1e-9)
    assert len(apart.transduction_) == len(frame)


def test_labels_held_out_choose_what_unlabelled_rows_count():
    frame, truth = table(600)
    rng = np.random.default_rng(0)
    # Columns that say the same thing, and nothing of the class: unlabelled rows mislead.
    split = rng.random(600) < 0.5
    for j in range(12):
        frame[f"copy {j}"] = np.where(split ^ (rng.random(600) < 0.02), "a", "b")
    y = few_labels(truth, 60)
    misled = fitted(frame[["height", *frame.columns[7:]]], y, blocks="auto")
    chosen = fitted(frame[["height", *frame.columns[7:]]], y, blocks="auto", unlabeled_weight="auto")
    assert chosen.choice_.weight < 1.0
    assert np.mean(chosen.transduction_ == truth) > np.mean(misled.transduction_ == truth) + 0.1
    assert str(chosen.choice_).startswith(
        f"An unlabelled row counts {chosen.choice_.weight:g}, and classes have 1 comp"
    )


def test_components_are_chosen_where_a_class_has_several():
    rng = np.random.default_rng(1)
    n = 800
    truth, topic = np.arange(n) % 2, rng.integers(0, 2, n)
    # Four words in pairs: each class has all of them equally often, and only their pairs tell the classes.
    pairs = np.array([[[1, 1, 0, 0], [0, 0, 1, 1]], [[1, 0, 1, 0], [0, 1, 0, 1]]])[truth, topic]
    words = rng.poisson(0.05 + 3.0 * pairs)
    y = few_labels(truth, 100)
    model = SemiSupervisedMixture(n_components="auto", random_state=0).fit(csr_matrix(words), y)
    assert model.choice_.n_components > 1
    assert len(model.choice_.tried) == 6


def test_a_class_without_labels_is_found():
    rng = np.random.default_rng(0)
    kind = np.arange(600) % 3
    X = csr_matrix(rng.poisson(0.2 + 2.0 * (np.arange(9) // 3 == kind[:, None])))
    y = np.where((np.arange(600) < 60) & (kind < 2), kind, -1)
    model = SemiSupervisedMixture(classes=[0, 1, 2], unlabeled_weight=1.0, random_state=0).fit(X, y)
    assert np.mean(model.transduction_ == kind) > 0.9


def test_a_report_names_the_values_that_tell_each_class():
    frame, truth = table()
    said = fitted(frame, few_labels(truth)).report(n_values=4)
    first, second = said.splitlines()
    assert "town = west" in first
    assert "town = east" in second
    assert "rows): " in first
    with_words = fitted(frame[["note"]], few_labels(truth), blocks="auto").report()
    assert "the word 'rain'" in with_words or "the word 'cloud'" in with_words


def test_a_copy_by_pickle_and_a_clone_are_the_same():
    frame, truth = table(gaps=0.1)
    model = fitted(frame, few_labels(truth))
    copy = pickle.loads(pickle.dumps(model))
    assert (joint(copy, frame) == joint(model, frame)).all()
    again = clone(model).fit(frame, few_labels(truth))
    assert (joint(again, frame) == joint(model, frame)).all()


def test_labels_may_be_sets_or_probabilities():
    frame, truth = table()
    y = few_labels(truth)
    sure = fitted(frame, y)
    given = np.where(y[:, None] < 0, np.nan, np.eye(2)[y])
    assert (joint(fitted(frame, given), frame) == joint(sure, frame)).all()
    sets = pd.Series([None if label < 0 else {int(label)} for label in y])
    assert (joint(fitted(frame, sets), frame) == joint(sure, frame)).all()
    soft = np.where(y[:, None] < 0, np.nan, 0.8 * np.eye(2)[y] + 0.1)
    model = fitted(frame, soft, unlabeled_weight="auto")
    assert model.n_unsure_ == 20
    assert np.mean(model.transduction_ == truth) > 0.9
