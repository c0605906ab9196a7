"""The numerical promises of the design, each as a test of its own, on the estimator that people use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM, _core
from semigen.mixture import families
from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.learning.problem import MixtureOptions, Problem
from semigen.mixture.learning.starts import LabeledStart
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.source import scale_columns
from tests.conftest import FAMILIES

FITTED = ("weights_", "means_", "covariances_", "precisions_cholesky_", "class_prior_")


def draw(seed: int, n: int = 150, d: int = 3, n_classes: int = 3):
    """Overlapping clouds, a quarter of the rows labelled, at least two of each class."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % n_classes
    X = rng.normal(0, 2, (n_classes, d))[truth] + rng.normal(size=(n, d)) @ rng.normal(0, 1, (d, d))
    y = np.where((rng.random(n) < 0.25) | (np.arange(n) < 2 * n_classes), truth, -1)
    return X, y, rng


def assert_same_fit(a: SemiSupervisedGMM, b: SemiSupervisedGMM, rtol: float = 1e-7) -> None:
    for name in FITTED:
        left, right = getattr(a, name), getattr(b, name)
        np.testing.assert_allclose(left, right, rtol=rtol, atol=rtol * np.abs(right).max(), err_msg=name)


options = st.fixed_dictionaries(
    {
        "covariance_type": st.sampled_from(FAMILIES),
        "n_components": st.integers(1, 2),
        "unlabeled_weight": st.sampled_from([0.0, 0.1, 1.0]),
        "class_prior": st.sampled_from([None, "unlabeled"]),
        "shrinkage": st.sampled_from(["auto", 0, 4.0]),
        "accelerate": st.sampled_from(["auto", "quasi-newton", None]),
        "prune": st.booleans(),
        "tol": st.just(0.0),
        "max_iter": st.integers(10, 60),
        "random_state": st.just(0),
    }
)
quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@quiet
@settings(max_examples=60, deadline=None)
@given(options=options, seed=st.integers(0, 1000), weighted=st.booleans())
def test_promise_1_the_objective_never_decreases(options, seed, weighted):
    X, y, rng = draw(seed)
    weights = rng.uniform(0, 3, len(X)) if weighted else None
    history = SemiSupervisedGMM(**options).fit(X, y, weights).history_
    # Without a prior the floor holds up components, and rounding is amplified by 1 / reg_covar.
    tolerance = 1e-10 if options["shrinkage"] == 0 else 1e-12
    assert (np.diff(history) >= -tolerance * (1 + np.abs(history[:-1]))).all()


@settings(max_examples=40, deadline=None)
@given(family=st.sampled_from(FAMILIES), shrinkage=st.sampled_from([None, 0.0, 4.0]), seed=st.integers(0, 1000))
def test_promise_1_holds_for_every_single_step(family, shrinkage, seed):
    """The driver would stop at a drop; here E and M steps alternate without it, also in float32."""
    X, y, _ = draw(seed)
    for dtype, tolerance in ((np.float64, 1e-11), (np.float32, 1e-5)):
        rows = ArrayRows(X.astype(dtype), y, None, 0.5)
        scaling = scale_columns(rows, one_scale=families.FAMILIES[family].one_scale)
        options = MixtureOptions(family, np.ones(3, dtype=np.int64), shrinkage=shrinkage, accelerate=None)
        problem = Problem(rows, scaling, options)
        start = LabeledStart(problem, np.random.RandomState(0))
        parameters, passes, objectives = start.draw(), problem.passes(), []
        for _ in range(12):
            statistics = passes.expectation(parameters)
            objectives.append((statistics.log_likelihood + parameters.log_prior) / passes.total_weight)
            parameters = m_step(statistics, parameters, start.prior)
        assert (np.diff(objectives) >= -tolerance * (1 + np.abs(objectives[0]))).all()


@quiet
@pytest.mark.parametrize("reg_covar", [1e-6, 1e-2])
def test_promise_1_holds_where_the_floor_binds(family, reg_covar):
    X, y, _ = draw(3, d=4)
    X = np.column_stack([X, X[:, 0] + X[:, 1], np.zeros(len(X)), y == 0])
    model = SemiSupervisedGMM(family, reg_covar=reg_covar, shrinkage=0, tol=0, max_iter=30).fit(X, y)
    assert (np.diff(model.history_) >= -1e-10 * (1 + np.abs(model.history_[:-1]))).all()


