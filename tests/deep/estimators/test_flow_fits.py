"""SemiSupervisedFlow and FlowFeatures: starting points, terms of the objective, moons."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.covariance import LedoitWolf
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression

from semigen import SemiSupervisedFlow
from tests.deep.tables import AT_THE_START, LEARNT, blobs, same_weights, small, truth


def moons(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two interleaved half circles, their classes, and six labels for each."""
    X, code = make_moons(1000, noise=0.1, random_state=seed)
    rng = np.random.default_rng(seed)
    y = np.full(1000, -1)
    for k in (0, 1):
        y[rng.choice(np.flatnonzero(code == k), 6, replace=False)] = k
    return X, code, y


@pytest.mark.parametrize("prior", ["uniform", [0.1, 0.2, 0.7]])
def test_it_starts_as_gaussians_of_the_labelled_rows_that_share_a_covariance(prior):
    X, y = blobs(n_labeled=30)
    X = X.astype(np.float64) * [1, 10, 0.1, 3]
    model = small("SemiSupervisedFlow", class_prior=prior, **AT_THE_START).fit(X, y)
    scale = X.std(axis=0)
    labelled, codes = X[:30] / scale, y[:30]
    means = np.stack([labelled[codes == k].mean(axis=0) for k in range(3)])
    shrunk = LedoitWolf(assume_centered=True).fit(labelled - means[codes]).covariance_
    covariance = scale[:, None] * (shrunk * 30 / 27 + 1e-3 * np.eye(4)) * scale
    expected = np.stack([multivariate_normal(mean, covariance).logpdf(X) for mean in means * scale], axis=1)
    expected += np.log([1 / 3] * 3 if prior == "uniform" else prior)
    np.testing.assert_allclose(model.predict_joint_log_proba(X), expected, rtol=1e-4, atol=1e-3)
    assert np.array_equal(model.predict(X), expected.argmax(axis=1))


def test_features_start_as_a_gaussian_of_all_rows():
    X, _ = blobs()
    model = small("FlowFeatures", **AT_THE_START).fit(X)
    rows = (X - X.mean(axis=0)).astype(np.float64)
    scale = rows.std(axis=0)
    shrunk = LedoitWolf(assume_centered=True).fit(rows / scale).covariance_
    covariance = scale[:, None] * (shrunk * 120 / 119 + 1e-3 * np.eye(4)) * scale
    expected = multivariate_normal(np.zeros(4), covariance).logpdf(rows)
    np.testing.assert_allclose(model.score_samples(X), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("start", [None, "auto", LogisticRegression()], ids=str)
def test_no_label_few_labels_and_all_labels_are_fine(start):
    X, y = blobs()
    two = np.full(len(y), -1)
    two[[0, 1]] = [0, 1]
    options = {"start": start, "max_epochs": 2}
    none = np.full(len(y), -1)
    for labels, known in ((two, {}), (truth(), {}), (none, {"classes": [0, 1, 2]})):
        model = small("SemiSupervisedFlow", **options, **known)
        if labels is none and isinstance(start, LogisticRegression):
            with pytest.raises(ValueError, match="learns classes from labelled rows alone, and no row is labelled"):
                model.fit(X, labels)
        else:
            assert np.isfinite(model.fit(X, labels).predict_joint_log_proba(X)).all()
    assert small("SemiSupervisedFlow", **options).fit(X, truth()).start_ is None


@pytest.mark.parametrize("start", [None, "auto", LogisticRegression()], ids=str)
def test_a_class_that_nobody_labelled_is_possible_from_every_start(start):
    X, y = blobs()
    model = small("SemiSupervisedFlow", start=start, classes=[0, 1, 2, 9], max_epochs=2)
    if isinstance(start, LogisticRegression):
        with pytest.raises(ValueError, match=r"no row is labelled \[9\]: label one of each, or give start=None"):
            model.fit(X, y)
        return
    model.fit(X, y)
    assert model.predict_proba(X).shape == (len(X), 4)
    assert np.isfinite(model.predict_joint_log_proba(X)).all()


@pytest.mark.parametrize("start", [None, "auto"], ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_a_class_that_nobody_labelled_is_found_where_it_lies(start, seed):
    rng = np.random.default_rng(seed)
    code = rng.integers(0, 3, 300)
    X = np.array([[0, 0], [8, 0], [0, 8]])[code] + rng.normal(size=(300, 2))
    y = np.where((np.arange(300) < 60) & (code < 2), code, -1)
    model = small("SemiSupervisedFlow", start=start, classes=[0, 1, 2], **LEARNT).fit(X, y)
    assert model.score(X, code) > 0.95


@pytest.mark.parametrize("start", [None, "auto"], ids=str)
def test_classes_of_equal_means_are_told_apart(start):
    rng = np.random.default_rng(0)
    quarter = rng.integers(0, 4, 600)
    X = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]])[quarter] + 0.3 * rng.normal(size=(600, 2))
    code = quarter // 2
    y = np.where(np.arange(600) < 40, code, -1)
    model = small("SemiSupervisedFlow", start=start, n_couplings=4, hidden_dims=(32,), **LEARNT).fit(X, y)
    assert model.score(X, code) > 0.9


