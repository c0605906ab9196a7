"""What a user of the flows relies on: exact densities, an inverse, a start to build on, no trouble with bad rows."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.covariance import LedoitWolf
from sklearn.datasets import make_moons
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import LinearSVC

from semigen import SemiSupervisedFlow, SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.deep.data.dequantisation import cell_widths
from semigen.deep.models.latent_start import covariance_of, held_apart
from semigen.deep.training.batches import BesideRows, DeviceRows, HostRows
from tests.deep.tables import FLOWS, blobs, same_weights, small, truth

# Steps so small that the model stays where it starts.
AT_THE_START = {"max_epochs": 1, "learning_rate": 1e-12}

# A few hundred steps: enough to bend the map.
LEARNT = {"max_epochs": 40, "learning_rate": 1e-2}


def test_joint_densities_sum_to_that_of_the_row_and_divide_into_probabilities():
    X, y = blobs()
    model = small("SemiSupervisedFlow", **LEARNT).fit(X, y)
    joint = model.predict_joint_log_proba(X)
    np.testing.assert_allclose(logsumexp(joint, axis=1), model.score_samples(X), rtol=1e-12)
    posterior = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    np.testing.assert_allclose(posterior, model.predict_proba(X), rtol=1e-9, atol=1e-12)


def test_drawn_rows_look_like_their_class_and_the_data():
    X, y = blobs(300)
    model = small("SemiSupervisedFlow", **LEARNT).fit(X, y)
    for label in model.classes_:
        drawn, labels = model.sample(400, y=label)
        assert (labels == label).all()
        assert (model.predict(drawn) == label).mean() > 0.95
        np.testing.assert_allclose(drawn.mean(axis=0), X[truth(300) == label].mean(axis=0), atol=0.6)
    drawn, labels = model.sample(3000)
    assert drawn.shape == (3000, 4)
    np.testing.assert_allclose(np.bincount(labels) / 3000, model.class_prior_, atol=0.05)
    again, _ = model.sample(3000)
    assert np.array_equal(drawn, again)
    with pytest.raises(ValueError, match="not one of the classes"):
        model.sample(y=9)
    with pytest.raises(ValueError, match="n_samples"):
        model.sample(0)


def test_rows_drawn_from_a_flow_are_as_spread_as_the_data():
    X, _ = blobs(300)
    drawn = small("FlowFeatures", **LEARNT).fit(X).sample(3000)
    np.testing.assert_allclose(drawn.mean(axis=0), X.mean(axis=0), atol=0.4 * X.std())
    np.testing.assert_allclose(drawn.std(axis=0) / X.std(axis=0), 1, atol=0.25)


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_come_back_from_their_images(name, dtype):
    X, y = blobs()
    X = (X * [1, 100, 0.01, 1] + [0, 1000, 0, -3]).astype(dtype)
    model = small(name, **LEARNT).fit(X, y)
    images = model.transform(X)
    assert images.dtype == np.float64
    scale = X.std(axis=0)
    np.testing.assert_allclose(model.inverse_transform(images) / scale, X / scale, rtol=1e-5, atol=1e-4)
    drawn = np.random.default_rng(0).normal(size=(50, 4))
    np.testing.assert_allclose(model.transform(model.inverse_transform(drawn)), drawn, atol=1e-4)


def test_features_of_all_rows_are_nearly_a_standard_normal_cloud():
    rng = np.random.default_rng(0)
    X = np.exp(rng.normal(size=(400, 3)) @ rng.normal(size=(3, 3)) / 3)
    features = small("FlowFeatures", **LEARNT).fit(X).transform(X)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=0.2)
    np.testing.assert_allclose(np.cov(features.T), np.eye(3), atol=0.3)
    skew = (((features - features.mean(axis=0)) / features.std(axis=0)) ** 3).mean(axis=0)
    before = (((X - X.mean(axis=0)) / X.std(axis=0)) ** 3).mean(axis=0)
    assert (np.abs(skew) < 0.5 * np.abs(before)).all()


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


def test_a_start_s_covariance_is_never_singular():
    column = np.random.default_rng(0).normal(size=(5000, 1))
    for deviations in (np.hstack([column, column]), np.hstack([column, 0 * column]), column[:3] * [1, 2, 3]):
        assert np.linalg.eigvalsh(covariance_of(deviations, len(deviations) - 1)).min() > 0.99e-3
    assert np.array_equal(covariance_of(np.zeros((9, 2)), 8), np.eye(2))
    assert np.array_equal(covariance_of(np.ones((1, 2)), 0), np.eye(2))


def test_features_start_as_a_gaussian_of_all_rows():
    X, _ = blobs()
    model = small("FlowFeatures", **AT_THE_START).fit(X)
    rows = (X - X.mean(axis=0)).astype(np.float64)
    scale = rows.std(axis=0)
    shrunk = LedoitWolf(assume_centered=True).fit(rows / scale).covariance_
    covariance = scale[:, None] * (shrunk * 120 / 119 + 1e-3 * np.eye(4)) * scale
    expected = multivariate_normal(np.zeros(4), covariance).logpdf(rows)
    np.testing.assert_allclose(model.score_samples(X), expected, rtol=1e-4, atol=1e-3)


class SignOfTheFirst(ClassifierMixin, BaseEstimator):
    """Says the second class where the first column is positive, whatever the labels were."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen_ = len(X)
        return self

    def predict_proba(self, X):
        one = (np.asarray(X)[:, 0] > 0).astype(float)
        return np.column_stack([1 - one, one])


