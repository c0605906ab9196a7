"""noise and novelty: rows of no class leave the classes alone, and every promise of a fit holds with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from semigen import SemiSupervisedGMM
from semigen.mixture.gaussian.gradient import from_vector, gradient, to_vector
from semigen.mixture.gaussian.m_step import m_step, with_factors
from semigen.mixture.gaussian.noise import LEAST, MOST, UniformNoise
from semigen.mixture.rows.arrays import ArrayPasses
from tests.mixture.problems import random_parameters, random_prior, random_rows, random_scaling

OPTIONS = {
    "noise": {"noise": "uniform"},
    "novelty": {"novelty": 2},
    "both": {"noise": "uniform", "novelty": 1},
    "Student t": {"noise": "uniform", "novelty": 1, "distribution": "t"},
    "several components": {"noise": "uniform", "novelty": 1, "n_components": 2},
    "by unlabelled rows": {"noise": "uniform", "novelty": 1, "class_prior": "unlabeled"},
}


def clouds(seed: int = 0, n: int = 100, scattered: int = 30, labels: int = 15):
    """Three clouds of which nobody has labelled the third, and rows scattered over thrice their range."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(3 * n, 2)) + np.repeat([[0, 0], [7, 0], [0, 7]], n, axis=0)
    X = np.vstack([X, rng.uniform(-18, 24, (scattered, 2))])
    truth = np.concatenate([np.repeat([0, 1, 2], n), np.full(scattered, 3)])
    y = np.full(len(X), -1)
    for k in (0, 1):
        y[k * n : k * n + labels] = k
    return X, y, truth


def answers(model, X):
    """What a fit says of rows."""
    return model.predict_proba(X), model.outlier_score(X), np.array([model.noise_weight_, model.novel_weight_])


def same(first, second, X, rtol=1e-7):
    for one, other in zip(answers(first, X), answers(second, X), strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * 100)


