"""label_noise: labels that may be wrong, of one annotator or several."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.datasets import load_digits

import semigen
from semigen import SemiSupervisedGMM
from semigen.diagnostics import Sign
from semigen.labels import encode
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.label_noise import PSEUDO_LABELS, RIGHT, LabelNoise
from semigen.mixture.learning.problem import MixtureOptions, Problem
from semigen.mixture.learning.starts import LabeledStart
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.noisy_labels import with_noise
from semigen.mixture.rows.source import scale_columns
from tests.mixture.partitions.rows import ENDS, parts
from tests.persistence.same import check_same

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore::semigen.SuspectFitWarning")
ATTRIBUTES = ("weights_", "means_", "covariances_", "label_noise_")


def wrongly_labelled(seed: int = 0, n: int = 600, labels: int = 120, share: float = 0.25, apart: float = 3.0):
    """Three clouds, labels of the first rows of which a share is wrong, the truth, and which are wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    X = rng.normal(size=(n, 4)) + apart * np.eye(3, 4)[truth]
    y = np.where(np.arange(n) < labels, truth, -1)
    wrong = rng.permutation(labels)[: round(share * labels)]
    y[wrong] = (y[wrong] + rng.integers(1, 3, len(wrong))) % 3
    return X, y, truth, wrong


def by_annotators(shares: tuple[float, ...], seed: int = 1):
    """Rows, labels of several annotators who are wrong so often, NaN where one gave none, and the truth."""
    rng = np.random.default_rng(seed)
    X, _, truth, _ = wrongly_labelled(seed)
    y = np.full((len(X), len(shares)), np.nan)
    for annotator, share in enumerate(shares):
        some = np.flatnonzero(rng.random(len(X)) < 0.3)
        wrong = rng.random(len(some)) < share
        y[some, annotator] = np.where(wrong, (truth[some] + rng.integers(1, 3, len(some))) % 3, truth[some])
    return X, y, truth


def twin(X, given, init, steps, unlabeled_weight, known=None):
    """EM as one would write it down."""
    weights, means, covariances = (np.array(init[name]) for name in ("weights", "means", "covariances"))
    k, n_annotators = len(weights), given.shape[1]
    pseudo = np.where(np.eye(k) > 0, PSEUDO_LABELS * RIGHT, PSEUDO_LABELS * (1 - RIGHT) / (k - 1))
    confusion = np.repeat((pseudo / PSEUDO_LABELS)[None], n_annotators, axis=0) if known is None else known
    counts, history = np.where((given >= 0).any(axis=1), 1.0, unlabeled_weight), []
    for step in range(steps + 1):
        joint = np.stack([multivariate_normal.logpdf(X, means[j], covariances[j]) for j in range(k)], axis=1)
        joint += np.log(weights)
        for i, row in enumerate(given):
            for annotator, label in enumerate(row):
                if label >= 0:
                    joint[i] += np.log(confusion[annotator][:, label])
        log_prior = 0 if known is not None else (pseudo * np.log(confusion)).sum()
        history.append((counts @ logsumexp(joint, axis=1) + log_prior) / counts.sum())
        if step == steps:
            break
        share = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        if known is None:
            said = [[[share[column == g, j].sum() for g in range(k)] for j in range(k)] for column in given.T]
            confusion = (said + pseudo) / (said + pseudo).sum(axis=-1, keepdims=True)
        share *= counts[:, None]
        mass = share.sum(axis=0)
        weights, means = mass / mass.sum(), share.T @ X / mass[:, None]
        covariances = np.stack([(X - means[j]).T * share[:, j] @ (X - means[j]) / mass[j] for j in range(k)])
    return weights, means, covariances, confusion, np.array(history)


KNOWN = np.array([[0.8, 0.2, 0.0], [0.1, 0.7, 0.2], [0.0, 0.1, 0.9]])


