"""Mixtures of Student t components: the promises of every mixture, and what is theirs alone."""

from __future__ import annotations

import pickle

import mpmath
import numpy as np
import pytest
from scipy.stats import kstest, multivariate_t, t

import semigen
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.mixture.gaussian import student_t

LEARNT = [4.0, "auto", "per_component"]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def heavy():
    """Two classes of t rows with four degrees of freedom in three columns, ten labels each."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 600)
    spread = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.3], [0.0, 0.0, 0.7]])
    rows = rng.normal(size=(600, 3)) @ spread / np.sqrt(rng.chisquare(4, 600) / 4)[:, None]
    y = np.full(600, -1)
    for k in (0, 1):
        y[np.flatnonzero(truth == k)[:10]] = k
    return rows + 3.5 * truth[:, None], truth, y


def fitted(X, y, covariance_type="full", **options):
    return SemiSupervisedGMM(covariance_type, distribution="t", **options).fit(X, y)


@pytest.mark.parametrize("nu", [0.5, 3.0, 40.0, 1e6, 1e12])
def test_density_has_the_digits_of_a_high_precision_one(nu):
    X = np.array([[0.0, 0.0], [0.3, -0.2], [1.0, 0.4], [40.0, -90.0], [1e6, 3e5], [0.1, 0.1]])
    model = SemiSupervisedGMM("diag", distribution="t", degrees_of_freedom=nu, unlabeled_weight=0.0, reg_covar=0.0)
    model.fit(np.random.default_rng(0).normal(size=(30, 2)), np.repeat([0, 1], 15))
    actual = model.predict_joint_log_proba(X)
    with mpmath.workdps(50):
        for i, k in np.ndindex(actual.shape):
            mean, variances = model.means_[k].tolist(), model.covariances_[k].tolist()
            apart = zip(X[i].tolist(), mean, variances, strict=True)
            distance = sum((mpmath.mpf(x) - m) ** 2 / v for x, m, v in apart)
            half = mpmath.mpf(nu) / 2
            expected = (
                mpmath.log(mpmath.mpf(model.weights_[k])) - mpmath.log(mpmath.mpf(variances[0]) * variances[1]) / 2
            )
            expected += mpmath.loggamma(half + 1) - mpmath.loggamma(half) - mpmath.log(2 * half * mpmath.pi)
            expected -= (half + 1) * mpmath.log1p(distance / (2 * half))
            assert actual[i, k] == pytest.approx(float(expected), rel=3e-13)


def test_with_ever_more_degrees_of_freedom_components_become_gaussian(heavy, family):
    X, _, y = heavy
    gaussian = SemiSupervisedGMM(family, unlabeled_weight=0.0, shrinkage=1.0).fit(X, y)
    many = fitted(X, y, family, degrees_of_freedom=1e10, unlabeled_weight=0.0, shrinkage=1.0)
    tolerance = 1e-2 if family == "low_rank" else 1e-4  # its fits end where they gain little
    np.testing.assert_allclose(
        many.predict_log_proba(X[:50]), gaussian.predict_log_proba(X[:50]), atol=tolerance, rtol=tolerance
    )


@pytest.mark.parametrize("degrees_of_freedom", LEARNT)
@pytest.mark.parametrize("accelerate", [None, "quasi-newton"])
def test_objective_never_decreases(heavy, family, degrees_of_freedom, accelerate):
    X, _, y = heavy
    options = {"degrees_of_freedom": degrees_of_freedom, "accelerate": accelerate, "max_iter": 60}
    history = fitted(X, y, family, **options, n_components=2, tol=1e-9, random_state=0).history_
    assert (np.diff(history) >= -1e-9 * np.abs(history[:-1])).all()


def test_objective_never_decreases_where_values_are_missing(heavy, family):
    X, _, y = heavy
    X = np.where(np.random.default_rng(1).random(X.shape) < 0.2, np.nan, X)
    history = fitted(X, y, family, missing="marginal", max_iter=40, tol=1e-9).history_
    assert (np.diff(history) >= -1e-9 * np.abs(history[:-1])).all()


def test_a_fit_is_the_same_to_the_last_bit_for_every_number_of_threads(heavy, family):
    X, _, y = heavy
    one, three = (fitted(np.tile(X, (5, 1)), np.tile(y, 5), family, n_jobs=n) for n in (1, 3))
    for name in ("means_", "covariances_", "degrees_of_freedom_", "history_"):
        assert getattr(one, name).tobytes() == getattr(three, name).tobytes()


def test_integer_weights_equal_repeated_rows_and_weight_zero_equals_absence(heavy, family):
    X, _, y = heavy
    X, y = X[:200], y[:200]
    times = np.random.default_rng(2).integers(0, 3, len(X))
    times[y >= 0] = 1
    options = {"tol": 1e-8, "max_iter": 30, "accelerate": None}
    weighted = SemiSupervisedGMM(family, distribution="t", **options).fit(X, y, sample_weight=times)
    repeated = fitted(np.repeat(X, times, axis=0), np.repeat(y, times), family, **options)
    np.testing.assert_allclose(weighted.means_, repeated.means_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(weighted.degrees_of_freedom_, repeated.degrees_of_freedom_, rtol=1e-8)


def test_statistics_of_parts_add_up_and_an_update_is_an_iteration(heavy, family):
    X, _, y = heavy
    model = fitted(X, y, family, max_iter=3)
    parts = [pickle.loads(pickle.dumps(model.statistics(X[i::3], y[i::3]))) for i in range(3)]
    whole, total = model.statistics(X, y), sum(parts)
    np.testing.assert_allclose(total.flat, whole.flat, rtol=1e-9, atol=1e-9)
    before = model.degrees_of_freedom_
    model.update(total)
    again = model.statistics(X, y)
    assert again.log_likelihood > whole.log_likelihood - 1.0
    assert (model.degrees_of_freedom_ != before).all()


def test_rows_in_parts_teach_what_rows_in_an_array_teach(heavy, tmp_path):
    pa = pytest.importorskip("pyarrow")
    X, _, y = heavy
    table = pa.table({**{f"x{j}": X[:, j] for j in range(3)}, "y": y})
    options = {"tol": 1e-9, "accelerate": None, "max_iter": 100}
    whole = fitted(X, y, **options)
    parts = SemiSupervisedGMM(distribution="t", **options).fit(table, target="y")
    np.testing.assert_allclose(parts.means_, whole.means_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(parts.degrees_of_freedom_, whole.degrees_of_freedom_, rtol=1e-3)


def test_degrees_of_freedom_are_found(heavy):
    X, truth, _ = heavy
    rng = np.random.default_rng(3)
    for nu in (2.5, 8.0):
        rows = multivariate_t.rvs(np.zeros(2), np.eye(2), df=nu, size=8000, random_state=rng)
        found = fitted(rows, np.arange(8000) % 2, tol=1e-8).degrees_of_freedom_
        assert found == pytest.approx([nu, nu], rel=0.1)
    of_normal = fitted(rng.normal(size=(3000, 4)), np.arange(3000) % 2, tol=1e-8)
    assert of_normal.degrees_of_freedom_.min() > 50
    assert fitted(X, truth, degrees_of_freedom="per_component").degrees_of_freedom_.shape == (2,)


def test_estimates_keep_to_their_limits_and_to_rows_that_count():
    far, near = np.array([-50.0]), np.array([-1.0])
    mass, before = np.array([1.0]), np.array([7.0])
    assert student_t.updated(before, mass, far, "shared") == student_t.LEAST
    assert student_t.updated(before, mass, near, "shared") == student_t.MOST
    assert student_t.updated(before, 0 * mass, 0 * near, "per_component") == before
    assert student_t.updated(before, mass, far, None) is before


def test_samples_have_the_tails_of_the_components(heavy):
    X, _, y = heavy
    model = fitted(X, y, "diag", degrees_of_freedom=3.0, random_state=0)
    rows, _ = model.sample(4000, y=1)
    place = (rows[:, 0] - model.means_[1, 0]) / np.sqrt(model.covariances_[1, 0])
    assert kstest(place, t(3).cdf).pvalue > 1e-3
    assert kstest(place, "norm").pvalue < 1e-6


def test_contaminated_rows_cost_less_than_with_gaussians(heavy):
    X, truth, y = heavy
    rng = np.random.default_rng(4)
    far = np.where(rng.random((600, 1)) < 0.05, X + 20 * X.std(axis=0) * rng.normal(size=X.shape), X)
    clean, robust = fitted(X, y).score(X, truth), fitted(far, y).score(X, truth)
    gaussian = SemiSupervisedGMM().fit(far, y).score(X, truth)
    assert robust > clean - 0.01
    assert gaussian < clean - 0.05


def test_a_saved_mixture_answers_as_before(heavy, tmp_path):
    X, _, y = heavy
    model = fitted(X, y)
    model.save(tmp_path / "model")
    for again in (semigen.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        assert again.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()
        assert again.degrees_of_freedom_.tobytes() == model.degrees_of_freedom_.tobytes()
        assert again.report() == model.report()


def test_report_says_what_was_learnt(heavy):
    X, _, y = heavy
    assert "share" in fitted(X, y).report()
    assert "which were given" in fitted(X, y, degrees_of_freedom=3).report()
    assert "each class: 0 " in fitted(X, y, degrees_of_freedom="per_component").report()
    assert "have" not in fitted(X, y, guard=True).report().split("\n")[-1]


def test_the_criteria_count_degrees_of_freedom_that_were_learnt(heavy):
    X, _, y = heavy
    given, shared, each = (fitted(X, y, degrees_of_freedom=nu, max_iter=1, tol=1e9)._fit.n_parameters for nu in LEARNT)
    assert (shared - given, each - given) == (1, 2)


def test_the_guard_leaves_the_pessimistic_fit_to_gaussians(heavy):
    X, _, y = heavy
    assert "pessimistic" not in fitted(X, y, guard=True).report()


def test_averaged_mixtures_take_the_distribution(heavy):
    X, truth, y = heavy
    model = SemiSupervisedGMMCV(distribution="t", covariance_types=["full"], transforms=["none"], shrinkages=[1.0]).fit(
        X, y
    )
    assert all(len(each.degrees_of_freedom_) == len(each.weights_) for each in model.estimators_)
    assert model.score(X, truth) > 0.9
    with pytest.raises(ValueError, match="distribution"):
        SemiSupervisedGMMCV(distribution="cauchy").fit(X, y)


@pytest.mark.parametrize("wrong", [0, -1.0, float("nan"), float("inf"), "shared", None, True])
def test_impossible_degrees_of_freedom_are_refused(heavy, wrong):
    X, _, y = heavy
    with pytest.raises(ValueError, match="degrees_of_freedom"):
        fitted(X, y, degrees_of_freedom=wrong)


def test_degrees_of_freedom_of_gaussians_are_refused_and_nothing_changes(heavy):
    X, _, y = heavy
    model = fitted(X, y)
    before = vars(model).copy()
    model.set_params(distribution="normal", degrees_of_freedom=3.0)
    with pytest.raises(ValueError, match="distribution='t'"):
        model.fit(X, y)
    assert {name: vars(model)[name] for name in before if name.endswith("_")} == {
        name: value for name, value in before.items() if name.endswith("_")
    }
    with pytest.raises(AttributeError, match="distribution='t'"):
        SemiSupervisedGMM().fit(X, y).degrees_of_freedom_  # noqa: B018


def test_what_only_gaussians_can_do_is_refused(heavy):
    X, _, y = heavy
    with pytest.raises(ValueError, match="distribution='t' cannot learn from a stream"):
        SemiSupervisedGMM(distribution="t").partial_fit(X, y)
    gaps = np.where(np.random.default_rng(5).random(X.shape) < 0.1, np.nan, X)
    model = fitted(gaps, y, missing="marginal")
    assert np.isfinite(model.impute(gaps)).all()
    with pytest.raises(ValueError, match="Student t"):
        model.impute(gaps, return_covariance=True)


def test_rows_that_stretch_the_scale_beyond_what_tails_can_bear_are_told_of():
    rng = np.random.default_rng(0)
    truth = np.arange(900) % 3
    X = rng.normal(size=(900, 2)) + 4 * np.array([[0, 0], [1, 0], [0, 1]])[truth]
    y = np.where(np.arange(900) < 60, truth, -1)
    X[100::100] += 1e6 * rng.normal(size=X[100::100].shape)
    with pytest.warns(semigen.SuspectFitWarning, match=r"make .* of its variance"):
        SemiSupervisedGMM(distribution="t").fit(X, y)