@pytest.mark.parametrize("accelerate", ["auto", "quasi-newton", None])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore::semigen.SuspectFitWarning")
def test_the_objective_never_decreases(family, options, accelerate):
    X, y, _ = clouds(scattered=40)
    model = SemiSupervisedGMM(family, accelerate=accelerate, tol=0, max_iter=60, random_state=0, **options).fit(X, y)
    assert len(model.history_) > 2
    assert np.diff(model.history_).min() > -1e-9 * np.abs(model.history_).max()


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore::semigen.SuspectFitWarning")
def test_fits_keep_the_promises_on_threads_weights_and_order(options):
    X, y, _ = clouds()
    rng = np.random.default_rng(1)
    weights = rng.integers(0, 4, len(X))
    weights[y >= 0] = np.maximum(weights[y >= 0], 1)
    how = {"random_state": 0, "max_iter": 40, "unknown_label": 9, **options}
    model = SemiSupervisedGMM(**how).fit(X, y, sample_weight=weights)
    threads = SemiSupervisedGMM(n_jobs=3, **how).fit(X, y, sample_weight=weights)
    assert all(np.array_equal(*each) for each in zip(answers(model, X), answers(threads, X), strict=True))
    assert model.outlier_threshold_ == threads.outlier_threshold_
    repeated = SemiSupervisedGMM(**how).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    order = rng.permutation(len(X))
    shuffled = SemiSupervisedGMM(**how).fit(X[order], y[order], sample_weight=weights[order])
    absent = SemiSupervisedGMM(**how).fit(X[weights > 0], y[weights > 0], sample_weight=weights[weights > 0])
    for other in (repeated, shuffled, absent):
        same(model, other, X)
        assert other.outlier_threshold_ == pytest.approx(model.outlier_threshold_, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore::semigen.SuspectFitWarning")
def test_single_precision_finds_what_double_precision_does(options):
    X, y, _ = clouds()
    double = SemiSupervisedGMM(random_state=0, **options).fit(X, y)
    single = SemiSupervisedGMM(random_state=0, **options).fit(X.astype(np.float32), y)
    np.testing.assert_allclose(single.means_, double.means_, atol=0.02)
    assert single.noise_weight_ == pytest.approx(double.noise_weight_, abs=0.01)
    assert single.novel_weight_ == pytest.approx(double.novel_weight_, abs=0.01)


def test_the_log_likelihood_is_the_one_that_the_documentation_writes_down():
    X, y, _ = clouds()
    model = SemiSupervisedGMM(noise="uniform", novelty=1, random_state=0).fit(X, y)
    w, v = model.noise_weight_, model.novel_weight_
    novel = model._fit.no_class.novel
    density = np.stack(
        [multivariate_normal.pdf(X, *each) for each in zip(model.means_, model.covariances_, strict=True)], axis=1
    )
    known = density * model.weights_ * (1 - v)
    scaled = model._fit.scaling.apply(X)
    of_novel = v * multivariate_normal.pdf(scaled, novel.means[0], novel.covariances[0])
    volume = np.exp(model._fit.no_class.noise.log_sides.sum())
    units = np.prod(model._fit.scaling.scale)
    open_rows = (1 - w) * (known.sum(axis=1) + of_novel * units) + w * units / volume
    expected = np.where(y < 0, np.log(open_rows), np.log(known[np.arange(len(y)), np.maximum(y, 0)])).sum()
    assert model.log_likelihood_ == pytest.approx(expected, rel=1e-10)
    n_parameters = 3 * 5 + 2 + 1
    assert model.bic(X, y) == pytest.approx(-2 * expected + n_parameters * np.log(len(X)), rel=1e-9)
    score = np.log((1 - w) * of_novel * units + w * units / volume) - np.log((1 - w) * known.sum(axis=1))
    np.testing.assert_allclose(model.outlier_score(X), score, rtol=1e-8, atol=1e-8)


def test_scattered_rows_move_no_class_and_are_counted():
    X, y, truth = clouds(n=300, scattered=60)
    keep = truth != 2
    X, y, truth = X[keep], y[keep], truth[keep]
    plain = SemiSupervisedGMM().fit(X, y)
    model = SemiSupervisedGMM(noise="uniform").fit(X, y)
    share = (truth == 3).sum() / (y < 0).sum()
    assert model.noise_weight_ == pytest.approx(share, abs=0.03)
    largest = [np.linalg.eigvalsh(each.covariances_).max() for each in (model, plain)]
    assert largest[0] < 1.5 < 5 < largest[1]
    np.testing.assert_allclose(model.means_, [[0, 0], [7, 0]], atol=0.3)


def test_unknown_clouds_become_novel_components_and_leave_the_classes_alone():
    X, y, truth = clouds(scattered=0)
    model = SemiSupervisedGMM(novelty=1, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.novel_means_, [[0, 7]], atol=0.4)
    np.testing.assert_allclose(model.means_, [[0, 0], [7, 0]], atol=0.4)
    assert model.novel_weight_ == pytest.approx(1 / 3, abs=0.03)
    assert model.outlier_score(X)[truth == 2].min() > model.outlier_score(X)[truth < 2].max()
    assert model.predict_proba(X).shape == (len(X), 2)
    assert model.weights_.sum() == pytest.approx(1)
    assert model.class_prior_.sum() == pytest.approx(1)


@pytest.mark.parametrize("family", ["full", "tied", "diag"])
def test_the_criterion_of_bayes_chooses_as_many_novel_components_as_there_are_unknown_clouds(family):
    X, y, truth = clouds(scattered=0)
    found = [
        len(SemiSupervisedGMM(family, novelty="bic", random_state=0).fit(X[some], y[some]).novel_means_)
        for some in (truth < 3, truth < 2)
    ]
    assert found == [1, 0]


def test_the_criterion_of_akaike_chooses_no_fewer_than_that_of_bayes():
    X, y, _ = clouds(scattered=0)
    found = [len(SemiSupervisedGMM(novelty=by, random_state=0).fit(X, y).novel_means_) for by in ("bic", "aic")]
    assert found[1] >= found[0] == 1


def test_a_row_far_out_hardly_changes_the_box():
    X, y, _ = clouds()
    far = np.vstack([X, [[1e3, -1e3]]])
    models = [SemiSupervisedGMM(noise="uniform").fit(X, y), SemiSupervisedGMM(noise="uniform").fit(far, [*y, -1])]
    volumes = [each._fit.no_class.noise.log_sides.sum() - np.log(each._fit.scaling.scale).sum() for each in models]
    assert volumes[1] == pytest.approx(volumes[0], abs=0.5)
    np.testing.assert_allclose(models[1].means_, models[0].means_, atol=0.1)


@pytest.mark.parametrize("options", [{"noise": "uniform"}, {"noise": "uniform", "novelty": 1}])
def test_without_unlabelled_rows_that_count_the_fit_is_the_plain_one_to_the_last_bit(options):
    X, y, truth = clouds()
    for how in ({"unlabeled_weight": 0.0}, {}):
        labels = y if how else np.where(truth < 2, truth, 1)
        plain = SemiSupervisedGMM(**how).fit(X, labels)
        model = SemiSupervisedGMM(**options, **how).fit(X, labels)
        assert np.array_equal(plain.covariances_, model.covariances_)
        assert (model.noise_weight_, model.novel_weight_) == (0, 0)


def test_rows_are_scored_by_what_was_measured_of_them():
    X, y, truth = clouds(scattered=0)
    gaps = X.copy()
    gaps[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    model = SemiSupervisedGMM(noise="uniform", novelty=1, missing="marginal", random_state=0).fit(gaps, y)
    assert np.diff(model.history_).min() > -1e-9
    scores = model.outlier_score(gaps)
    assert np.isfinite(scores).all()
    whole = ~np.isnan(gaps).any(axis=1)
    assert scores[whole & (truth == 2)].min() > np.quantile(scores[whole & (truth < 2)], 0.99)
    assert model.outlier_score([[0.0, np.nan]])[0] < model.outlier_score([[np.nan, 7.0]])[0]


def test_a_label_that_excludes_a_class_excludes_what_is_no_class():
    X, y, truth = clouds(scattered=0)
    sets = [None if label < 0 else {int(label)} for label in y]
    plain = SemiSupervisedGMM(noise="uniform", novelty=1, classes=[0, 1, 2], random_state=0)
    rows = np.vstack([X, np.random.default_rng(0).normal(14, 1, size=(20, 2))])
    sets += [{2}] * 20
    np.testing.assert_allclose(plain.fit(rows, sets).novel_means_, [[0, 7]], atol=0.4)
    for row in np.flatnonzero(truth == 2):
        sets[row] = {0, 1}  # whatever they look like, they are said to be of one of these
    model = plain.fit(rows, sets)
    assert np.abs(model.novel_means_ - [0, 7]).max() > 5
    assert model.noise_weight_ < 0.01


def test_the_gradient_in_the_log_odds_of_noise_is_that_of_the_objective():
    rng = np.random.default_rng(0)
    sizes, d = np.array([1, 2]), 3
    class_first = np.array([0, 1, 3])
    rows, scaling = random_rows(80, d, 2, rng), random_scaling(d, rng)
    prior = random_prior("full", d, class_first, 2.0, rng)
    parameters = random_parameters("full", sizes, d, rng)
    parameters = with_factors("full", np.exp(parameters.log_weights), parameters.means, parameters.covariances, prior)
    parameters = replace(parameters, noise=UniformNoise(0.2, np.array([1.5, 1.0, 1.2])))
    passes = ArrayPasses(rows, scaling, class_first, 1)

    def objective(vector):
        moved = from_vector(vector, parameters, prior)
        return passes.expectation(moved).log_likelihood + moved.log_prior

    vector, step = to_vector(parameters, prior), 1e-5
    slope = gradient(parameters, passes.expectation(parameters), prior)
    assert len(slope) == len(vector)
    for i in (-1, 1, 4, 12):
        moved = np.zeros(len(vector))
        moved[i] = step
        found = (objective(vector + moved) - objective(vector - moved)) / (2 * step)
        assert slope[i] == pytest.approx(found, rel=1e-5, abs=1e-5)


def test_the_weight_of_noise_keeps_its_limits():
    noise = UniformNoise(0.1, np.zeros(2))
    assert noise.updated(3.0, 10.0).weight == pytest.approx(0.3)
    assert noise.updated(9.0, 10.0).weight == MOST
    assert noise.updated(0.0, 10.0).weight == LEAST
    assert noise.updated(0.0, 0.0).weight == 0.1
    assert noise.at(100.0).weight == MOST
    assert UniformNoise(MOST, np.zeros(1)).slope(9.0, 10.0) == 0


@pytest.mark.parametrize("method", ["statistics", "update", "partial_fit"])
@pytest.mark.parametrize("options", [{"noise": "uniform"}, {"novelty": 1}, {"unknown_label": 7}])
def test_statistics_are_refused(method, options):
    X, y, _ = clouds()
    model = SemiSupervisedGMM(random_state=0, **options).fit(X, y)
    given = (None,) if method == "update" else (X, y)
    before = model.history_
    with pytest.raises(ValueError, match="rows of none"):
        getattr(model, method)(*given)
    assert model.history_ is before


def test_an_m_step_keeps_mixtures_without_noise_without():
    rng = np.random.default_rng(0)
    parameters = random_parameters("diag", np.array([1, 1]), 2, rng)
    rows = random_rows(30, 2, 2, rng)
    found = ArrayPasses(rows, random_scaling(2, rng), np.array([0, 1, 2]), 1).expectation(parameters)
    assert (found.noise, found.noise_mass, found.noise_total) == (False, 0.0, 0.0)
    assert m_step(found, parameters, random_prior("diag", 2, np.array([0, 1, 2]), 1.0, rng)).noise is None


def test_rows_of_no_class_are_no_sign_of_a_wrong_fit():
    X, y, _ = clouds(n=300, scattered=90, labels=60)
    far = np.vstack([X, [[300.0, 300.0]]])
    assert SemiSupervisedGMM(noise="uniform", novelty=1, random_state=0).fit(far, [*y, -1]).suspicions_ == ()
    rng = np.random.default_rng(1)
    between = np.vstack([rng.normal(size=(n, 2)) + at for n, at in ((300, [0, 0]), (300, [6, 0]), (1500, [3, 3]))])
    labels = np.full(len(between), -1)
    labels[:100], labels[300:400] = 0, 1
    assert SemiSupervisedGMM(novelty=1, random_state=0).fit(between, labels).suspicions_ == ()
