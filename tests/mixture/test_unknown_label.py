"""unknown_label: rows that look like no class are answered by it, known ones no more often than was asked."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import semigen
from semigen import SemiSupervisedGMM
from semigen.mixture.outlier_scores import labels_needed, threshold
from tests.mixture.partitions.rows import parts
from tests.mixture.test_rows_of_no_class import clouds


@pytest.mark.parametrize("rate", [0.05, 0.2, 1 / 3])
def test_the_threshold_is_the_least_that_conformal_p_values_allow(rate):
    rng = np.random.default_rng(0)
    for n in (labels_needed(rate), 40, 99):
        scores = rng.normal(size=n)
        found = threshold(scores, np.ones(n), rate)

        def p_value(score, scores=scores):
            return (1 + (scores >= score).sum()) / (len(scores) + 1)

        above, at = np.nextafter(found, np.inf), found
        assert p_value(above) <= rate + 1e-12 < p_value(at)


def test_weights_of_held_out_labels_count_as_repetitions():
    rng = np.random.default_rng(0)
    scores, weights = rng.normal(size=50), rng.integers(1, 4, 50)
    repeated = np.repeat(scores, weights)
    assert threshold(scores, weights.astype(float), 0.1) == threshold(repeated, np.ones(len(repeated)), 0.1)


def test_false_alarms_are_as_frequent_as_asked():
    rates = []
    for seed in range(6):
        X, y, _ = clouds(seed, n=500, labels=100, scattered=60)
        model = SemiSupervisedGMM(novelty=1, noise="uniform", unknown_label="?", unlabeled=-1, false_alarm=0.1)
        model.fit(X, y)
        fresh, _, of_fresh = clouds(seed + 100, n=2000, scattered=0)
        unknown = model.predict(fresh) == "?"
        rates.append(unknown[of_fresh < 2].mean())
        assert unknown[of_fresh == 2].mean() > 0.99
        assert model.n_held_out_ == 200
    # The rate of one calibration by 200 labels has a standard deviation of two points.
    assert np.mean(rates) == pytest.approx(0.1, abs=0.025)


def test_plain_fits_answer_rows_of_low_density_as_unknown():
    X, y, truth = clouds(labels=40)
    known = truth < 2
    model = SemiSupervisedGMM(unknown_label=7).fit(X[known], y[known])
    assert model.predict([[0, 0], [7, 0], [40, 40]]).tolist() == [0, 1, 7]
    assert model.predict_proba([[40, 40]]).shape == (1, 2)
    assert model.classes_.tolist() == [0, 1]


def test_without_the_unknown_label_every_row_is_answered_by_a_class():
    X, y, truth = clouds(labels=40)
    known = truth < 2
    model = SemiSupervisedGMM(unknown_label=7).fit(X[known], y[known]).set_params(unknown_label=None)
    assert set(model.predict([[0, 0], [40, 40]]).tolist()) <= {0, 1}


def test_unknown_rows_are_answered_so_in_the_training_rows_too_but_labels_are_kept():
    X, y, truth = clouds()
    model = SemiSupervisedGMM(novelty=1, unknown_label=9, false_alarm=0.3, random_state=0).fit(X, y)
    assert (model.predict(X[y >= 0]) == 9).any()
    assert np.array_equal(model.transduction_[y >= 0], y[y >= 0])
    assert np.array_equal(model.transduction_[y < 0], model.predict(X[y < 0]))
    assert (model.transduction_[truth == 2] == 9).all()


@pytest.mark.parametrize(
    ("classes", "unknown", "kind"),
    [([0, 1], 9, "i"), (["a", "b"], "unknown", "U"), ([0, 1], "unknown", "O"), ([0.0, 1.0], 9, "f")],
)
def test_answers_have_a_type_that_holds_classes_and_the_unknown_label(classes, unknown, kind):
    X, y, _ = clouds()
    labels = [None if label < 0 else classes[label] for label in y]
    predicted = SemiSupervisedGMM(novelty=1, unknown_label=unknown, random_state=0).fit(X, labels).predict(X)
    assert predicted.dtype.kind == kind
    assert set(predicted.tolist()) == {*classes, unknown}


def test_score_compares_unknown_answers_with_labels_that_say_so():
    X, y, truth = clouds(scattered=0)
    model = SemiSupervisedGMM(novelty=1, unknown_label=2, random_state=0).fit(X, y)
    assert model.score(X, truth) == (model.predict(X) == truth).mean() > 0.9


def test_only_the_options_of_the_last_fit_answer():
    X, y, _ = clouds()
    model = SemiSupervisedGMM(novelty=1, unknown_label=9, random_state=0).fit(X, y)
    model.set_params(unknown_label=None, novelty=None).fit(X, y)
    assert not hasattr(model, "outlier_threshold_")
    assert set(model.predict(X)) == {0, 1}
    assert model.novel_weight_ == 0


@pytest.mark.parametrize("options", [{"novelty": 2, "noise": "uniform", "unknown_label": 9}, {"noise": "uniform"}])
@pytest.mark.parametrize("family", ["full", "tied", "low_rank"])
def test_saved_and_pickled_mixtures_answer_alike(tmp_path, options, family):
    X, y, _ = clouds()
    model = SemiSupervisedGMM(family, random_state=0, **options).fit(X, y)
    model.save(tmp_path / "model.semigen")
    for other in (semigen.load(tmp_path / "model.semigen"), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(other.predict(X), model.predict(X))
        assert np.array_equal(other.outlier_score(X), model.outlier_score(X))
        assert other.report() == model.report()
        assert other.bic(X, y) == model.bic(X, y)


def test_scikit_learn_searches_over_the_options():
    X, y, _ = clouds(labels=30)
    model = SemiSupervisedGMM(random_state=0, unknown_label=9)
    assert clone(model).unknown_label == 9
    grid = {"semisupervisedgmm__novelty": [None, 1], "semisupervisedgmm__noise": [None, "uniform"]}
    search = GridSearchCV(
        make_pipeline(StandardScaler(), model), grid, cv=2, scoring=semigen.labeled_scorer("accuracy")
    )
    search.fit(X, y)
    assert search.best_score_ > 0.9


def test_the_guard_compares_fits_with_novel_components_and_keeps_the_calibration():
    X, y, _ = clouds(labels=40)
    model = SemiSupervisedGMM(novelty=1, unknown_label=9, guard=True, random_state=0).fit(X, y)
    assert model.kept_ in ("EM", "supervised")
    assert model.supervised_.novelty is None
    assert "predict answers 9" in model.report()
    assert np.isfinite(model.outlier_threshold_)


def test_the_report_says_what_was_found():
    X, y, _ = clouds()
    said = SemiSupervisedGMM(novelty=1, noise="uniform", unknown_label="?!", unlabeled=-1, random_state=0).fit(X, y)
    assert "Noise: " in said.report()
    assert "1 novel component with" in said.report()
    assert "predict answers '?!' where outlier_score is above" in said.report()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unknown_label": 1}, "one of the classes"),
        ({"unknown_label": -1}, "marks unlabelled rows"),
        ({"unknown_label": np.nan}, "no label"),
        ({"unknown_label": ["a"]}, "no label"),
        ({"unknown_label": 9, "label_noise": "auto"}, "label_noise"),
        ({"noise": "uniform", "label_noise": "auto"}, "label_noise takes"),
        ({"novelty": 1, "label_mechanism": "class"}, "label_mechanism"),
        ({"unknown_label": 9, "label_mechanism": "class"}, "label_mechanism"),
        ({"novelty": 1, "class_prior": [0.5, 0.5]}, "class_prior gives"),
        ({"novelty": 1, "warm_start": True}, "warm_start"),
        ({"novelty": 1, "init": {"weights": [1, 1], "means": [[0, 0], [1, 1]], "covariances": [1, 1]}}, "init"),
        ({"novelty": 400}, "only 300 unlabelled rows"),
        ({"novelty": True}, "no number"),
        ({"novelty": 0}, "novelty"),
        ({"noise": "gaussian"}, "noise"),
        ({"false_alarm": 0.0}, "false_alarm"),
        ({"false_alarm": 1.0}, "false_alarm"),
        ({"unknown_label": 9, "false_alarm": 0.01}, r"takes 99 labelled rows .* there are 30 .* at least 0\.0323"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(options, said):
    X, y, _ = clouds()
    model = SemiSupervisedGMM(random_state=0).fit(X, y)
    before = dict(model.__dict__)
    with pytest.raises(ValueError, match=said):
        model.set_params(**options).fit(X, y)
    assert model._fit is before["_fit"]


def test_a_single_label_of_a_class_is_no_label_that_can_be_held_out():
    X, y, _ = clouds(labels=1)
    with pytest.raises(ValueError, match="there are 0 labels"):
        SemiSupervisedGMM(unknown_label=9, false_alarm=0.4).fit(X, y)


@pytest.mark.parametrize("options", [{"noise": "uniform"}, {"novelty": 1}, {"unknown_label": 9}])
def test_rows_in_parts_are_refused(options):
    X, y, _ = clouds()
    with pytest.raises(ValueError, match="X comes in parts"):
        SemiSupervisedGMM(random_state=0, **options).fit(parts(X, y))


def test_a_mixture_fitted_in_memory_scores_rows_in_parts():
    X, y, _ = clouds()
    model = SemiSupervisedGMM(novelty=1, unknown_label=9, random_state=0).fit(X, y)
    source = parts(X, y)
    assert np.array_equal(np.concatenate(list(model.outlier_score(source))), model.outlier_score(X))
    assert np.array_equal(np.concatenate(list(model.predict(source))), model.predict(X))