def test_answers_for_unlabelled_rows_reach_the_model_row_by_row():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = np.where(np.arange(300) < 20, X[:, 1] > 0, -1)
    options = {**LEARNT, "start": SignOfTheFirst(), "alpha": 0.0}
    followed = small("SemiSupervisedFlow", start_weight=20.0, **options).fit(X, y)
    ignored = small("SemiSupervisedFlow", start_weight=0.0, **options).fit(X, y)
    answer = X[20:, 0] > 0
    assert (followed.predict(X[20:]) == answer).mean() > 0.9
    assert (ignored.predict(X[20:]) == answer).mean() < 0.7
    assert "start_disagreement" in followed.training_history_
    assert followed.start_.seen_ == 20
    assert same_weights(ignored, small("SemiSupervisedFlow", **{**options, "start": None}).fit(X, y))


def test_more_values_beside_rows_stay_beside_their_rows(tmp_path):
    values = np.arange(20, dtype=np.float32).reshape(10, 2)
    answers = torch.arange(10.0).unsqueeze(1)
    wanted = torch.tensor([7, 1, 1, 4])
    for rows in (
        DeviceRows(torch.from_numpy(values)),
        HostRows(values, np.arange(10), lambda some: some, torch.device("cpu")),
    ):
        beside = BesideRows(rows, answers)
        assert len(beside) == 10
        assert beside.home == rows.home
        taken = beside.take(wanted)
        assert torch.equal(taken[:, :2], torch.from_numpy(values)[wanted])
        assert torch.equal(taken[:, 2], wanted.float())


def test_answers_of_rows_on_disk_are_the_same(tmp_path):
    X, y = blobs()
    disk = np.memmap(tmp_path / "rows", dtype=np.float32, mode="w+", shape=X.shape)
    disk[:] = X
    options = {"start": LogisticRegression(), "early_stopping": True}
    in_memory = small("SemiSupervisedFlow", **options).fit(X, y)
    assert same_weights(in_memory, small("SemiSupervisedFlow", **options).fit(disk, y))
    assert same_weights(in_memory, small("SemiSupervisedFlow", **options).fit(X[:15], y[:15], X_unlabeled=disk[15:]))


def test_a_fit_with_answers_resumes_and_knows_the_answers_of_another(tmp_path):
    X, y = blobs()
    path = tmp_path / "training"
    whole = small("SemiSupervisedFlow", start=LogisticRegression()).fit(X, y)
    stop = [lambda moment: moment.stop() if moment.epoch == 3 else None]
    small("SemiSupervisedFlow", start=LogisticRegression(), checkpoint=path, callbacks=stop).fit(X, y)
    resumed = small("SemiSupervisedFlow", start=LogisticRegression()).fit(X, y, resume=path)
    assert same_weights(whole, resumed)
    for other in (LogisticRegression(C=1e-3), None):
        with pytest.raises(ValueError, match="answers"):
            small("SemiSupervisedFlow", start=other).fit(X, y, resume=path)