@pytest.mark.parametrize("prior", [{"ant": 0.1, "bee": 0.9}, [0.1, 0.9], "empirical", "uniform"], ids=str)
def test_the_prior_of_the_classes_is_what_was_asked_for(prior):
    X, _ = blobs()
    words = np.array(["ant", "bee"], dtype=object)[truth(n_classes=2)]
    words[15:] = "?"
    model = small("SemiSupervisedFlow", class_prior=prior, unlabeled="?", **AT_THE_START).fit(X, words)
    expected = {"empirical": [9 / 17, 8 / 17], "uniform": [0.5, 0.5]}.get(str(prior), [0.1, 0.9])
    np.testing.assert_allclose(model.class_prior_, expected)
    even = small("SemiSupervisedFlow", unlabeled="?", **AT_THE_START).fit(X, words)
    gap = model.predict_joint_log_proba(X) - even.predict_joint_log_proba(X)
    np.testing.assert_allclose(gap, np.tile(np.log(np.array(expected) / 0.5), (len(X), 1)), atol=1e-5)


def test_noise_and_consistency_are_parts_of_the_objective():
    X, y = blobs()
    plain = small("SemiSupervisedFlow").fit(X, y)
    assert "inconsistency" not in plain.training_history_
    consistent = small("SemiSupervisedFlow", consistency_weight=1.0).fit(X, y)
    assert np.isfinite(consistent.training_history_["inconsistency"]).all()
    adversarial = small("SemiSupervisedFlow", adversarial_weight=1.0).fit(X, y)
    assert np.isfinite(adversarial.training_history_["adversarial"]).all()
    assert not same_weights(plain, consistent)
    assert not same_weights(plain, adversarial)
    assert not same_weights(plain, small("SemiSupervisedFlow", input_noise=0.0).fit(X, y))


def test_noise_keeps_few_rows_from_being_learnt_by_heart():
    rng = np.random.default_rng(0)
    few, fresh = rng.normal(size=(2, 60, 5))
    options = {"max_epochs": 150, "learning_rate": 1e-2, "hidden_dims": (32,)}
    quiet = small("FlowFeatures", input_noise=0.0, **options).fit(few)
    noisy = small("FlowFeatures", input_noise=0.3, **options).fit(few)
    assert quiet.score(few) > noisy.score(few)
    assert noisy.score(fresh) > quiet.score(fresh)


@pytest.mark.parametrize("seed", range(3))
def test_moons_are_learnt_from_six_labels_a_class(seed):
    """The paper's picture; restarts are chosen by the objective, one setting serves all seeds."""
    X, _, y = moons(seed)
    rows, code = make_moons(2000, noise=0.1, random_state=seed + 1000)
    model = SemiSupervisedFlow(
        6,
        (32, 32),
        start=None,
        input_noise=0.05,
        consistency_weight=1.0,
        consistency_noise=0.3,
        alpha=1.0,
        learning_rate=1e-2,
        max_epochs=30,
        batch_size=200,
        n_fits=2,
        random_state=seed,
    )
    assert model.fit(X, y).score(rows, code) > 0.97


def test_rows_without_labels_are_learnt_from():
    X, code, y = moons(0)
    options = {"n_couplings": 6, "hidden_dims": (32, 32), "learning_rate": 1e-2, "input_noise": 0.05, "batch_size": 200}
    options |= {"alpha": 1.0, "consistency_weight": 1.0, "start": None, "random_state": 0}
    model = SemiSupervisedFlow(max_epochs=20, **options).fit(X, y)
    alone = SemiSupervisedFlow(max_epochs=100, **options).fit(X[y >= 0], y[y >= 0])
    assert model.score(X, code) > alone.score(X, code) + 0.02
