"""Fits to rows that come in parts are those to all rows in memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen import Partitions, SemiSupervisedGMM, SemiSupervisedGMMCV, SuspectFitWarning
from semigen.mixture.families import FAMILIES
from semigen.mixture.partitions import survey as first
from tests.mixture.partitions.rows import D, K, N, cut, parts, rows


def assert_same(one: SemiSupervisedGMM, other: SemiSupervisedGMM, tolerance: float = 1e-10) -> None:
    for name in ("weights_", "means_", "covariances_", "class_prior_"):
        scale = np.abs(getattr(one, name)).max()
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), atol=tolerance * scale, rtol=0)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, rel=tolerance)
    assert one.n_labeled_.tolist() == other.n_labeled_.tolist()
    assert one.n_unlabeled_ == other.n_unlabeled_


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("what", ["plain", "weights", "soft labels", "missing", "lambda"])
def test_the_fit_is_that_of_all_rows_in_memory(family, what):
    X, truth, y = rows()
    rng = np.random.default_rng(1)
    weights, options = None, {}
    if what == "weights":
        weights = rng.integers(0, 4, N).astype(float)
    if what == "soft labels":
        soft = np.full((N, K), np.nan)
        soft[y >= 0] = np.eye(K)[y[y >= 0]]
        soft[::17] = 0.8 * np.eye(K)[truth[::17]] + 0.2 / 3
        y = soft
    if what == "missing":
        X = np.where(rng.random(X.shape) < 0.1, np.nan, X)
        options["missing"] = "marginal"
    if what == "lambda":
        options["unlabeled_weight"] = 0.3
    in_memory = SemiSupervisedGMM(family, **options).fit(X, y, weights)
    assert_same(in_memory, SemiSupervisedGMM(family, **options).fit(parts(X, y, weights)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, N), max_size=6), st.integers(0, 3))
def test_however_rows_are_partitioned_the_fit_is_the_same_to_rounding(ends, seed):
    X, _, y = rows(seed)
    ends = (0, *sorted(ends), N)
    assert_same(SemiSupervisedGMM().fit(X, y), SemiSupervisedGMM().fit(parts(X, y, ends=ends)))


def test_the_same_partitions_give_the_same_bits_on_any_number_of_threads():
    X, _, y = rows()
    one, two = (SemiSupervisedGMM(n_jobs=n).fit(parts(X, y)) for n in (1, 2))
    assert np.array_equal(one.covariances_, two.covariances_)


def test_single_precision_stays_unless_a_part_is_double():
    X, _, y = rows(dtype=np.float32)
    assert SemiSupervisedGMM().fit(parts(X, y))._fit.dtype == np.float32
    given = cut(X, y)
    given[0] = (given[0][0].astype(np.float64), given[0][1])
    mixed = SemiSupervisedGMM().fit(Partitions(given))
    assert mixed._fit.dtype == np.float64
    assert_same(SemiSupervisedGMM().fit(X.astype(np.float64), y), mixed)


@pytest.mark.parametrize(
    "options", [{"n_components": 2}, {"n_components": "bic"}, {"n_init": 2}, {"init": "given"}], ids=str
)
def test_starts_of_several_components_come_from_labelled_rows_and_a_sample(options):
    X, truth, y = rows()
    if options.get("init"):
        means = np.stack([X[truth == k].mean(axis=0) for k in range(K)])
        options = {"init": {"weights": np.full(K, 1 / K), "means": means, "covariances": np.stack([np.eye(D)] * K)}}
    # All unlabelled rows are in the sample here.
    model = SemiSupervisedGMM(random_state=0, **options).fit(parts(X, y))
    assert model.score(X, truth) > 0.9
    again = SemiSupervisedGMM(random_state=0, **options).fit(parts(X, y))
    assert np.array_equal(model.means_, again.means_)


def test_a_class_without_labels_is_placed_by_the_sample(monkeypatch):
    X, truth, y = rows()
    y = np.where(y == 2, -1, y)
    monkeypatch.setattr(first, "MOST_SAMPLED", 200)
    model = SemiSupervisedGMM(classes=[0, 1, 2], random_state=0).fit(parts(X, y))
    assert model.score(X, truth) > 0.9


def test_the_sample_is_drawn_from_all_parts_alike(monkeypatch):
    monkeypatch.setattr(first, "MOST_SAMPLED", 400)
    X = np.repeat(np.arange(8.0), 1000)[:, None]
    found = sum_of(first.survey(i, part, -1, None, 0) for i, part in enumerate(Partitions([X[i::4] for i in range(4)])))
    counts = np.bincount(found.sample[:, 0].astype(int), minlength=8)
    assert len(found.sample) == 400
    assert np.abs(counts - 50).max() < 25


def sum_of(surveys):
    total = None
    for each in surveys:
        total = each if total is None else total + each
    return total


def test_without_labels_named_classes_are_learnt_from_unlabelled_rows():
    X, _, _ = rows()
    model = SemiSupervisedGMM(classes=["a", "b", "c"], random_state=0).fit(Partitions([(part,) for (part,) in cut(X)]))
    assert model.n_labeled_.tolist() == [0, 0, 0]
    assert model.n_unlabeled_ == N


def test_all_rows_labelled_and_unlabeled_weight_zero_need_the_labelled_rows_only():
    X, truth, y = rows()
    assert_same(SemiSupervisedGMM().fit(X, truth), SemiSupervisedGMM().fit(parts(X, truth)))
    alone = SemiSupervisedGMM(unlabeled_weight=0)
    assert np.allclose(alone.fit(X, y).means_, alone.fit(parts(X, y)).means_)


def test_the_guard_decides_by_the_rows_in_memory_and_fits_all():
    X, truth, y = rows()
    model = SemiSupervisedGMM(guard=True, random_state=0).fit(parts(X, y))
    assert model.kept_ in ("EM", "supervised")
    assert model.n_unlabeled_ == int((y < 0).sum())
    assert model.supervised_.score(X, truth) > 0.8
    assert model.report()


def test_averaged_mixtures_are_compared_on_a_sample_and_fitted_to_all():
    X, truth, y = rows()
    model = SemiSupervisedGMMCV(("full",), n_components=1, random_state=0).fit(parts(X, y))
    assert len(model.estimators_) <= 5
    assert model.score(X, truth) > 0.9
    assert all(each.n_unlabeled_ == int((y < 0).sum()) for each in model.estimators_)
    assert (y[y >= 0][model.held_out_rows_] >= 0).all()
    found = np.concatenate(list(model.predict(parts(X))))
    assert np.array_equal(found, model.predict(X))


def test_a_fit_in_memory_after_one_of_parts_has_a_transduction_again():
    X, _, y = rows()
    model = SemiSupervisedGMM().fit(X, y).fit(parts(X, y))
    assert not hasattr(model, "transduction_")
    assert len(model.fit(X, y).transduction_) == N


def test_warm_start_goes_on_from_the_fit_before():
    X, _, y = rows()
    model = SemiSupervisedGMM(warm_start=True).fit(parts(X, y))
    assert model.fit(parts(X, y)).n_iter_ <= 1


def test_a_fit_that_looks_wrong_warns_as_in_memory():
    X, _, y = rows()
    y[y >= 0] = np.random.default_rng(0).permutation(y[y >= 0])
    with pytest.warns(SuspectFitWarning) as in_memory:
        SemiSupervisedGMM().fit(X, y)
    with pytest.warns(SuspectFitWarning) as in_parts:
        SemiSupervisedGMM().fit(parts(X, y))
    assert str(in_parts[0].message) == str(in_memory[0].message)


def test_a_failed_fit_changes_nothing():
    X, _, y = rows()
    model = SemiSupervisedGMM().fit(X, y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="infinity"):
        model.fit(Partitions([(X, y), (np.where(X > 3, np.inf, X), y)]))
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())