STARTS = [
    LogisticRegression(),
    make_pipeline(StandardScaler(), LogisticRegression()),
    SemiSupervisedGMM(),
    SemiSupervisedGMM(classes=["ant", "bee", "cat"], unlabeled="?"),
    SignOfTheFirst(),
]


class TellsWhatItWasGiven(SignOfTheFirst):
    """Keeps the weights of its rows."""

    def fit(self, X, y, sample_weight=None):
        self.weights_ = sample_weight
        return super().fit(X, y)


class AnswersAtWill(SignOfTheFirst):
    """Answers what it is told to."""

    def __init__(self, answer=(0.5, 0.5)):
        self.answer = answer

    def predict_proba(self, X):
        return np.tile(np.asarray(self.answer, dtype=float), (len(X), 1))


@pytest.mark.parametrize("start", STARTS, ids=lambda start: type(start).__name__)
def test_a_start_is_a_copy_that_knows_the_classes_by_name(start):
    X, _ = blobs()
    n_classes = 2 if isinstance(start, SignOfTheFirst) else 3
    words = np.array(["ant", "bee", "cat"], dtype=object)[truth(n_classes=n_classes)]
    words[20:] = "?"
    model = small("SemiSupervisedFlow", start=start, unlabeled="?").fit(X, words)
    assert model.start is start
    assert model.start_ is not start
    assert not hasattr(start, "classes_")
    assert model.start_.classes_.tolist() == model.classes_.tolist()
    assert model.classes_.tolist() == ["ant", "bee", "cat"][:n_classes]


def test_classes_of_a_start_are_told_apart_by_name_and_not_by_place():
    X, _ = blobs(n_classes=2)
    words = np.array(["bee", "ant"], dtype=object)[truth(n_classes=2)]
    some = np.where(np.arange(len(X)) < 20, words, "?")
    alone = FrozenEstimator(LogisticRegression().fit(X[:20], words[:20]))
    for start, classes in (
        (alone, ["bee", "ant"]),
        (SemiSupervisedGMM(class_prior={"ant": 0.4, "bee": 0.6}), ["bee", "ant"]),
        (LogisticRegression(), ["bee", "ant"]),
        (SelfTrainingClassifier(LogisticRegression()), None),
    ):
        model = small("SemiSupervisedFlow", start=start, start_weight=9.0, unlabeled="?", classes=classes, **LEARNT)
        assert model.fit(X, some).score(X, words) > 0.9
    strangers = FrozenEstimator(LogisticRegression().fit(X[:20], truth(20, 2)))
    with pytest.raises(ValueError, match=r"start was fitted to the classes \[0, 1\], and y has \['ant', 'bee'\]"):
        small("SemiSupervisedFlow", start=strangers, unlabeled="?").fit(X, some)


@pytest.mark.parametrize(
    "start",
    [make_pipeline(StandardScaler(), SemiSupervisedGMM()), SelfTrainingClassifier(LogisticRegression())],
    ids=["pipeline", "self-training"],
)
def test_a_start_that_can_learn_from_unlabelled_rows_gets_them(start):
    X, y = blobs()
    fitted = small("SemiSupervisedFlow", start=start, max_epochs=1).fit(X, y).start_
    n_seen = len(fitted.transduction_) if isinstance(fitted, SelfTrainingClassifier) else len(fitted[-1].transduction_)
    assert n_seen == len(X)


def test_a_start_is_told_what_rows_count():
    X, y = blobs(n_classes=2)
    weights = np.arange(1.0, len(X) + 1)
    told = small("SemiSupervisedFlow", start=TellsWhatItWasGiven(), max_epochs=1).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(told.start_.weights_, weights[:15] / weights[:15].mean())


