"""Missing values: the exact density of what was measured, whatever else is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.impute import SimpleImputer

from semigen import SemiSupervisedGMM
from semigen.mixture import families
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.rows.missing_patterns import patterns_of
from tests.conftest import FAMILIES
from tests.mixture.problems import both_passes, random_parameters, random_rows, random_scaling

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 10 < 3, SPECIES, -1)
quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FITTED = ("weights_", "means_", "covariances_", "log_likelihood_", "history_")


def holed(part: float, seed: int = 0, dtype=np.float64) -> np.ndarray:
    lacking = np.random.default_rng(seed).random(X.shape) < part
    return np.where(lacking, np.nan, X).astype(dtype)


def same(one, other, rtol=1e-9) -> None:
    for name in FITTED[:4]:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-10, err_msg=name)


def test_without_missing_values_nothing_changes(family):
    plain, marginal = (SemiSupervisedGMM(family, missing=missing).fit(X, Y) for missing in ("error", "marginal"))
    assert all(np.array_equal(getattr(plain, name), getattr(marginal, name)) for name in FITTED)


def test_densities_are_those_of_the_measured_columns(family):
    rows = holed(0.3)
    model = SemiSupervisedGMM(family, missing="marginal").fit(rows, Y)
    joint = model.predict_joint_log_proba(rows)
    for row, found in zip(rows[:40], joint, strict=False):
        seen = np.flatnonzero(~np.isnan(row))
        for k in range(3):
            covariance = families.FAMILIES[family].matrix(model.covariances_, k, 4)
            density = multivariate_normal.logpdf(row[seen], model.means_[k][seen], covariance[np.ix_(seen, seen)])
            expected = np.log(model.weights_[k]) + (density if len(seen) else 0.0)
            assert found[k] == pytest.approx(expected, rel=1e-9)


def test_a_row_without_any_value_gets_the_class_probabilities():
    model = SemiSupervisedGMM(missing="marginal").fit(holed(0.2), Y)
    nothing = np.full((2, 4), np.nan)
    np.testing.assert_allclose(model.predict_proba(nothing), np.tile(model.class_prior_, (2, 1)), rtol=1e-12)


def test_an_unlabelled_row_without_any_value_changes_only_the_pace(family):
    options = {"missing": "marginal", "tol": 1e-12, "max_iter": 2000}
    plain = SemiSupervisedGMM(family, **options).fit(holed(0.2), Y)
    more = SemiSupervisedGMM(family, **options).fit(np.vstack([holed(0.2), np.full((30, 4), np.nan)]), [*Y, *[-1] * 30])
    np.testing.assert_allclose(more.means_, plain.means_, rtol=1e-3)
    np.testing.assert_allclose(more.class_prior_, plain.class_prior_, rtol=1e-3)


def test_a_labelled_row_without_any_value_still_counts_for_its_class():
    rows, y = np.vstack([X, np.full((50, 4), np.nan)]), np.concatenate([SPECIES, np.zeros(50, dtype=int)])
    model = SemiSupervisedGMM(missing="marginal", tol=1e-10, max_iter=1000).fit(rows, y)
    np.testing.assert_allclose(model.class_prior_, [0.5, 0.25, 0.25], rtol=1e-9)
    np.testing.assert_allclose(model.means_, [X[k == SPECIES].mean(axis=0) for k in range(3)], rtol=1e-4)


def test_better_than_filling_in_means_where_columns_depend_on_one_another():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 2000)
    common = rng.normal(size=2000)
    rows = common[:, None] + 0.2 * rng.normal(size=(2000, 2))
    rows[:, 1] += truth
    rows[rng.random(2000) < 0.5, 0] = np.nan
    y = np.where(np.arange(2000) < 60, truth, -1)
    marginal = SemiSupervisedGMM("tied", missing="marginal").fit(rows, y)
    filled = SimpleImputer().fit_transform(rows)
    assert marginal.score(rows, truth) > SemiSupervisedGMM("tied").fit(filled, y).score(filled, truth) + 0.03


@quiet
@settings(max_examples=40, deadline=None)
@given(
    family=st.sampled_from(FAMILIES),
    part=st.floats(0.05, 0.6),
    unsure=st.booleans(),
    components=st.integers(1, 2),
    unlabeled_weight=st.sampled_from([0.0, 0.3, 1.0]),
    shrinkage=st.sampled_from(["auto", 2.0]),
    accelerate=st.sampled_from(["auto", "quasi-newton", None]),
    class_prior=st.sampled_from([None, [0.2, 0.3, 0.5]]),
    seed=st.integers(0, 1000),
)
def test_promises_1_and_3_hold_with_missing_values_and_every_option(
    family, part, unsure, components, unlabeled_weight, shrinkage, accelerate, class_prior, seed
):
    """The objective rises; weights equal repeats; neither order nor rows of weight zero matter."""
    rng = np.random.default_rng(seed)
    rows, weights = holed(part, seed), rng.integers(0, 4, 150).astype(float)
    weights[::10] = 1
    y = Y
    if unsure:
        y = np.full((150, 3), np.nan)
        y[Y >= 0] = 0.1
        y[Y >= 0, Y[Y >= 0]] = 0.8
    model = SemiSupervisedGMM(
        family,
        components,
        missing="marginal",
        unlabeled_weight=unlabeled_weight,
        shrinkage=shrinkage,
        accelerate=accelerate,
        class_prior=class_prior,
        max_iter=25,
        tol=0,
        random_state=0,
    )
    weighted = clone(model).fit(rows, y, weights)
    repeated = rng.permutation(np.repeat(np.arange(150), weights.astype(int)))
    other = clone(model).fit(rows[repeated], y[repeated])
    if accelerate is None:
        same(weighted, other, rtol=1e-5)
    else:
        # Quasi-Newton steps divide by differences of iterates: where the objective is flat they magnify rounding on
        # the way, in the parameters and not in the objective.
        np.testing.assert_allclose(weighted.history_[-1], other.history_[-1], rtol=1e-7)
    history = weighted.history_
    assert (np.diff(history) >= -1e-12 * (1 + np.abs(history[:-1]))).all()


@quiet
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_patterns", [6, 300])
def test_promise_2_threads_do_not_matter_to_the_last_bit(instruction_set, family, dtype, n_patterns):
    """Neither where they share the rows of a pattern nor where each has patterns of its own, or some of both."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 40)).astype(dtype) + np.repeat([0, 1], 1500)[:, None].astype(dtype)
    lacking = rng.random((n_patterns, 40)) < 0.3
    pattern = rng.integers(0, n_patterns, 3000)
    if n_patterns > 6:
        pattern[rng.random(3000) < 0.8] = 0
    rows[lacking[pattern]] = np.nan
    y = np.where(rng.random(3000) < 0.1, np.repeat([0, 1], 1500), -1)
    one, three = (SemiSupervisedGMM(family, missing="marginal", n_jobs=n, max_iter=8).fit(rows, y) for n in (1, 3))
    assert all(np.array_equal(getattr(one, name), getattr(three, name)) for name in FITTED)