@quiet
@pytest.mark.parametrize("unlabeled_weight", [1.0, 0.3])
@pytest.mark.parametrize("n_annotators", [1, 3])
@pytest.mark.parametrize("known", [None, KNOWN], ids=["estimated", "known"])
def test_the_fit_is_that_of_a_twin(unlabeled_weight, n_annotators, known):
    X, y, _ = by_annotators((0.1, 0.3, 0.4))
    X, y = X[:200], y[:200, :n_annotators]
    init = {"weights": [0.3, 0.3, 0.4], "means": 2 * np.eye(3, 4), "covariances": [np.eye(4)] * 3}
    options = {"shrinkage": 0, "reg_covar": 0, "tol": 0, "max_iter": 12, "accelerate": None, "init": init}
    noise = "auto" if known is None else known
    labels = y if n_annotators > 1 else y[:, 0]
    model = SemiSupervisedGMM(label_noise=noise, unlabeled_weight=unlabeled_weight, **options).fit(X, labels)
    given = np.where(np.isnan(y), -1, y).astype(int)
    matrices = None if known is None else np.repeat(np.array(noise)[None], n_annotators, axis=0)
    with np.errstate(divide="ignore"):
        *parameters, confusion, history = twin(X, given, init, 12, unlabeled_weight, matrices)
    for name, value in zip(("class_prior_", "means_", "covariances_"), parameters, strict=True):
        np.testing.assert_allclose(getattr(model, name), value, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(model.label_noise_, confusion if n_annotators > 1 else confusion[0], rtol=1e-8)
    np.testing.assert_allclose(model.history_, history, rtol=1e-11)


@quiet
@pytest.mark.parametrize("accelerate", ["auto", "quasi-newton", None])
@pytest.mark.parametrize("options", [{}, {"n_components": 2}, {"unlabeled_weight": 0.2}, {"shrinkage": 0}], ids=str)
def test_promise_1_the_objective_never_decreases(family, accelerate, options):
    X, y, _, _ = wrongly_labelled(n=300, apart=1.5)
    options = {"label_noise": "auto", "accelerate": accelerate, "tol": 0.0, "max_iter": 40, "random_state": 0} | options
    history = SemiSupervisedGMM(family, **options).fit(X, y).history_
    assert (np.diff(history) >= -1e-10 * (1 + np.abs(history[:-1]))).all()


@quiet
def test_acceleration_ends_where_em_ends():
    X, y, _, _ = wrongly_labelled(apart=1.5)
    options = {"label_noise": "auto", "tol": 1e-13, "max_iter": 20_000}
    em, fast = (SemiSupervisedGMM(accelerate=each, **options).fit(X, y) for each in (None, "quasi-newton"))
    for name in ATTRIBUTES:
        np.testing.assert_allclose(getattr(fast, name), getattr(em, name), atol=2e-4)
    assert fast.n_iter_ < em.n_iter_ / 3


@quiet
def test_promise_2_a_fit_is_bitwise_the_same_for_every_number_of_threads(family):
    X, y, _, _ = wrongly_labelled(n=3000, labels=900)
    one, three = (SemiSupervisedGMM(family, label_noise="auto", max_iter=8, n_jobs=n).fit(X, y) for n in (1, 3))
    for name in (*ATTRIBUTES, "history_", "transduction_"):
        assert np.array_equal(getattr(one, name), getattr(three, name)), name
    assert np.array_equal(one.suspect_labels_.probability, three.suspect_labels_.probability)


@quiet
def test_promise_3_weights_repeat_rows_zero_is_absence_and_order_does_not_matter(family):
    X, y, _, _ = wrongly_labelled(n=300)
    rng = np.random.default_rng(0)
    weights, order = rng.integers(0, 3, len(X)), rng.permutation(len(X))
    options = {"label_noise": "auto", "tol": 0.0, "max_iter": 20}
    weighted = SemiSupervisedGMM(family, **options).fit(X, y, weights)
    repeated = SemiSupervisedGMM(family, **options).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    shuffled = SemiSupervisedGMM(family, **options).fit(X[order], y[order], weights[order])
    for name in ATTRIBUTES:
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(getattr(weighted, name), getattr(shuffled, name), rtol=1e-7, atol=1e-9)
    assert len(weighted.suspect_labels_) == ((y >= 0) & (weights > 0)).sum()


def test_labels_that_are_known_to_be_right_give_the_plain_fit(family):
    X, y, _, _ = wrongly_labelled(n=300, share=0)
    plain = SemiSupervisedGMM(family).fit(X, y)
    options = {"init": {name: getattr(plain, f"{name}_") for name in ("weights", "means", "covariances")}}
    plain, known = (SemiSupervisedGMM(family, label_noise=each, **options).fit(X, y) for each in (None, np.eye(3)))
    for name in ("weights_", "means_", "covariances_", "history_"):
        np.testing.assert_allclose(getattr(known, name), getattr(plain, name), rtol=1e-9, atol=1e-12)
    assert not hasattr(plain, "label_noise_")
    assert not hasattr(plain, "suspect_labels_")


@pytest.mark.parametrize("options", [{}, {"unlabeled_weight": 0}, {"n_components": "bic", "random_state": 0}], ids=str)
def test_wrong_labels_are_found_and_do_not_spoil_the_fit(options):
    X, y, truth, wrong = wrongly_labelled(share=0.4)
    model = SemiSupervisedGMM("diag", label_noise="auto", **options).fit(X, y)
    plain = SemiSupervisedGMM("diag", **options).fit(X, y)
    suspects = model.suspect_labels_
    assert np.isin(suspects.rows[: len(wrong)], wrong).mean() > 0.9
    assert (suspects.likeliest[: len(wrong)] == truth[suspects.rows[: len(wrong)]]).mean() > 0.9
    assert suspects.probability.sum() == pytest.approx(len(wrong), rel=0.2)
    assert (np.diff(suspects.probability) <= 0).all()
    assert np.diag(model.label_noise_).mean() == pytest.approx(0.6, abs=0.1)
    assert model.score(X, truth) >= plain.score(X, truth) - 0.01
    # The likeliest class, whatever the label is.
    assert (model.transduction_[wrong] == truth[wrong]).mean() > 0.9


def test_labels_that_were_exchanged_are_put_right_by_a_known_matrix():
    X, y, truth, _ = wrongly_labelled(share=0)
    model = SemiSupervisedGMM(label_noise=[[0, 0.9, 0.1], [0.9, 0.1, 0], [0, 0, 1]]).fit(X, np.array([1, 0, 2, -1])[y])
    assert model.score(X, truth) > 0.95
    suspects = model.suspect_labels_
    assert (suspects.likeliest[suspects.given == 1] == 0).mean() > 0.9


def test_annotators_are_weighed_by_how_often_they_are_wrong():
    X, y, truth = by_annotators((0.05, 0.3, 2 / 3))
    model = SemiSupervisedGMM(label_noise="auto").fit(X, y)
    right = np.diagonal(model.label_noise_, axis1=1, axis2=2).mean(axis=1)
    np.testing.assert_allclose(right, [0.95, 0.7, 1 / 3], atol=0.1)
    assert (model.transduction_ == truth).mean() > 0.95
    suspects = model.suspect_labels_
    assert len(suspects) == (~np.isnan(y)).sum()
    labels = y[suspects.rows, suspects.annotators]
    assert np.array_equal(labels, suspects.given)
    wrong = labels != truth[suspects.rows]
    assert wrong[: wrong.sum()].mean() > 0.9
    assert "Annotator 2 is right with an estimated probability of 3" in model.report()
    assert "annotator" in repr(suspects)


def test_an_annotator_without_labels_has_what_was_assumed_beforehand():
    X, y, _ = by_annotators((0.1, 0.2))
    alone = SemiSupervisedGMM(label_noise="auto").fit(X, y[:, 0])
    both = SemiSupervisedGMM(label_noise="auto").fit(X, np.column_stack([y[:, 0], np.full(len(X), np.nan)]))
    np.testing.assert_allclose(both.means_, alone.means_, rtol=1e-9)
    np.testing.assert_allclose(np.diag(both.label_noise_[1]), RIGHT)
    assert (both.suspect_labels_.annotators == 0).all()


def test_all_rows_may_be_labelled_and_none():
    X, y, _, wrong = wrongly_labelled(labels=600)
    model = SemiSupervisedGMM(label_noise="auto").fit(X, y)
    assert np.isin(model.suspect_labels_.rows[: len(wrong)], wrong).mean() > 0.9
    nothing = np.full(len(X), -1)
    fits = [
        SemiSupervisedGMM(label_noise=each, classes=[0, 1, 2], random_state=0).fit(X, nothing)
        for each in ("auto", None)
    ]
    np.testing.assert_allclose(fits[0].means_, fits[1].means_, rtol=1e-9)
    np.testing.assert_allclose(np.diag(fits[0].label_noise_), RIGHT)
    assert len(fits[0].suspect_labels_) == 0


@pytest.mark.parametrize("unlabeled_weight", [0, 1])
def test_rows_in_parts_give_the_fit_of_those_in_memory(unlabeled_weight):
    X, y, _, _ = wrongly_labelled(n=ENDS[-1], labels=300)
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order], y[order]
    options = {"label_noise": "auto", "unlabeled_weight": unlabeled_weight}
    in_memory, in_parts = SemiSupervisedGMM(**options).fit(X, y), SemiSupervisedGMM(**options).fit(parts(X, y))
    for name in ATTRIBUTES:
        np.testing.assert_allclose(getattr(in_parts, name), getattr(in_memory, name), rtol=1e-9, atol=1e-9)
    assert np.array_equal(in_parts.suspect_labels_.rows, in_memory.suspect_labels_.rows)
    assert in_parts.report() == in_memory.report()
    assert np.array_equal(y[in_parts.suspect_labels_.rows], in_parts.suspect_labels_.given)