@pytest.mark.parametrize("answer", [(np.nan, 1), (-0.5, 1.5), (2, 3), (0.2, 0.3, 0.5)])
def test_answers_that_are_no_probabilities_are_refused_in_words(answer):
    X, y = blobs(n_classes=2)
    with pytest.raises(ValueError, match="start: predict_proba of AnswersAtWill gave"):
        small("SemiSupervisedFlow", start=AnswersAtWill(answer)).fit(X, y)


def test_a_fitted_model_does_not_carry_its_training_rows_answers():
    X, y = blobs(4000)
    model = small("SemiSupervisedFlow", start=LogisticRegression(), max_epochs=1).fit(X, y)
    model.transduction_ = None
    assert len(pickle.dumps(model)) < X.nbytes / 2


def test_auto_starts_from_mixtures_cross_validated_unless_there_are_many_columns():
    X, y = blobs()
    model = small("SemiSupervisedFlow", start="auto", max_epochs=2).fit(X, y)
    assert isinstance(model.start_, SemiSupervisedGMMCV)
    assert model.score(X, truth()) > 0.9
    wide = np.random.default_rng(0).normal(size=(40, 101)).astype(np.float32)
    of_many = small("SemiSupervisedFlow", start="auto", max_epochs=2).fit(wide, y[:40])
    assert isinstance(of_many.start_, SemiSupervisedGMM)
    assert small("SemiSupervisedFlow").fit(X, y).start_ is None


def test_equal_weights_change_nothing_of_a_start_either():
    X, y = blobs()
    weights = np.ones(len(X))
    weights[[3, 60, 61]] = 0
    options = {"start": SemiSupervisedGMM(), "max_epochs": 2}
    without = small("SemiSupervisedFlow", **options).fit(X[weights > 0], y[weights > 0])
    weighted = small("SemiSupervisedFlow", **options).fit(X, y, sample_weight=7 * weights)
    assert same_weights(without, weighted)


@pytest.mark.parametrize("start", [LinearSVC(), 3, "svm", LogisticRegression])
def test_a_start_without_probabilities_is_refused_in_words(start):
    X, y = blobs()
    model = small("SemiSupervisedFlow").fit(X, y)
    weights = model._weights
    with pytest.raises(ValueError, match=r"start=.*classifier that has predict_proba"):
        model.set_params(start=start).fit(X, y)
    assert model._weights is weights


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


@settings(deadline=None, max_examples=60)
@given(
    n_classes=st.integers(2, 30),
    n_columns=st.integers(1, 40),
    spread=st.sampled_from([0.0, 0.1, 1.0, 50.0]),
    seed=st.integers(0, 99),
)
def test_means_are_held_apart_and_stay_where_they_are_if_they_can(n_classes, n_columns, spread, seed):
    rng = np.random.default_rng(seed)
    means = spread * rng.normal(size=(n_classes, n_columns))
    moved = held_apart(means, 3.0, rng)
    assert pdist(moved).min() > 3 - 1e-9
    assert np.array_equal(moved[0], means[0])
    if pdist(means).min() >= 3.0:
        assert np.array_equal(moved, means)


def test_one_column_is_learnt_by_its_spline():
    rng = np.random.default_rng(0)
    code = np.arange(300) % 2
    X = np.exp(rng.normal(size=(300, 1)) + 3 * code[:, None])
    model = small("SemiSupervisedFlow", **LEARNT).fit(X, np.where(np.arange(300) < 30, code, -1))
    assert model.score(X, code) > 0.85
    features = small("FlowFeatures", **LEARNT).fit(X)
    assert features.score(X) > small("FlowFeatures", **AT_THE_START).fit(X).score(X) + 0.5
    images = features.transform(X)
    np.testing.assert_allclose(features.inverse_transform(images), X, rtol=1e-4)


@pytest.mark.parametrize("name", FLOWS)
def test_densities_of_discrete_columns_stay_bounded(name):
    """A flag and grades in quarters: the density over a cell is at most one over its width."""
    rng = np.random.default_rng(0)
    code = np.arange(400) % 2
    flag = rng.random(400) < np.where(code, 0.9, 0.1)
    grade = 0.25 * rng.integers(0, 5, 400)
    X = np.column_stack([flag, grade]).astype(np.float64)
    y = np.where(np.arange(400) < 60, code, -1)
    model = small(name, max_epochs=150, learning_rate=1e-2, input_noise=0.0, batch_size=40).fit(X, y)
    # Even cells of these probabilities would have this density; a flow blurs their edges.
    assert model.score_samples(X).mean() < np.log(0.5 / 1 * 0.2 / 0.25) + 0.2
    assert np.exp(model.score_samples(X)).max() < 4