def test_promise_4_a_column_that_no_label_needs_is_regressed_in_closed_form():
    """With one class complete in A and B missing at random, the maximum is the regression's (Anderson, 1957)."""
    rng = np.random.default_rng(0)
    rows = rng.multivariate_normal([1.0, -2.0], [[1.0, 0.6], [0.6, 2.0]], 400)
    rows[200:, 1] = np.nan
    far = rng.normal(50, 1, (100, 2))
    y = np.repeat([0, 1], [400, 100])
    model = SemiSupervisedGMM(missing="marginal", shrinkage=0, reg_covar=0, tol=1e-13, max_iter=5000)
    model.fit(np.vstack([rows, far]), y)
    slope, intercept = np.polyfit(rows[:200, 0], rows[:200, 1], 1)
    mean = rows[:, 0].mean()
    np.testing.assert_allclose(model.means_[0], [mean, intercept + slope * mean], rtol=1e-5)
    variance = rows[:, 0].var()
    residual = np.var(rows[:200, 1] - slope * rows[:200, 0] - intercept)
    expected = [[variance, slope * variance], [slope * variance, residual + slope**2 * variance]]
    np.testing.assert_allclose(model.covariances_[0], expected, rtol=1e-4)


def test_promise_5_float32_stays_close_to_float64(family):
    double, single = (
        SemiSupervisedGMM(family, missing="marginal").fit(holed(0.3, dtype=dtype), Y)
        for dtype in (np.float64, np.float32)
    )
    np.testing.assert_allclose(single.means_, double.means_, rtol=5e-3)
    assert (single.predict(holed(0.3)) == double.predict(holed(0.3))).mean() > 0.98