def test_missing_values_unsure_labels_and_float32_are_taken():
    X, y, truth, wrong = wrongly_labelled()
    X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    labels = [{0, 1} if i % 7 == 0 and truth[i] < 2 and each < 0 else each for i, each in enumerate(y.tolist())]
    model = SemiSupervisedGMM(missing="marginal", label_noise="auto").fit(X, labels)
    assert model.n_unsure_ > 20
    assert np.isin(model.suspect_labels_.rows[: len(wrong)], wrong).mean() > 0.9
    single = SemiSupervisedGMM(missing="marginal", label_noise="auto").fit(X.astype(np.float32), labels)
    np.testing.assert_allclose(single.label_noise_, model.label_noise_, atol=1e-3)
    assert not {0, 1} & {each.given for each in single.suspect_labels_ if each.row >= 120}


def test_statistics_add_up_and_update_goes_on():
    X, y, _, _ = wrongly_labelled()
    model = SemiSupervisedGMM(label_noise="auto", tol=1e-9).fit(X, y)
    found = sum(model.statistics(X[i::3], y[i::3]) for i in range(3))
    whole = model.statistics(X, y)
    np.testing.assert_allclose(found.label_counts, whole.label_counts, rtol=1e-12)
    np.testing.assert_allclose(found.flat, whole.flat, rtol=1e-9, atol=1e-9)
    before = model.label_noise_
    model.update(found)
    np.testing.assert_allclose(model.label_noise_, before, atol=1e-4)
    assert model.history_[-1] == pytest.approx(model.history_[-2], abs=1e-7)
    nothing = model.statistics(X[:0], y[:0])
    assert nothing.label_counts.shape == (1, 3, 3)
    n_parameters = 3 * 4 + 3 * 10 + 2 + 3 * 2
    assert model.bic(X, y) == pytest.approx(-2 * model.log_likelihood_ + n_parameters * np.log(len(X)), rel=0.001)


