"""What a person can do with SemiSupervisedGMM and what it says back."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM


def few_labels(truth, per_class, seed):
    rng = np.random.default_rng(seed)
    y = np.full(len(truth), -1)
    for k in np.unique(truth):
        y[rng.choice(np.flatnonzero(truth == k), per_class, replace=False)] = k
    return y


@pytest.mark.parametrize(
    ("load", "per_class", "gain"), [(load_iris, 2, 0.01), (load_wine, 5, 0.01), (load_digits, 10, 0.02)]
)
def test_unlabelled_rows_help_where_classes_are_clouds(load, per_class, gain):
    """Mean over five splits of the rows without labels; the labels alone are the same model with lambda = 0."""
    X, truth = load(return_X_y=True)
    semi, alone = [], []
    for seed in range(5):
        y = few_labels(truth, per_class, seed)
        hidden = y < 0
        semi.append(SemiSupervisedGMM().fit(X, y).score(X[hidden], truth[hidden]))
        alone.append(SemiSupervisedGMM(unlabeled_weight=0).fit(X, y).score(X[hidden], truth[hidden]))
    assert np.mean(semi) > np.mean(alone) + gain


def test_one_labelled_row_per_class_is_enough_to_start_and_stay_well_posed(family):
    X, truth = load_digits(return_X_y=True)
    model = SemiSupervisedGMM(family).fit(X, few_labels(truth, 1, 0))
    assert all(
        np.isfinite(getattr(model, name)).all()
        for name in ("means_", "covariances_", "precisions_cholesky_", "history_")
    )
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(1)


def test_given_labels_are_kept_and_every_row_gets_one(blobs):
    X, truth, y = blobs
    names = np.array(["ant", "bee", "cow"])
    text = np.where(y < 0, None, names[truth])
    model = SemiSupervisedGMM().fit(X, text)
    assert model.classes_.tolist() == ["ant", "bee", "cow"]
    assert (model.transduction_[y >= 0] == text[y >= 0]).all()
    assert (model.transduction_[y < 0] == model.predict(X[y < 0])).all()
    assert model.n_labeled_.sum() + model.n_unlabeled_ == len(X)


def test_rows_without_labels_may_come_apart(blobs):
    X, _, y = blobs
    together = SemiSupervisedGMM().fit(X, y)
    order = np.r_[np.flatnonzero(y >= 0), np.flatnonzero(y < 0)]
    apart = SemiSupervisedGMM().fit(X[y >= 0], y[y >= 0], X_unlabeled=X[y < 0])
    np.testing.assert_allclose(apart.means_, together.means_, rtol=1e-9)
    assert (apart.transduction_ == together.transduction_[order]).all()


def test_weight_zero_for_unlabelled_rows_is_the_fit_to_the_labelled_ones(family, blobs):
    X, _, y = blobs
    alone = SemiSupervisedGMM(family).fit(X[y >= 0], y[y >= 0])
    without = SemiSupervisedGMM(family, unlabeled_weight=0).fit(X, y)
    np.testing.assert_allclose(without.covariances_, alone.covariances_, rtol=1e-9)
    np.testing.assert_allclose(without.means_, alone.means_, rtol=1e-9)


def test_a_class_without_labels_is_found_where_the_others_explain_least():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 100)
    X = rng.normal(size=(300, 2)) + np.array([[0, 0], [6, 0], [3, 6]])[truth]
    X[-1] = [9, -9]  # explained worst of all, but a lone outlier is no class
    y = np.full(300, -1)
    y[[0, 1, 100, 101]] = [0, 0, 1, 1]
    model = SemiSupervisedGMM(classes=[0, 1, 2]).fit(X, y)
    assert np.linalg.norm(model.means_[2] - [3, 6]) < 0.7
    assert model.score(X[:-1], truth[:-1]) > 0.97
    assert model.n_labeled_.tolist() == [2, 2, 0]


def test_classes_can_be_learnt_without_any_label():
    rng = np.random.default_rng(1)
    X = np.concatenate([rng.normal(size=(80, 2)), rng.normal(size=(80, 2)) + 8])
    model = SemiSupervisedGMM(classes=["left", "right"], random_state=0).fit(X, np.full(160, None))
    assert len(set(model.predict(X[:80]))) == len(set(model.predict(X[80:]))) == 1
    assert model.predict(X[:1]) != model.predict(X[-1:])


def test_several_components_learn_a_class_of_several_clouds():
    """XOR: each class is two clouds, which no single Gaussian per class tells apart."""
    rng = np.random.default_rng(0)
    corner = rng.integers(0, 4, 600)
    X = rng.normal(0, 0.5, (600, 2)) + np.array([[0, 0], [4, 4], [0, 4], [4, 0]])[corner]
    truth = (corner >= 2).astype(int)
    y = np.where(np.arange(600) < 24, truth, -1)
    one = SemiSupervisedGMM("diag").fit(X, y).score(X, truth)
    two = SemiSupervisedGMM("diag", n_components=2, n_init=3, random_state=0).fit(X, y)
    assert two.score(X, truth) > 0.99 > one
    assert two.component_class_.tolist() == [0, 0, 1, 1]
    uneven = SemiSupervisedGMM(n_components={1: 2}, random_state=0).fit(X, y)
    assert uneven.component_class_.tolist() == [0, 1, 1]
    assert uneven.class_prior_.sum() == pytest.approx(1)


def test_more_starts_never_end_lower(blobs):
    X, _, y = blobs
    one = SemiSupervisedGMM(n_components=3, random_state=3).fit(X, y)
    many = SemiSupervisedGMM(n_components=3, random_state=3, n_init=5).fit(X, y)
    assert many.history_[-1] >= one.history_[-1]


def test_attributes_agree_with_scipys_normal_density(family, blobs):
    """weights_, means_, covariances_ and precisions_cholesky_ are in the units of the data and fit together."""
    X, _, y = blobs
    # Units of their own for every column, but not so far apart that SciPy loses the digits that are compared.
    X = X * [1, 10, 0.1, 3] + [5, -7, 0, 100]
    model = SemiSupervisedGMM(family).fit(X, y)
    d = X.shape[1]
    covariances = {
        "full": lambda: model.covariances_,
        "tied": lambda: [model.covariances_] * 3,
        "diag": lambda: [np.diag(c) for c in model.covariances_],
        "spherical": lambda: [c * np.eye(d) for c in model.covariances_],
        "tied_spherical": lambda: [model.covariances_[0] * np.eye(d)] * 3,
        "low_rank": lambda: [np.diag(c[0]) + c[1:].T @ c[1:] for c in model.covariances_],
    }[family]()
    joint = np.stack(
        [
            np.log(w) + multivariate_normal(m, c).logpdf(X)
            for w, m, c in zip(model.weights_, model.means_, covariances, strict=True)
        ],
        axis=1,
    )
    np.testing.assert_allclose(model.predict_joint_log_proba(X), joint, rtol=1e-8)
    if family == "full":
        U = model.precisions_cholesky_
        np.testing.assert_allclose(U @ np.swapaxes(U, 1, 2) @ covariances, np.stack([np.eye(d)] * 3), atol=1e-6)
        assert (np.tril(U[0], -1) == 0).all()
    labelled = y >= 0
    log_likelihood = joint[labelled, y[labelled]].sum() + model.score_samples(X[~labelled]).sum()
    assert model.log_likelihood_ == pytest.approx(log_likelihood, rel=1e-10)


def test_samples_have_the_models_means_covariances_and_classes(family, blobs):
    X, _, y = blobs
    model = SemiSupervisedGMM(family, random_state=0).fit(X, y)
    drawn, classes = model.sample(60_000)
    refit = SemiSupervisedGMM(family, shrinkage=0).fit(drawn, classes)
    np.testing.assert_allclose(refit.means_, model.means_, atol=0.15)
    learnt, truth = (each.covariances_ for each in (refit, model))
    if family == "low_rank":
        # Loadings that are turned, and two of four columns, leave the same covariance.
        learnt, truth = ([np.diag(c[0]) + c[1:].T @ c[1:] for c in each] for each in (learnt, truth))
    np.testing.assert_allclose(learnt, truth, rtol=0.1, atol=0.2)
    np.testing.assert_allclose(refit.class_prior_, model.class_prior_, atol=0.01)
    of_one, label = model.sample(50, y=2)
    assert of_one.shape == (50, 4)
    assert set(label) == {2}
    with pytest.raises(ValueError, match="not one of the classes"):
        model.sample(3, y=9)


def test_information_criteria_penalise_the_right_number_of_parameters(family, blobs):
    X, _, y = blobs
    model = SemiSupervisedGMM(family).fit(X, y)
    covariances = {"full": 3 * 10, "tied": 10, "diag": 12, "spherical": 3, "tied_spherical": 1, "low_rank": 3 * 11}[
        family
    ]
    p = covariances + 12 + 2
    log_likelihood = model.score_samples(X).sum()
    assert model.bic(X) == pytest.approx(p * np.log(len(X)) - 2 * log_likelihood)
    assert model.aic(X) == pytest.approx(2 * p - 2 * log_likelihood)
    assert model.bic(X, y) > model.bic(X)  # log p(x, y) <= log p(x)


def test_a_fixed_class_prior_stays_fixed(blobs):
    X, _, y = blobs
    for given in ([0.2, 0.3, 0.5], {2: 0.5, 0: 0.2, 1: 0.3}):
        model = SemiSupervisedGMM(class_prior=given, n_components={0: 2}, random_state=0).fit(X, y)
        np.testing.assert_allclose(model.class_prior_, [0.2, 0.3, 0.5])


def test_warm_start_goes_on_where_the_last_fit_stopped(blobs):
    X, _, y = blobs
    cold = SemiSupervisedGMM(tol=1e-9, max_iter=1000).fit(X, y)
    warm = SemiSupervisedGMM(tol=1e-9, max_iter=1000, warm_start=True).fit(X, y)
    assert warm.fit(X, y).n_iter_ <= 2 < cold.n_iter_
    np.testing.assert_allclose(warm.means_, cold.means_, rtol=1e-5)


def test_too_few_iterations_warn_and_still_give_a_model(blobs):
    X, _, y = blobs
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        model = SemiSupervisedGMM(max_iter=1, tol=0).fit(X, y)
    assert not model.converged_
    assert model.n_iter_ == 1
    assert len(model.history_) == 2


def test_a_fit_is_silent_unless_asked(blobs, capfd):
    X, _, y = blobs
    SemiSupervisedGMM().fit(X, y)
    assert capfd.readouterr() == ("", "")
    SemiSupervisedGMM(verbose=1).fit(X, y)
    out, err = capfd.readouterr()
    assert out == ""
    assert "45 labelled and 355 unlabelled rows" in err


def test_score_leaves_unlabelled_rows_out(blobs):
    X, truth, y = blobs
    model = SemiSupervisedGMM().fit(X, y)
    assert model.score(X, y) == model.score(X[y >= 0], truth[y >= 0])
    with pytest.raises(ValueError, match="no labelled row"):
        model.score(X, np.full(len(X), -1))


def test_it_is_a_scikit_learn_citizen(blobs):
    X, truth, y = blobs
    model = SemiSupervisedGMM(covariance_type="tied", n_components=2, random_state=0)
    assert clone(model).get_params() == model.get_params()
    pipeline = make_pipeline(StandardScaler(), SemiSupervisedGMM()).fit(X, y)
    assert pipeline.score(X, truth) > 0.9
    search = GridSearchCV(SemiSupervisedGMM(), {"covariance_type": ["full", "diag"]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.8
    assert (pickle.loads(pickle.dumps(model.fit(X, y))).predict(X) == model.predict(X)).all()
    calibrated = CalibratedClassifierCV(SemiSupervisedGMM(), cv=3).fit(X[:45], truth[:45])
    assert calibrated.predict_proba(X).shape == (len(X), 3)


def test_cross_validation_keeps_unlabelled_rows_out_of_test_folds(blobs):
    X, truth, _ = blobs
    with sklearn.config_context(enable_metadata_routing=True):
        model = SemiSupervisedGMM().set_fit_request(X_unlabeled=True)
        scores = cross_val_score(model, X[:45], truth[:45], cv=3, params={"X_unlabeled": X[45:]})
    assert scores.mean() > 0.8


def test_frames_give_names_and_are_checked_against_them(blobs):
    X, _, y = blobs
    names = ["a", "b", "c", "d"]
    for frame in (pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names)):
        model = SemiSupervisedGMM().fit(frame, y)
        assert model.feature_names_in_.tolist() == names
        assert (model.predict(frame) == SemiSupervisedGMM().fit(X, y).predict(X)).all()
        with pytest.raises(ValueError, match="feature names"):
            model.predict(frame[["b", "a", "c", "d"]])


def test_predictions_of_an_unfitted_model_are_refused():
    with pytest.raises(sklearn.exceptions.NotFittedError):
        SemiSupervisedGMM().predict([[0.0]])


def objective_of_the_manual(model, X, y, unlabeled_weight, family):
    """The formulas of docs/models/mixture.md, one row and one covariance at a time."""
    n_columns, labeled = X.shape[1], y >= 0
    counts = np.where(labeled, 1.0, unlabeled_weight)

    def log_density(row, m):
        covariance = {"full": lambda: model.covariances_[m], "tied": lambda: model.covariances_}
        shape = covariance.get(family, lambda: np.diag(model.covariances_[m]))()
        return np.log(model.weights_[m]) + multivariate_normal.logpdf(row, model.means_[m], shape)

    likelihood = 0.0
    for row, code, count in zip(X, y, counts, strict=True):
        allowed = [code] if code >= 0 else range(3)
        likelihood += count * logsumexp([log_density(row, m) for m in allowed])
    within = sum(((X[y == k] - X[y == k].mean(axis=0)) ** 2).sum(axis=0) for k in range(3))
    middle = np.average(X, axis=0, weights=counts)
    overall = np.average((X - middle) ** 2, axis=0, weights=counts)
    prior = np.diag((within + 2 * overall) / (labeled.sum() - 3 + 2))
    pseudo_rows = {"full": (n_columns + 1) / 3, "tied": n_columns + 1, "diag": 2}[family]
    if family == "full":
        tol = model.tol * counts.sum() / (3 * pseudo_rows)
        prior = SemiSupervisedGMM("tied", unlabeled_weight=unlabeled_weight, tol=tol).fit(X, y).covariances_
    covariances = {"full": model.covariances_, "tied": [model.covariances_]}.get(family)
    if family == "diag":
        covariances = [np.diag(variances) for variances in model.covariances_]
    for covariance in covariances:
        _, log_det = np.linalg.slogdet(covariance)
        likelihood -= pseudo_rows / 2 * (log_det + np.trace(np.linalg.solve(covariance, prior)))
    return likelihood / counts.sum()


@pytest.mark.parametrize("unlabeled_weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("family", ["full", "tied", "diag"])
def test_the_objective_is_that_of_the_manual(family, unlabeled_weight):
    X, species = load_iris(return_X_y=True)
    y = np.where(np.arange(150) % 10 == 0, species, -1)
    model = SemiSupervisedGMM(family, unlabeled_weight=unlabeled_weight, tol=1e-10, max_iter=2000).fit(X, y)
    by_hand = objective_of_the_manual(model, X, y, unlabeled_weight, family)
    np.testing.assert_allclose(model.history_[-1], by_hand, rtol=0, atol=1e-6)