def test_units_do_not_matter(family):
    if families.FAMILIES[family].one_scale:
        pytest.skip("a spherical covariance is one of equal units")
    rows = holed(0.3)
    plain = SemiSupervisedGMM(family, missing="marginal").fit(rows, Y)
    units = np.array([1024.0, 2.0**-40, 1.0, 2.0**30])
    scaled = SemiSupervisedGMM(family, missing="marginal").fit(rows * units, Y)
    np.testing.assert_allclose(scaled.means_, plain.means_ * units, rtol=1e-12)
    in_units = plain.log_likelihood_ - (~np.isnan(rows) @ np.log(units)).sum()
    assert scaled.log_likelihood_ == pytest.approx(in_units, rel=1e-12)


def test_log_likelihood_is_that_of_the_measured_values(family):
    rows = holed(0.25)
    model = SemiSupervisedGMM(family, missing="marginal").fit(rows, Y)
    joint, density = model.predict_joint_log_proba(rows), model.score_samples(rows)
    by_hand = np.where(Y >= 0, joint[np.arange(150), Y], density).sum()
    assert model.log_likelihood_ == pytest.approx(by_hand, rel=1e-10)


class TestImpute:
    def test_expects_what_regression_within_classes_expects(self, family):
        rows = holed(0.3)
        model = SemiSupervisedGMM(family, missing="marginal").fit(rows, Y)
        filled, covariances = model.impute(rows, return_covariance=True)
        gaps = np.isnan(rows)
        assert np.array_equal(filled[~gaps], rows[~gaps])
        assert not np.isnan(filled).any()
        row = int(np.flatnonzero(gaps.sum(axis=1) == 2)[0])
        seen, unseen = np.flatnonzero(~gaps[row]), np.flatnonzero(gaps[row])
        draws = 0.0, 0.0
        posterior = model.predict_proba(rows[row : row + 1])[0]
        for k, share in enumerate(posterior):
            covariance = families.FAMILIES[family].matrix(model.covariances_, k, 4)
            regression = covariance[np.ix_(unseen, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
            mean = model.means_[k][unseen] + regression @ (rows[row, seen] - model.means_[k][seen])
            rest = covariance[np.ix_(unseen, unseen)] - regression @ covariance[np.ix_(seen, unseen)]
            draws = draws[0] + share * mean, draws[1] + share * (rest + np.outer(mean, mean))
        np.testing.assert_allclose(filled[row, unseen], draws[0], rtol=1e-9)
        expected = draws[1] - np.outer(draws[0], draws[0])
        np.testing.assert_allclose(covariances[row][np.ix_(unseen, unseen)], expected, rtol=1e-7, atol=1e-12)
        assert not covariances[row][seen].any()
        assert not covariances[row][:, seen].any()

    def test_is_closer_to_the_truth_than_the_mean(self):
        rows = holed(0.2)
        filled = SemiSupervisedGMM(missing="marginal").fit(rows, Y).impute(rows)
        gaps = np.isnan(rows)
        by_mean = np.broadcast_to(np.nanmean(rows, axis=0), rows.shape)
        assert np.square(filled - X)[gaps].mean() < 0.3 * np.square(by_mean - X)[gaps].mean()

    def test_needs_a_fit_that_allows_missing_values(self):
        with pytest.raises(ValueError, match="missing='marginal'"):
            SemiSupervisedGMM().fit(X, Y).impute(X)


def test_nan_is_an_error_that_names_the_option():
    fitted = SemiSupervisedGMM().fit(X, Y)
    for call in (
        lambda: SemiSupervisedGMM().fit(holed(0.1), Y),
        lambda: SemiSupervisedGMM().fit(X, Y, X_unlabeled=holed(0.1)),
        lambda: fitted.predict(holed(0.1)),
    ):
        with pytest.raises(ValueError, match=r"contains NaN\. Pass missing='marginal'"):
            call()


def test_gaps_in_later_rows_are_marginalised_where_the_fit_saw_none_and_the_option_is_set_afterwards():
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    X += 4 * y[:, None]
    from_the_start, afterwards = SemiSupervisedGMM(missing="marginal").fit(X, y), SemiSupervisedGMM().fit(X, y)
    afterwards.set_params(missing="marginal")
    X[::3, 1] = np.nan
    np.testing.assert_array_equal(afterwards.predict_proba(X), from_the_start.predict_proba(X))


def test_a_column_that_was_never_measured_is_refused_by_number():
    rows = holed(0.1)
    rows[:, 2] = np.nan
    with pytest.raises(ValueError, match="Column 2 of X is missing"):
        SemiSupervisedGMM(missing="marginal").fit(rows, Y)


def test_infinity_is_refused_also_where_nan_is_not():
    rows = holed(0.1)
    rows[3, 1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        SemiSupervisedGMM(missing="marginal").fit(rows, Y)


def test_columns_that_one_class_never_has_stay_sound(family):
    rows = X.copy()
    rows[SPECIES == 0, 3] = np.nan
    model = SemiSupervisedGMM(family, missing="marginal").fit(rows, Y)
    assert np.isfinite(model.means_).all()
    assert np.isfinite(model.covariances_).all()
    assert np.isfinite(model.predict_proba(rows)).all()


def test_more_rows_may_lack_values(family):
    inside = SemiSupervisedGMM(family, missing="marginal").fit(holed(0.2), Y)
    labeled = Y >= 0
    beside = SemiSupervisedGMM(family, missing="marginal")
    beside.fit(holed(0.2)[labeled], Y[labeled], X_unlabeled=holed(0.2)[~labeled])
    np.testing.assert_allclose(beside.means_, inside.means_, rtol=1e-8)


def test_every_row_with_a_pattern_of_its_own():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 12)) + 2 * np.repeat([0, 1], 150)[:, None]
    rows[rng.random(rows.shape) < 0.5] = np.nan
    y = np.where(np.arange(300) % 5 == 0, np.repeat([0, 1], 150), -1)
    assert SemiSupervisedGMM(missing="marginal").fit(rows, y).score(rows, np.repeat([0, 1], 150)) > 0.9


@pytest.mark.parametrize("d", [2, 7, 20])
@pytest.mark.parametrize("unsure", [False, True])
def test_rows_with_patterns_of_their_own_have_the_statistics_of_the_definition(instruction_set, family, d, unsure):
    rng = np.random.default_rng(d)
    sizes = np.array([1, 3])
    rows = random_rows(120, d, 2, rng, patterns=120, unsure=unsure)
    passes, twin = both_passes(rows, random_scaling(d, rng), np.concatenate(([0], np.cumsum(sizes))))
    parameters = random_parameters(family, sizes, d, rng)
    expected = twin.expectation(parameters).flat
    np.testing.assert_allclose(passes.expectation(parameters).flat, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shared", ["full", "tied"])
def test_columns_that_others_all_but_determine_keep_their_digits(shared):
    rng = np.random.default_rng(0)
    rows = random_rows(120, 6, 2, rng, patterns=120, weighted=False)
    root = rng.normal(size=(6, 6))
    root[5] = root[0] + 1e-2 * root[5]
    covariance = root @ root.T
    covariances = np.stack([covariance, covariance]) if shared == "full" else covariance
    nothing = MixturePrior(shared, 0.0, np.eye(6), np.zeros(6), np.arange(3))
    parameters = with_factors(shared, np.full(2, 0.5), rng.normal(size=(2, 6)), covariances, nothing)
    passes, twin = both_passes(rows, random_scaling(6, rng), np.arange(3))
    found, expected = passes.expectation(parameters), twin.expectation(parameters)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-6)


def test_promise_6_rows_far_out_still_have_a_posterior(instruction_set, family):
    model = SemiSupervisedGMM(family, missing="marginal").fit(holed(0.3), Y)
    far = np.array([[1e200, np.nan, 1.0, np.nan], [np.nan, -1e300, np.nan, np.nan], [1e5, np.nan, 1e7, 1e6]])
    probability = model.predict_proba(far)
    assert np.isfinite(model.score_samples(far)).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-12)


def test_the_order_in_memory_does_not_matter_to_patterns():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 20))
    rows[rng.uniform(size=rows.shape) < 0.05] = np.nan
    as_rows, as_columns = patterns_of(rows), patterns_of(np.asfortranarray(rows))
    assert [each.rows.tolist() for each in as_rows] == [each.rows.tolist() for each in as_columns]