def test_a_guarded_fit_compares_probabilities_of_given_labels():
    X, y, truth, _ = wrongly_labelled(share=0.3, labels=150)
    model = SemiSupervisedGMM(label_noise="auto", guard=True, random_state=0).fit(X, y)
    assert model.kept_ in ("EM", "supervised")
    assert model.supervised_.label_noise_.shape == (3, 3)
    assert "Kept the" in model.report()
    assert "given labels about" in model.report()
    of_labels = model._fit.probabilities(X)
    np.testing.assert_allclose(of_labels, model.predict_proba(X) @ model.label_noise_, rtol=1e-9)
    assert model.score(X, truth) > 0.9


def test_wrong_labels_are_no_sign_of_a_wrong_fit():
    X, y, _, _ = wrongly_labelled()
    with pytest.warns(semigen.SuspectFitWarning):
        plain = SemiSupervisedGMM().fit(X, y)
    model = SemiSupervisedGMM(label_noise="auto").fit(X, y)
    assert Sign.IMPROBABLE_LABELS in [each.sign for each in plain.suspicions_]
    assert model.suspicions_ == ()


def test_the_report_says_how_many_labels_are_wrong():
    X, y, _, _ = wrongly_labelled(apart=5.0)
    report = SemiSupervisedGMM(label_noise="auto").fit(X, y).report()
    assert report.startswith("Of 120 given labels about 30 are wrong (25%); 30 are more likely wrong than right")
    assert "is called" in report
    known = SemiSupervisedGMM(label_noise=0.1 + 0.7 * np.eye(3)).fit(X, y).report()
    assert "A label is right with probability 80%" in known