@quiet
@settings(max_examples=20, deadline=None)
@given(options=options, seed=st.integers(0, 1000))
def test_promise_2_a_fit_is_bitwise_the_same_for_every_number_of_threads(options, seed):
    X, y, _ = draw(seed, n=3000)
    one, two, seven = (SemiSupervisedGMM(**options, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2, 7))
    for name in (*FITTED, "history_", "transduction_"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
        assert np.array_equal(getattr(one, name), getattr(seven, name)), name


@quiet
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("d", [3, 70])
def test_promise_2_holds_for_every_build(instruction_set, family, d, dtype):
    X, y, _ = draw(1, n=2500, d=d)
    fits = [SemiSupervisedGMM(family, max_iter=4, n_jobs=n).fit(X.astype(dtype), y) for n in (1, 2)]
    for name in (*FITTED, "history_", "transduction_"):
        assert np.array_equal(getattr(fits[0], name), getattr(fits[1], name)), name


@quiet
@settings(max_examples=30, deadline=None)
@given(options=options, seed=st.integers(0, 1000))
def test_promise_3_integer_weights_equal_repeated_rows_and_zero_equals_absence(options, seed):
    X, y, rng = draw(seed)
    weights = rng.integers(0, 4, len(X))
    weights[:6] = 1
    weighted = SemiSupervisedGMM(**options).fit(X, y, weights)
    repeated = SemiSupervisedGMM(**options).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert_same_fit(weighted, repeated)


@quiet
@settings(max_examples=30, deadline=None)
@given(options=options, seed=st.integers(0, 1000))
def test_promise_3_row_order_does_not_matter(options, seed):
    X, y, rng = draw(seed)
    order = rng.permutation(len(X))
    assert_same_fit(SemiSupervisedGMM(**options).fit(X, y), SemiSupervisedGMM(**options).fit(X[order], y[order]))


def test_promise_3_holds_for_classes_without_labels_and_many_rows():
    """More rows than are looked at to place a class: thinning them out must not depend on their order either."""
    rng = np.random.default_rng(0)
    truth = np.arange(7000) % 4
    X = rng.normal(size=(7000, 2)) + np.array([[0, 0], [5, 0], [0, 5], [5, 5]])[truth]
    y = np.where((np.arange(7000) < 60) & (truth < 3), truth, -1)
    weights, order = rng.integers(0, 3, 7000), rng.permutation(7000)
    weights[:60] = 1

    def fit(X, y, weights=None):
        return SemiSupervisedGMM(classes=range(4), n_components={0: 2}, random_state=0, tol=1e-7, max_iter=1000).fit(
            X, y, weights
        )

    assert_same_fit(fit(X, y), fit(X[order], y[order]), rtol=1e-5)
    assert_same_fit(fit(X, y, weights), fit(np.repeat(X, weights, axis=0), np.repeat(y, weights)), rtol=1e-5)


@pytest.mark.parametrize("value", [1e160, 1e300, -1e300])
def test_promise_3_rows_that_do_not_count_leave_no_trace(family, value):
    X, y, _ = draw(0)
    padded, labels = np.vstack([X, np.full((1, 3), value)]), np.r_[y, -1]
    plain = SemiSupervisedGMM(family).fit(X, y)
    weightless = SemiSupervisedGMM(family).fit(padded, labels, np.r_[np.ones(len(X)), 0])
    assert np.array_equal(weightless.covariances_, plain.covariances_)
    supervised = SemiSupervisedGMM(family, unlabeled_weight=0)
    labelled_only = supervised.fit(X[y >= 0], y[y >= 0]).covariances_
    assert np.array_equal(supervised.fit(padded, labels).covariances_, labelled_only)


@quiet
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("unit", [1e-300, 1e-50, 1e-30, 1e30, 1e270])
def test_promise_3_the_unit_of_weights_does_not_matter_without_a_prior(family, dtype, unit):
    X, y, rng = draw(4)
    weights = rng.uniform(0.5, 2, len(X))
    first = SemiSupervisedGMM(family).fit(X, y)  # the start of a fit leans on a prior; here all begin alike
    init = {"weights": first.weights_, "means": first.means_, "covariances": first.covariances_}
    model = SemiSupervisedGMM(family, shrinkage=0, init=init, max_iter=10, tol=0, accelerate=None)
    plain, scaled = (clone(model).fit(X.astype(dtype), y, w) for w in (weights, weights * unit))
    assert_same_fit(scaled, plain, rtol=2e-3 if dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("class_prior", [None, "unlabeled"])
def test_promise_4_all_rows_labelled_gives_the_closed_form(family, class_prior):
    if not isinstance(families.FAMILIES[family], families.ClosedForm):
        pytest.skip("there is no closed form; see tests/mixture/families/test_low_rank.py")
    X, y, _ = draw(5)
    y = np.arange(len(X)) % 3
    model = SemiSupervisedGMM(family, shrinkage=0, class_prior=class_prior).fit(X, y)
    scatters = [np.cov(X[y == k].T, bias=True) for k in range(3)]
    expected = {
        "full": np.stack(scatters),
        "tied": np.mean(scatters, axis=0),
        "diag": np.stack([np.diag(s) for s in scatters]),
        "spherical": np.array([np.trace(s) / 3 for s in scatters]),
        "tied_spherical": np.array([np.trace(np.mean(scatters, axis=0)) / 3]),
    }[family]
    np.testing.assert_allclose(model.means_, [X[y == k].mean(axis=0) for k in range(3)], rtol=1e-10)
    np.testing.assert_allclose(model.covariances_, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.class_prior_, 1 / 3)


def test_promise_4_the_map_estimate_has_the_documented_formula():
    """Supervised 'diag' fit: (S + nu Psi) / (N + nu) with Psi = (W + 2 T) / (n - K + 2)."""
    X, y, _ = draw(6)
    X, y = X[y >= 0], y[y >= 0]
    model = SemiSupervisedGMM("diag", shrinkage=5.0).fit(X, y)
    scatter = np.stack([((X[y == k] - X[y == k].mean(axis=0)) ** 2).sum(axis=0) for k in range(3)])
    target = (scatter.sum(axis=0) + 2 * X.var(axis=0)) / (len(X) - 3 + 2)
    counts = np.bincount(y)[:, None]
    np.testing.assert_allclose(model.covariances_, (scatter + 5 * target) / (counts + 5), rtol=1e-10)


@quiet
@pytest.mark.parametrize("class_prior", [None, "unlabeled"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_promise_4_without_labels_it_is_scikit_learns_mixture(instruction_set, family, dtype, class_prior):
    if family in ("tied_spherical", "low_rank"):
        pytest.skip("scikit-learn has no such mixture")
    X, _, _ = draw(8, n=600, d=4)
    X = StandardScaler().fit_transform(X)
    rng = np.random.default_rng(0)
    weights, means = np.full(3, 1 / 3), X[rng.choice(len(X), 3, replace=False)]
    covariances = {
        "full": np.stack([np.eye(4)] * 3),
        "tied": np.eye(4),
        "diag": np.ones((3, 4)),
        "spherical": np.ones(3),
    }[family]
    theirs = GaussianMixture(
        3,
        covariance_type=family,
        weights_init=weights,
        means_init=means,
        precisions_init=covariances,
        reg_covar=0,
        tol=0,
        max_iter=15,
        random_state=0,
    ).fit(X)
    ours = SemiSupervisedGMM(
        family,
        classes=[0, 1, 2],
        class_prior=class_prior,
        init={"weights": weights, "means": means, "covariances": covariances},
        shrinkage=0,
        reg_covar=0,
        tol=0,
        max_iter=15,
        accelerate=None,
    ).fit(X.astype(dtype), np.full(len(X), -1))
    tolerance = 1e-7 if dtype == np.float64 else 2e-3
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        np.testing.assert_allclose(
            getattr(ours, name), getattr(theirs, name), rtol=tolerance, atol=tolerance, err_msg=name
        )
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=tolerance, atol=tolerance)


def test_promise_5_float32_is_close_to_float64_and_sums_do_not_drift(family):
    """A hundred thousand float32 rows far from zero: naive float32 sums would lose the variance altogether."""
    rng = np.random.default_rng(0)
    truth = np.arange(100_000) % 2
    X = (rng.normal(0, 1, (100_000, 2)) + 3 * truth[:, None] + 1000).astype(np.float32)
    y = np.where(np.arange(100_000) < 50, truth, -1)
    single = SemiSupervisedGMM(family).fit(X, y)
    double = SemiSupervisedGMM(family).fit(X.astype(np.float64), y)
    np.testing.assert_allclose(single.means_, double.means_, rtol=1e-6)
    np.testing.assert_allclose(single.covariances_, double.covariances_, rtol=2e-3, atol=2e-3)
    assert (single.predict(X) == double.predict(X.astype(np.float64))).mean() > 0.9995


@pytest.mark.parametrize("offset", [0, 1e3, 1e5, 1e7])
def test_promise_5_float32_means_are_those_of_the_rows_however_far_from_zero(family, offset):
    X, y, _ = draw(9)
    X, y = (X + offset).astype(np.float32), np.arange(len(X)) % 3
    model = SemiSupervisedGMM(family, shrinkage=0).fit(X, y)
    expected = np.stack([X[y == k].astype(np.float64).mean(axis=0) for k in range(3)])
    np.testing.assert_allclose(model.means_, expected, atol=1e-5 * X.astype(np.float64).std(), rtol=0)


@pytest.mark.parametrize("separation", [1e2, 1e3, 1e4])
def test_promise_5_float32_variances_survive_classes_far_apart(family, separation):
    if family == "tied":
        separation = min(
            separation, 1e3
        )  # whitening before centring loses the rest; the docstring of covariance_type says so
    rng = np.random.default_rng(0)
    y = np.arange(2000) % 2
    X = (rng.normal(size=(2000, 2)) + separation * y[:, None]).astype(np.float32)
    model = SemiSupervisedGMM(family, shrinkage=0, reg_covar=1e-14).fit(X, y)
    exact = SemiSupervisedGMM(family, shrinkage=0, reg_covar=1e-14).fit(X.astype(np.float64), y)
    single, double = (
        [families.FAMILIES[family].matrix(each.covariances_, k, 2) for k in range(2)] for each in (model, exact)
    )
    np.testing.assert_allclose(single, double, rtol=5e-3, atol=5e-3)


def test_promise_5_a_float64_fit_predicts_float32_rows_in_float64():
    X, y, _ = draw(10)
    for unit in (1e-40, 1.0):
        model = SemiSupervisedGMM().fit(X * unit, y)
        narrow = (X * unit).astype(np.float32)
        assert np.array_equal(model.predict_proba(narrow), model.predict_proba(narrow.astype(np.float64)))


def test_promise_6_densities_stay_in_the_log_domain(family):
    """Rows a thousand standard deviations away, in 60 columns: every density underflows, no logarithm does."""
    X, y, _ = draw(2, d=60, n=400)
    model = SemiSupervisedGMM(family).fit(X, y)
    far = X + 1000 * X.std(axis=0)
    assert np.exp(model.score_samples(far)).max() == 0
    assert np.isfinite(model.predict_joint_log_proba(far)).all()
    np.testing.assert_allclose(model.predict_proba(far).sum(axis=1), 1)


@quiet
@settings(max_examples=25, deadline=None)
@given(
    family=st.sampled_from(["full", "tied", "diag", "low_rank"]),
    seed=st.integers(0, 100),
    powers=st.lists(st.integers(-480, 480), min_size=3, max_size=3),
)
def test_units_do_not_matter(family, seed, powers):
    """Columns multiplied by any powers of two: the same fit to the last bit, and the same probabilities."""
    X, y, _ = draw(seed)
    factors = np.ldexp(1.0, powers)
    plain = SemiSupervisedGMM(family, max_iter=5).fit(X, y)
    scaled = SemiSupervisedGMM(family, max_iter=5).fit(X * factors, y)
    np.testing.assert_array_equal(plain.means_ * factors, scaled.means_)
    np.testing.assert_array_equal(plain.weights_, scaled.weights_)
    np.testing.assert_allclose(plain.predict_proba(X), scaled.predict_proba(X * factors), rtol=1e-9, atol=1e-12)


def test_default_threads_are_positive():
    assert _core.default_threads() >= 1


@quiet
@pytest.mark.parametrize("d", [2, 20, 48])
@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
def test_pruning_does_not_show_in_ten_digits(instruction_set, family, d, spread):
    """Clusters that overlap, that touch, and that lie so far apart that most of the work is left out."""
    rng = np.random.default_rng(d)
    truth = rng.integers(0, 5, 1500)
    X = rng.normal(0, spread, (5, d))[truth] + rng.normal(size=(1500, d)) @ (np.eye(d) + rng.normal(0, 0.1, (d, d)))
    y = np.where(rng.random(1500) < 0.1, truth, -1)
    pruned, whole = (
        SemiSupervisedGMM(family, max_iter=15, accelerate=None, prune=prune).fit(X, y) for prune in (True, False)
    )
    assert_same_fit(pruned, whole, rtol=1e-10)
    np.testing.assert_allclose(pruned.history_, whole.history_, rtol=1e-10)