@pytest.mark.parametrize("name", FLOWS)
def test_a_constant_column_is_no_trouble(name):
    X, y = blobs()
    X[:, 2] = 5
    model = small(name, **LEARNT).fit(X, y)
    assert np.isfinite(model.score_samples(X)).all()
    assert model.score_samples(X).max() < 5
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, atol=1e-4)


@pytest.mark.parametrize("name", FLOWS)
def test_columns_that_others_determine_are_no_trouble(name):
    X, y = blobs()
    X = np.column_stack([X, X[:, 0], X[:, 1] - X[:, 2]])
    model = small(name, **LEARNT).fit(X, y)
    assert np.isfinite(model.score_samples(X)).all()
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("n_columns", [1, 4])
@pytest.mark.parametrize("far", [1e6, -1e30, 1e307])
def test_rows_far_out_keep_finite_densities_and_come_back(name, n_columns, far):
    X, y = blobs()
    X = 1e-3 * X[:, :n_columns].astype(np.float64)
    model = small(name, **LEARNT).fit(X, y)
    rows = np.vstack([np.full(n_columns, far), np.where(np.arange(n_columns) == 0, far, 0.0)])
    assert np.isfinite(model.score_samples(rows)).all()
    assert (model.score_samples(rows) < model.score_samples(X).min()).all()
    if name == "SemiSupervisedFlow":
        assert np.isfinite(model.predict_joint_log_proba(rows)).all()
        np.testing.assert_allclose(model.predict_proba(rows).sum(axis=1), 1)
    images = model.transform(rows)
    assert np.isfinite(images).all()
    back = model.inverse_transform(images)
    assert np.isfinite(back).all()
    if abs(far) < 1e100:
        np.testing.assert_allclose(back, rows, rtol=1e-6, atol=abs(far) * 1e-6)
    assert np.isfinite(model.inverse_transform(rows)).all()


@pytest.mark.parametrize("name", FLOWS)
def test_a_training_row_far_out_spoils_nothing_for_the_others(name):
    X, y = blobs()
    X[50] = 1e6
    model = small(name, **LEARNT).fit(X, y)
    assert np.isfinite(model.history_).all()
    assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.parametrize("name", FLOWS)
def test_images_of_another_width_are_refused(name):
    X, y = blobs()
    model = small(name).fit(X, y)
    for width in (3, 5):
        with pytest.raises(ValueError, match=f"Z has {width} columns, and this flow has 4"):
            model.inverse_transform(np.ones((2, width)))
    assert len(model.get_feature_names_out()) == 4


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