@pytest.mark.parametrize("several", [False, True])
def test_saved_pickled_and_cloned(several, tmp_path):
    X, y, _, _ = wrongly_labelled()
    names = np.array(["a", "b", "c"], dtype=object)
    labels = [None if each < 0 else names[each] for each in y]
    if several:
        labels = [[each, "b" if i % 5 == 0 else None] for i, each in enumerate(labels)]
    model = SemiSupervisedGMM(label_noise="auto", unlabeled=None).fit(X, labels)
    model.save(tmp_path / "model")
    for other in (semigen.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        check_same(model, other, X)
        assert repr(other.suspect_labels_) == repr(model.suspect_labels_)
        assert np.array_equal(other.label_noise_, model.label_noise_)
        assert other.report() == model.report()
        other.update(other.statistics(X, labels))
    assert clone(model).label_noise == "auto"
    again = model.set_params(label_noise=None).fit(X, y.astype(object) if several else labels)
    assert not hasattr(again, "suspect_labels_")


@pytest.mark.parametrize("missing", [False, True])
def test_starts_weigh_labelled_rows_by_what_the_others_say(family, missing):
    """Where a fifth of the labels is wrong, means by the labels lie a fifth of the way to the other classes."""
    X, y, _, _ = wrongly_labelled(share=0.2, apart=8.0)
    if missing:
        X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    labels = encode(y)
    noise = LabelNoise.mostly_right(1, 3)
    rows = with_noise(ArrayRows(X, labels.codes, None, 1.0, None, missing), labels, noise)
    scaling = scale_columns(rows, one_scale=FAMILIES[family].one_scale)
    options = MixtureOptions(family, np.ones(3, dtype=np.int64), label_noise=noise)
    start = LabeledStart(Problem(rows, scaling, options), np.random.RandomState(0)).draw()
    means = start.means / scaling.scale + scaling.centre
    assert np.abs(means - 8 * np.eye(3, 4)).max() < 0.8
    np.testing.assert_array_equal(start.confusion, noise.start)


@quiet
def test_wrong_labels_do_not_confirm_themselves_where_columns_are_many():
    """Of each digit 24 labels are right, and rows have 64 columns."""
    X, digit = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    labelled, y = rng.permutation(len(X))[:300], np.full(len(X), -1)
    y[labelled] = digit[labelled]
    wrong = labelled[:60]
    y[wrong] = (y[wrong] + rng.integers(1, 10, 60)) % 10
    suspects = SemiSupervisedGMM(label_noise="auto", max_iter=10).fit(X, y).suspect_labels_
    assert np.isin(suspects.rows[:60], wrong).sum() >= 57
