"""label_mechanism: which rows have a label, estimated together with the mixture."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chi2
from sklearn.base import clone

import semigen
from semigen import SemiSupervisedGMM
from semigen.diagnostics import Sign
from semigen.mixture.gaussian.label_entropy import PRIOR_DEVIATION
from tests.mixture.mechanisms import joint_log_likelihood, labelled_by_class, labelled_by_entropy, log_joint
from tests.mixture.partitions.rows import parts
from tests.persistence.same import check_same

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning", "ignore::semigen.SuspectFitWarning"
)
KINDS = ("entropy", "class")
ATTRIBUTES = ("weights_", "means_", "covariances_", "class_prior_", "history_")


def rows_for(kind: str, **options):
    return (labelled_by_entropy if kind == "entropy" else labelled_by_class)(**options)


def test_without_it_a_fit_is_what_it_was_and_has_no_mechanism():
    X, y, _ = labelled_by_entropy()
    plain = SemiSupervisedGMM().fit(X, y)
    assert plain.label_mechanism is None
    with pytest.raises(AttributeError, match="label_mechanism_ is there after a fit with label_mechanism"):
        _ = plain.label_mechanism_
    again = SemiSupervisedGMM(label_mechanism="entropy").fit(X, y).set_params(label_mechanism=None).fit(X, y)
    for name in ATTRIBUTES:
        assert np.array_equal(getattr(plain, name), getattr(again, name)), name


@pytest.mark.parametrize("missing", [False, True])
def test_the_log_likelihood_with_entropies_is_that_of_a_twin(missing):
    X, y, _ = labelled_by_entropy(n=150)
    if missing:
        X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    weights = np.random.default_rng(1).integers(0, 3, len(X)).astype(float)
    how = "marginal" if missing else "error"
    model = SemiSupervisedGMM(label_mechanism="entropy", missing=how, shrinkage=0).fit(X, y, weights)
    expected = joint_log_likelihood(model, X, y, weights)
    assert model.log_likelihood_ == pytest.approx(expected, rel=1e-10)
    found = model.label_mechanism_
    assert found.log_likelihood == model.log_likelihood_
    at_random = SemiSupervisedGMM(missing=how, shrinkage=0, tol=1e-10, max_iter=5000).fit(X, y, weights)
    part = weights[y < 0].sum() / weights.sum()
    labels = weights.sum() * (part * np.log(part) + (1 - part) * np.log(1 - part))
    assert found.log_likelihood_at_random == pytest.approx(at_random.log_likelihood_ + labels, abs=0.01)
    # Without shrinkage the prior is that of xi alone.
    penalty = 0.5 * (found.coefficients[1] / PRIOR_DEVIATION) ** 2
    gain = 2 * (found.log_likelihood - found.log_likelihood_at_random - penalty)
    assert found.statistic == pytest.approx(gain, rel=1e-6)


def test_the_log_likelihood_by_classes_is_that_of_a_twin():
    X, y, _ = labelled_by_class()
    model = SemiSupervisedGMM(label_mechanism="class", shrinkage=0).fit(X, y)
    joint, share = log_joint(model, X), model.label_mechanism_.coefficients
    labelled = y >= 0
    of_labels = joint[labelled, y[labelled]] + np.log(share[y[labelled]])
    of_others = logsumexp(joint[~labelled] + np.log(1 - share), axis=1)
    assert model.log_likelihood_ == pytest.approx(of_labels.sum() + of_others.sum(), rel=1e-10)
    # The prior is that of the class probabilities of rows without a label: ten labels, as frequent as all labels are.
    log_prior = 10 * np.bincount(y[labelled]) / labelled.sum() @ np.log(model.label_mechanism_.unlabeled_class_prior)
    assert model.history_[-1] == pytest.approx((model.log_likelihood_ + log_prior) / len(X), rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options", [{}, {"n_components": 2, "random_state": 0}, {"unlabeled_weight": 0.2}, {"shrinkage": 0}], ids=str
)
def test_promise_1_the_objective_never_decreases(family, kind, options):
    X, y, _ = rows_for(kind, n=300)
    model = SemiSupervisedGMM(family, label_mechanism=kind, tol=0.0, max_iter=40, **options).fit(X, y)
    assert (np.diff(model.history_) >= -1e-10 * (1 + np.abs(model.history_[:-1]))).all()
    assert model.label_mechanism_.statistic > 10
    assert len(model.history_) > 2


@pytest.mark.parametrize("kind", KINDS)
def test_promise_2_a_fit_is_bitwise_the_same_for_every_number_of_threads(family, kind):
    X, y, _ = rows_for(kind, n=3000)
    one, three = (SemiSupervisedGMM(family, label_mechanism=kind, max_iter=6, n_jobs=n).fit(X, y) for n in (1, 3))
    for name in (*ATTRIBUTES, "transduction_"):
        assert np.array_equal(getattr(one, name), getattr(three, name)), name
    assert np.array_equal(one.label_mechanism_.coefficients, three.label_mechanism_.coefficients)


@pytest.mark.parametrize("kind", KINDS)
def test_promise_3_weights_repeat_rows_zero_is_absence_and_order_does_not_matter(family, kind):
    X, y, _ = rows_for(kind, n=300)
    rng = np.random.default_rng(0)
    weights, order = rng.integers(0, 3, len(X)), rng.permutation(len(X))
    options = {"label_mechanism": kind, "max_iter": 2000}
    weighted = SemiSupervisedGMM(family, **options).fit(X, y, weights)
    repeated = SemiSupervisedGMM(family, **options).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    shuffled = SemiSupervisedGMM(family, **options).fit(X[order], y[order], weights[order])
    for other in (repeated, shuffled):
        for name in ATTRIBUTES[:-1]:
            np.testing.assert_allclose(getattr(weighted, name), getattr(other, name), rtol=1e-5, atol=1e-6)
        mine, its = weighted.label_mechanism_, other.label_mechanism_
        np.testing.assert_allclose(mine.coefficients, its.coefficients, rtol=1e-5)
        assert mine.statistic == pytest.approx(its.statistic, rel=1e-5)


@pytest.mark.parametrize(("unlabeled_weight", "atol"), [(1.0, 0.25), (0.5, 0.4)])
def test_the_coefficients_of_the_entropy_are_recovered(unlabeled_weight, atol):
    """With lambda below one about: rows that lack a label then count less where classes overlap."""
    found = []
    for seed in range(8):
        X, y, _ = labelled_by_entropy(seed, n=1500, xi=(2.5, 1.5))
        model = SemiSupervisedGMM("tied", label_mechanism="entropy", unlabeled_weight=unlabeled_weight).fit(X, y)
        found.append(model.label_mechanism_.coefficients)
        assert model.label_mechanism_.rejects_at_random
    np.testing.assert_allclose(np.mean(found, axis=0), (2.5, 1.5), atol=atol)


@pytest.mark.parametrize("unlabeled_weight", [1.0, 0.3])
def test_shares_of_labels_and_frequencies_of_classes_are_recovered(unlabeled_weight):
    X, y, truth = labelled_by_class(n=4000, apart=4.0)
    model = SemiSupervisedGMM(label_mechanism="class", unlabeled_weight=unlabeled_weight).fit(X, y)
    np.testing.assert_allclose(model.label_mechanism_.coefficients, (0.05, 0.2, 0.5), atol=0.03)
    np.testing.assert_allclose(model.class_prior_, np.bincount(truth) / 4000, atol=0.01)
    without = np.bincount(truth[y < 0]) / (y < 0).sum()
    np.testing.assert_allclose(model.label_mechanism_.unlabeled_class_prior, without, atol=0.01)
    plain = SemiSupervisedGMM(unlabeled_weight=unlabeled_weight).fit(X, y)
    assert model.score(X, truth) >= plain.score(X, truth) - 0.002


def test_shapes_by_classes_are_those_of_class_prior_unlabeled_where_labels_are_many():
    """Labels say little of unlabelled frequencies: here ten labels are their prior, there one of each class."""
    X, y, _ = labelled_by_class(n=4000)
    options = {"tol": 1e-9, "max_iter": 3000}
    mine = SemiSupervisedGMM(label_mechanism="class", **options).fit(X, y)
    other = SemiSupervisedGMM(class_prior="unlabeled", **options).fit(X, y)
    np.testing.assert_allclose(mine.means_, other.means_, atol=2e-3)
    np.testing.assert_allclose(mine.label_mechanism_.unlabeled_class_prior, other.class_prior_, atol=3e-3)
    # Class probabilities are of all rows here, and of unlabelled ones there.
    assert np.abs(mine.class_prior_ - other.class_prior_).max() > 0.02


def test_rows_of_the_fit_without_a_label_are_sorted_by_the_frequencies_among_them():
    X, y, _ = labelled_by_class(n=1000, apart=1.5, shares=(0.02, 0.02, 0.9))
    model = SemiSupervisedGMM(label_mechanism="class").fit(X, y)
    joint = model.predict_joint_log_proba(X) + np.log(1 - model.label_mechanism_.coefficients)
    others = y < 0
    assert np.array_equal(model.transduction_[others], joint.argmax(axis=1)[others])
    assert (model.predict(X[others]) != model.transduction_[others]).sum() > 10
    assert np.array_equal(model.transduction_[~others], y[~others])


@pytest.mark.parametrize("kind", KINDS)
def test_the_statistic_is_about_chi_squared_where_labels_are_missing_at_random(kind):
    found = []
    for seed in range(60):
        X, _, truth = rows_for(kind, seed=seed, n=400)
        y = np.where(np.random.default_rng(1000 + seed).random(len(X)) < 0.3, truth, -1)
        model = SemiSupervisedGMM("tied", label_mechanism=kind).fit(X, y)
        found.append(model.label_mechanism_.statistic)
        assert model.label_mechanism_.degrees_of_freedom == (1 if kind == "entropy" else 2)
    degrees = 1 if kind == "entropy" else 2
    assert min(found) >= 0
    assert np.mean(found) == pytest.approx(degrees, rel=0.5)
    assert (np.array(found) > chi2.isf(0.05, degrees)).sum() <= 9


@pytest.mark.parametrize(("kind", "atol"), [("entropy", 1e-6), ("class", 1e-3)])
def test_single_precision_is_climbed_in_double_by_entropy_and_is_that_of_answers(kind, atol):
    X, y, _ = rows_for(kind)
    X = X.astype(np.float32)
    options = {"label_mechanism": kind, "shrinkage": 0, "tol": 1e-13 if kind == "entropy" else 1e-5, "max_iter": 500}
    double, single = (SemiSupervisedGMM(**options).fit(X.astype(t), y) for t in (np.float64, np.float32))
    np.testing.assert_allclose(single.means_, double.means_, atol=atol)
    coefficients = single.label_mechanism_.coefficients
    np.testing.assert_allclose(coefficients, double.label_mechanism_.coefficients, atol=10 * atol)
    assert single._fit.dtype == np.float32
    if kind == "entropy":
        expected = joint_log_likelihood(single, X.astype(np.float64), y, np.ones(len(X)))
        assert single.log_likelihood_ == pytest.approx(expected, rel=1e-11)


def test_the_guard_judges_by_probabilities_of_rows_with_a_label():
    X, y, _ = labelled_by_class(n=4000, apart=2.0)
    model = SemiSupervisedGMM(label_mechanism="class").fit(X, y)
    share = np.bincount(y[y >= 0]) / (y >= 0).sum()
    np.testing.assert_allclose(model._fit.probabilities(X[y >= 0]).mean(axis=0), share, atol=0.01)
    assert np.abs(model.predict_proba(X[y >= 0]).mean(axis=0) - share).max() > 0.03


@pytest.mark.parametrize("kind", KINDS)
def test_missing_values_and_several_components_are_taken(kind):
    X, y, truth = rows_for(kind)
    X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    options = {"missing": "marginal", "n_components": 2, "random_state": 0}
    model = SemiSupervisedGMM("diag", label_mechanism=kind, **options).fit(X, y)
    assert model.label_mechanism_.rejects_at_random
    assert model.score(X, truth) > 0.75


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{"n_components": "bic"}, {"n_init": 2}, {"warm_start": True}], ids=str)
def test_chosen_components_several_starts_and_warm_starts_are_taken(kind, options):
    X, y, truth = rows_for(kind)
    model = SemiSupervisedGMM("tied", label_mechanism=kind, random_state=0, **options).fit(X, y)
    labelled = y >= 0
    again = model.fit(X[labelled], y[labelled], X_unlabeled=X[~labelled])
    assert again.label_mechanism_.rejects_at_random
    assert again.score(X, truth) > 0.8


def test_known_class_probabilities_stay_with_the_entropy():
    X, y, _ = labelled_by_entropy()
    model = SemiSupervisedGMM(label_mechanism="entropy", class_prior=[0.3, 0.7]).fit(X, y)
    np.testing.assert_allclose(model.class_prior_, [0.3, 0.7], rtol=1e-12)


def test_student_t_components_go_with_shares_by_class():
    X, y, _ = labelled_by_class()
    model = SemiSupervisedGMM(label_mechanism="class", distribution="t").fit(X, y)
    np.testing.assert_allclose(model.label_mechanism_.coefficients, (0.05, 0.2, 0.5), atol=0.1)
    assert "missing at random is rejected" in model.report()


def test_rows_in_parts_give_shares_by_class_as_those_in_memory():
    X, y, _ = labelled_by_class(n=900)
    in_memory, in_parts = (SemiSupervisedGMM(label_mechanism="class").fit(*each) for each in ((X, y), (parts(X, y),)))
    np.testing.assert_allclose(in_parts.means_, in_memory.means_, rtol=1e-8)
    mine, its = in_parts.label_mechanism_, in_memory.label_mechanism_
    np.testing.assert_allclose(mine.coefficients, its.coefficients, rtol=1e-8)
    assert mine.statistic == pytest.approx(its.statistic, rel=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_a_guarded_fit_keeps_a_mechanism_only_with_the_unlabelled_rows(kind):
    X, y, _ = rows_for(kind, n=500)
    model = SemiSupervisedGMM(label_mechanism=kind, guard=True, random_state=0).fit(X, y)
    assert model.kept_ in ("EM", "supervised")
    assert hasattr(model, "label_mechanism_") == (model.kept_ == "EM")
    assert not hasattr(model.supervised_, "label_mechanism_")
    assert model.supervised_.label_mechanism is None
    assert "Kept the" in model.report()


@pytest.mark.parametrize("kind", KINDS)
def test_saved_pickled_and_cloned(kind, tmp_path):
    X, y, _ = rows_for(kind)
    names = [None if each < 0 else "abc"[each] for each in y]
    model = SemiSupervisedGMM(label_mechanism=kind, unlabeled=None).fit(X, names)
    model.save(tmp_path / "model")
    for other in (semigen.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        check_same(model, other, X)
        assert other.report() == model.report()
        assert repr(other.label_mechanism_) == repr(model.label_mechanism_)
    assert clone(model).label_mechanism == kind


def test_the_report_says_what_was_estimated_and_whether_at_random_is_rejected():
    X, y, truth = labelled_by_entropy()
    report = SemiSupervisedGMM(label_mechanism="entropy").fit(X, y).report()
    assert report.startswith("Rows lack a label the more often, the less sure their class is: with probability ")
    assert "That labels are missing at random is rejected (likelihood ratio" in report
    X, y, truth = labelled_by_class()
    report = SemiSupervisedGMM(label_mechanism="class").fit(X, y).report()
    assert report.startswith("Share of rows that have a label, by class: 0 ")
    assert "Class probabilities of the rows without one: 0 " in report
    at_random = np.where(np.arange(len(X)) % 3 == 0, truth, -1)
    report = SemiSupervisedGMM(label_mechanism="class").fit(X, at_random).report()
    assert "Labels may be missing at random: that is not rejected" in report


def test_what_a_mechanism_explains_is_no_sign_of_a_wrong_fit():
    X, y, _ = labelled_by_class(n=1500, shares=(0.02, 0.05, 0.6))
    plain, model = (SemiSupervisedGMM(label_mechanism=each).fit(X, y) for each in (None, "class"))
    assert Sign.UNBALANCED_ANSWERS in [each.sign for each in plain.suspicions_]
    assert Sign.UNBALANCED_ANSWERS not in [each.sign for each in model.suspicions_]
    X, y, _ = labelled_by_entropy(n=1500, apart=1.5, xi=(6.0, 4.0))
    plain, model = (SemiSupervisedGMM(label_mechanism=each).fit(X, y) for each in (None, "entropy"))
    assert Sign.SHIFTED_CLASS in [each.sign for each in plain.suspicions_]
    assert Sign.SHIFTED_CLASS not in [each.sign for each in model.suspicions_]