@settings(deadline=None, max_examples=60)
@given(
    step=st.sampled_from([1.0, 0.5, 0.1, 0.01, 1 / 3, 1 / 255, 1000.0]),
    n_values=st.integers(2, 50),
    first=st.integers(-100, 100),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_the_step_of_a_grid_is_found(step, n_values, first, dtype):
    rng = np.random.default_rng(n_values)
    numbers = np.concatenate([np.arange(n_values), rng.integers(0, n_values, 5 * n_values)])
    column = (step * (first + numbers)).astype(dtype)[:, None]
    np.testing.assert_allclose(cell_widths(column), [step], rtol=0.02)


def test_values_on_no_grid_are_points_and_a_constant_has_a_cell_of_one():
    rng = np.random.default_rng(0)
    decimals = np.round(rng.normal(size=500), 1)
    columns = {
        "reals": (rng.normal(size=500), 0.0),
        "reals, each twice": (np.repeat(rng.normal(size=250), 2), 0.0),
        "whole numbers, all different": (np.arange(500.0), 0.0),
        "uneven grades": (rng.choice([0.0, 1.0, 2.5, 1e3 * np.pi], 500), 0.0),
        "constant": (np.full(500, 3.7), 1.0),
        "counts": (rng.poisson(4, 500).astype(float), 1.0),
        "halves": (rng.integers(0, 9, 500) / 2, 0.5),
        "rounded decimals": (decimals, 0.1),
        "every other": (2.0 * rng.integers(0, 9, 500), 2.0),
        "no two neighbours": (rng.choice([0.0, 10.0, 25.0], 500), 5.0),
        "zeros among reals": (np.where(rng.random(500) < 0.5, 0.0, rng.normal(size=500)), 0.0),
    }
    found = cell_widths(np.column_stack([values for values, _ in columns.values()]))
    for (name, (_, expected)), width in zip(columns.items(), found, strict=True):
        assert width == pytest.approx(expected, rel=0.02), name


def test_many_different_counts_in_few_rows_are_counts():
    ages = np.random.default_rng(0).integers(18, 90, 100)[:, None].astype(float)
    assert len(np.unique(ages)) > 50
    assert cell_widths(ages) == [1.0]


def test_a_value_that_many_rows_have_needs_noise_where_it_lies_on_no_grid():
    X, _ = blobs()
    X = pd.DataFrame(np.where(X < 0, 0, X), columns=list("abcd"))
    assert np.isfinite(small("FlowFeatures").fit(X).score(X))
    with pytest.raises(ValueError, match=r"Column 'a' has the value 0 in .*% of the rows .* Give input_noise > 0"):
        small("FlowFeatures", input_noise=0.0).fit(X)


def test_columns_that_vary_little_beside_their_size_are_no_constants():
    X, y = blobs()
    model = small("SemiSupervisedFlow", **LEARNT).fit(1e8 + 0.01 * X.astype(np.float64), y)
    assert model.score(1e8 + 0.01 * X.astype(np.float64), truth()) > 0.95


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


def moons(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two interleaved half circles, their classes, and six labels for each."""
    X, code = make_moons(1000, noise=0.1, random_state=seed)
    rng = np.random.default_rng(seed)
    y = np.full(1000, -1)
    for k in (0, 1):
        y[rng.choice(np.flatnonzero(code == k), 6, replace=False)] = k
    return X, code, y


@pytest.mark.parametrize("seed", range(5))
def test_moons_are_learnt_from_six_labels_a_class(seed):
    """The paper's picture; restarts are chosen by the objective, one setting serves all seeds."""
    X, _, y = moons(seed)
    rows, code = make_moons(2000, noise=0.1, random_state=seed + 1000)
    model = SemiSupervisedFlow(
        6,
        (64, 64),
        start=None,
        input_noise=0.05,
        consistency_weight=1.0,
        consistency_noise=0.3,
        alpha=1.0,
        learning_rate=3e-3,
        max_epochs=100,
        n_fits=3,
        random_state=seed,
    )
    assert model.fit(X, y).score(rows, code) > 0.97


def test_rows_without_labels_are_learnt_from():
    X, code, y = moons(0)
    options = {"n_couplings": 6, "hidden_dims": (32, 32), "learning_rate": 5e-3, "input_noise": 0.05, "batch_size": 200}
    options |= {"alpha": 1.0, "consistency_weight": 1.0, "start": None, "random_state": 0}
    model = SemiSupervisedFlow(max_epochs=40, **options).fit(X, y)
    alone = SemiSupervisedFlow(max_epochs=200, **options).fit(X[y >= 0], y[y >= 0])
    assert model.score(X, code) > alone.score(X, code) + 0.02


@pytest.mark.parametrize("name", FLOWS)
def test_images_are_frames_where_frames_are_asked_for(name):
    X, y = blobs()
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = small(name).set_output(transform="pandas").fit(frame, y)
    images = model.transform(frame)
    assert images.columns.tolist() == [f"{name.lower()}{i}" for i in range(4)]
    assert images.index.equals(frame.index)


def test_a_start_that_weighs_nothing_is_not_fitted():
    X, y = blobs()
    without, weightless = small("SemiSupervisedFlow"), small("SemiSupervisedFlow", start="auto", start_weight=0)
    assert weightless.fit(X, y).start_ is None
    assert same_weights(without.fit(X, y), weightless)
