"""What a user of the deep estimators relies on."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import semigen
from semigen import SemiSupervisedGMM, SemiSupervisedVAE, StackedSemiSupervisedVAE, VAEFeatures
from semigen.deep.data.mapped_arrays import JoinedRows
from tests.deep.tables import CLASSIFIERS, FLOWS, MODELS, TRANSFORMERS, VARIATIONAL, blobs, same_weights, small, truth


def checked(name: str, **options):
    if name == "StackedSemiSupervisedVAE":
        options["vae"] = VAEFeatures(4, (64,), max_epochs=100, batch_size=32, learning_rate=1e-2, random_state=0)
    return small(name, max_epochs=60, batch_size=32, learning_rate=1e-2, **options)


# A row given twice gets noise of its own each time, and a place of its own in the order of rows.
STOCHASTIC = {"check_sample_weight_equivalence_on_dense_data": "steps are drawn at random"}
# This check uses -1 as a class, which is the marker of unlabelled rows here.
NEEDS_MINUS_ONE_AS_A_CLASS = STOCHASTIC | {"check_classifiers_classes": "-1 marks unlabelled rows"}


@parametrize_with_checks(
    [*(checked(name, unlabeled=None) for name in CLASSIFIERS), *map(checked, TRANSFORMERS)],
    expected_failed_checks=lambda estimator: STOCHASTIC,
)
def test_every_check_of_scikit_learn_holds(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [checked("SemiSupervisedVAE")], expected_failed_checks=lambda estimator: NEEDS_MINUS_ONE_AS_A_CLASS
)
def test_every_check_but_one_holds_with_the_default_marker(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("n_classes", [2, 26])
def test_two_classes_and_twenty_six_are_learnt(name, n_classes):
    X, y = blobs(260, n_classes, 130)
    options = {"max_epochs": 60, "hidden_dims": (40,), "learning_rate": 1e-2}
    if name == "StackedSemiSupervisedVAE":
        options["vae"] = VAEFeatures(4, (40,), max_epochs=150, batch_size=40, learning_rate=1e-2, random_state=0)
    model = small(name, **options).fit(X, y)
    probability = model.predict_proba(X)
    assert probability.shape == (260, n_classes)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-5)
    assert model.score(X, truth(260, n_classes)) > 0.6


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_batches_without_labelled_or_without_unlabelled_rows_are_learnt_from(name):
    X, y = blobs()
    clusters = small(name, classes=[0, 1, 2]).fit(X, np.full(len(y), -1))
    assert clusters.n_labeled_.tolist() == [0, 0, 0]
    everything = small(name).fit(X, truth())
    assert everything.n_unlabeled_ == 0
    for model in (clusters, everything):
        assert np.isfinite(model.history_).all()
        assert np.isfinite(model.predict_log_proba(X)).all()


@pytest.mark.parametrize("name", [*VARIATIONAL, "SemiSupervisedFlow"])
@pytest.mark.parametrize("prior", ["uniform", "empirical", [0.2, 0.2, 0.2, 0.4]])
def test_a_class_without_labels_is_possible(name, prior):
    X, y = blobs()
    model = small(name, classes=[0, 1, 2, 9], class_prior=prior).fit(X, y)
    assert model.classes_.tolist() == [0, 1, 2, 9]
    assert model.class_prior_.min() > 0
    assert model.predict_proba(X).shape == (len(X), 4)
    assert (model.sample(5, y=9)[1] == 9).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_strings_names_and_markers_are_labels_as_in_the_mixture(name):
    X, y = blobs()
    words = np.array(["ant", "bee", "cat", "?"], dtype=object)[y]
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = small(name, unlabeled="?").fit(frame, words)
    assert model.classes_.tolist() == ["ant", "bee", "cat"]
    assert model.feature_names_in_.tolist() == list("abcd")
    given = words != "?"
    assert (model.transduction_[given] == words[given]).all()
    assert set(model.transduction_) <= {"ant", "bee", "cat"}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_unlabelled_rows_may_come_apart(name):
    X, y = blobs()
    together = small(name).fit(X, y)
    apart = small(name).fit(X[:15], y[:15], X_unlabeled=X[15:])
    assert same_weights(together, apart)
    assert np.array_equal(together.transduction_, apart.transduction_)


@pytest.mark.parametrize("name", MODELS)
def test_a_row_of_weight_zero_is_absent_and_equal_weights_change_nothing(name):
    X, y = blobs()
    weights = np.ones(len(X))
    weights[[3, 60, 61]] = 0
    kept = weights > 0
    labels = () if name in TRANSFORMERS else (y,)
    without = small(name).fit(X[kept], *(given[kept] for given in labels))
    weighted = small(name).fit(X, *labels, sample_weight=7 * weights)
    assert same_weights(without, weighted)


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_weights_pull_the_bound_towards_their_rows(name):
    X, _ = blobs()
    weights = np.where(truth() == 0, 20.0, 0.05)
    weighted = small(name, max_epochs=60).fit(X, sample_weight=weights)
    plain = small(name, max_epochs=60).fit(X)
    gain = weighted.score_samples(X) - plain.score_samples(X)
    assert gain[truth() == 0].mean() > gain[truth() != 0].mean()


@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_the_same_every_time_and_for_every_company(name):
    X, y = blobs()
    model = small(name).fit(X, y)
    methods = ["transform", "critic_score" if name == "SemiSupervisedGAN" else "score_samples"]
    methods += ["predict_proba"] if name in CLASSIFIERS else []
    for method in methods:
        at_once = getattr(model, method)(X)
        np.testing.assert_array_equal(at_once, getattr(model, method)(X))
        one_by_one = np.concatenate([getattr(model, method)(row) for row in X[:20, None]])
        np.testing.assert_allclose(at_once[:20], one_by_one, rtol=2e-5, atol=2e-6)
        assert at_once.dtype == (np.float64 if name in FLOWS else np.float32)
        assert getattr(model, method)(X.astype(np.float64)).dtype == np.float64


@pytest.mark.parametrize("name", MODELS)
def test_saved_and_pickled_models_predict_the_same(name, tmp_path):
    X, y = blobs()
    model = small(name).fit(X, y)
    path = tmp_path / "model.safetensors"
    model.save(path)
    for copy in (semigen.load(path, device="cpu"), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(copy.transform(X), model.transform(X))
        if name != "SemiSupervisedGAN":
            assert np.array_equal(copy.score_samples(X), model.score_samples(X))
        assert np.array_equal(copy.history_, model.history_)
        if name in CLASSIFIERS:
            assert np.array_equal(copy.predict_proba(X), model.predict_proba(X))
            assert np.array_equal(copy.transduction_, model.transduction_)
            assert np.array_equal(copy.classes_, model.classes_)


@pytest.mark.parametrize("name", MODELS)
def test_rows_on_disk_are_streamed_with_the_same_result(name, tmp_path):
    X, y = blobs()
    disk = np.memmap(tmp_path / "rows", dtype=np.float32, mode="w+", shape=X.shape)
    disk[:] = X
    labels = () if name in TRANSFORMERS else (y,)
    in_memory, streamed = small(name).fit(X, *labels), small(name).fit(disk, *labels)
    assert same_weights(in_memory, streamed)
    if name in CLASSIFIERS:
        apart = small(name).fit(X[:15], y[:15], X_unlabeled=disk[15:])
        assert same_weights(in_memory, apart)


def test_two_arrays_read_as_one():
    first, second = np.arange(6.0).reshape(3, 2), np.arange(10.0, 14.0).reshape(2, 2)
    joined, whole = JoinedRows(first, second), np.concatenate([first, second])
    assert joined.shape == whole.shape
    assert len(joined) == len(whole)
    for wanted in (slice(1, 4), np.array([4, 0, 3]), (slice(None), 1)):
        assert np.array_equal(joined[wanted], whole[wanted])


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_densities_are_in_the_units_of_the_columns(name):
    X, _ = blobs()
    scale = np.array([1.0, 10.0, 0.1, 3.0], dtype=np.float32)
    one = small(name).fit(X).score_samples(X)
    other = small(name).fit(X * scale).score_samples(X * scale)
    np.testing.assert_allclose(other, one - np.log(scale).sum(), rtol=1e-3, atol=1e-3)


def test_more_draws_make_the_bound_on_the_density_tighter():
    X, y = blobs()
    model = small("SemiSupervisedVAE", max_epochs=40).fit(X, y)
    one, many = (model.score_samples(X, n_samples=n).mean() for n in (1, 200))
    assert many > one
    with pytest.raises(ValueError, match="n_samples"):
        model.score_samples(X, n_samples=0)


def mixed(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    code = np.arange(n) % 2
    bit = rng.random(n) < np.where(code, 0.8, 0.2)
    colour = np.where(rng.random(n) < 0.8, code * 3 + 1, 7)
    return np.column_stack([bit, 100 + 5 * code + rng.normal(size=n), colour]).astype(np.float32), code


def test_every_column_may_have_a_likelihood_of_its_own():
    X, code = mixed()
    y = np.where(np.arange(200) < 30, code, -1)
    kinds = ["bernoulli", "gaussian", "categorical"]
    model = small("SemiSupervisedVAE", likelihood=kinds, max_epochs=60, learning_rate=1e-2).fit(X, y)
    assert model.score(X, code) > 0.85
    drawn, _ = model.sample(300)
    assert set(np.unique(drawn[:, 0])) == {0.0, 1.0}
    assert set(np.unique(drawn[:, 2])) <= {1.0, 4.0, 7.0}
    assert 90 < drawn[:, 1].mean() < 115
    assert model.conditional(X[:4]).shape == (4, 2, 3)
    strange = X[:1].copy()
    strange[0, 2] = 99
    with pytest.raises(ValueError, match="Column 2 has the category 99"):
        model.predict(strange)


def test_auto_reads_bits_pixels_and_real_numbers_off_the_columns():
    X, y = blobs()
    assert small("SemiSupervisedVAE").fit(X, y)._coding.kinds == ["gaussian"] * 4
    pixels = np.clip(X / 4 + 0.5, 0, 1)  # black or white in many rows
    assert small("SemiSupervisedVAE").fit(pixels, y)._coding.kinds == ["bernoulli"] * 4
    scaled = (X - X.min()) / np.ptp(X)
    assert small("SemiSupervisedVAE").fit(scaled, y)._coding.kinds == ["gaussian"] * 4
    X[:, 1] = X[:, 1] > 0
    assert small("SemiSupervisedVAE").fit(X, y)._coding.kinds == ["gaussian", "bernoulli", "gaussian", "gaussian"]


def test_conditional_keeps_the_row_and_changes_the_class():
    X, y = blobs()
    model = small("SemiSupervisedVAE", max_epochs=200, learning_rate=1e-2).fit(X, y)
    redrawn = model.conditional(X[:30])
    own = np.abs(redrawn[np.arange(30), model.predict(X[:30])] - X[:30]).mean()
    other = np.abs(redrawn[np.arange(30), (model.predict(X[:30]) + 1) % 3] - X[:30]).mean()
    assert own < other
    for k in range(3):
        assert (model.predict(redrawn[:, k]) == k).mean() > 0.8


def test_calibration_fits_a_temperature_to_held_out_labels():
    X, y = blobs(n=600, n_labeled=200)
    X += np.random.default_rng(1).normal(0, 4, X.shape).astype(np.float32)
    options = {
        "max_epochs": 100,
        "alpha": 100.0,
        "input_noise": 0.0,
        "dropout": 0.0,
        "learning_rate": 1e-2,
        "hidden_dims": (30,),
    }
    plain = small("SemiSupervisedVAE", **options).fit(X, y)
    calibrated = small("SemiSupervisedVAE", calibrate=True, **options).fit(X, y)
    assert plain.temperature_ == 1
    assert calibrated.temperature_ != 1
    held = y < 0
    rows, codes = X[held], truth(600)[held]
    loss = [-m.predict_log_proba(rows)[np.arange(len(rows)), codes].mean() for m in (plain, calibrated)]
    assert loss[1] < loss[0]
    assert np.array_equal(plain.predict(rows), calibrated.predict(rows))
    with pytest.raises(ValueError, match="two labelled rows"):
        small("SemiSupervisedVAE", calibrate=True).fit(X, np.where(np.arange(600) < 3, truth(600), -1))


def test_features_go_back_to_rows_and_inactive_ones_can_be_dropped():
    X, _ = blobs()
    vae = small("VAEFeatures", latent_dim=6, drop_inactive=True, max_epochs=150, learning_rate=1e-2).fit(X)
    features = vae.transform(X)
    assert features.shape[1] == len(vae.active_) < 6
    assert features.shape[1] == len(vae.get_feature_names_out())
    error = np.square(vae.inverse_transform(features) - X).mean()
    assert error < 0.5 * X.var(axis=0).mean()
    with pytest.raises(ValueError, match="features"):
        vae.inverse_transform(np.ones((2, 6)))
    assert vae.sample(7).shape == (7, 4)


def test_fine_tuning_both_models_together_goes_on_from_the_stack():
    X, y = blobs()
    vae = small("VAEFeatures", max_epochs=60).fit(X)
    apart = small("StackedSemiSupervisedVAE", vae=vae, max_epochs=60).fit(X, y)
    joint = small("StackedSemiSupervisedVAE", vae=vae, max_epochs=60, joint=True, joint_epochs=30).fit(X, y)
    assert len(joint.history_) == 30
    assert joint.score_samples(X).mean() > apart.score_samples(X).mean()


def test_fine_tuning_trains_one_model_once_however_many_fits_came_before():
    X, y = blobs()
    vae = small("VAEFeatures", max_epochs=20).fit(X)
    model = small("StackedSemiSupervisedVAE", vae=vae, n_fits=3, joint=True, joint_epochs=5).fit(X, y)
    assert len(model.history_) == 5


def test_calibration_and_searches_keep_features_that_were_fitted():
    X, y = blobs(n_labeled=30)
    vae = small("VAEFeatures").fit(X)
    fits = []
    vae.callbacks = [fits.append]
    small("StackedSemiSupervisedVAE", vae=vae, calibrate=True).fit(X, y)
    clone(small("StackedSemiSupervisedVAE", vae=FrozenEstimator(vae))).fit(X, y)
    assert not fits


def test_features_of_other_columns_are_refused():
    X, y = blobs()
    vae = small("VAEFeatures").fit(pd.DataFrame(X, columns=list("abcd")))
    with pytest.raises(ValueError, match="columns"):
        small("StackedSemiSupervisedVAE", vae=vae).fit(pd.DataFrame(X, columns=list("dcba")), y)
    with pytest.raises(ValueError, match="4 features"):
        small("StackedSemiSupervisedVAE", vae=small("VAEFeatures").fit(X)).fit(X[:, :3], y)


def test_whatever_plain_parameters_hold_can_be_saved(tmp_path):
    X, y = blobs()
    classes = list(np.unique(truth()))
    model = small(
        "SemiSupervisedVAE", classes=classes, class_prior={0: 0.2, 1: 0.3, 2: 0.5}, hidden_dims=(np.int64(8),)
    )
    model.fit(X, y).save(tmp_path / "model")
    again = semigen.load(tmp_path / "model")
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert np.allclose(again.fit(X, y).class_prior_, [0.2, 0.3, 0.5])


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_is_explained(name):
    estimator = getattr(semigen, name)
    explained = estimator.__doc__.split("Attributes\n")[0]
    if "**others" in explained:
        explained += SemiSupervisedVAE.__doc__.split("Attributes\n")[0]
    for parameter in estimator().get_params(deep=False):
        assert re.search(rf"^ +([a-z_]+, )*{parameter}(, [a-z_]+)*( :|$)", explained, re.MULTILINE), parameter


def test_they_are_scikit_learn_citizens():
    X, y = blobs()
    pipeline = make_pipeline(StandardScaler(), small("VAEFeatures"), SemiSupervisedGMM())
    assert pipeline.fit(X, y).predict(X).shape == (len(X),)
    labeled = y >= 0
    search = GridSearchCV(small("SemiSupervisedVAE"), {"alpha": [0.5, 5.0]}, cv=2)
    search.fit(X[labeled], y[labeled], X_unlabeled=X[~labeled])
    assert search.best_params_["alpha"] in (0.5, 5.0)
    model = small("StackedSemiSupervisedVAE")
    assert clone(model).get_params()["vae"].latent_dim == 3
    assert "auxiliary_dim=2" in repr(small("AuxiliarySemiSupervisedVAE"))
    assert "verbose" not in repr(small("AuxiliarySemiSupervisedVAE"))
    assert SemiSupervisedVAE().get_params()["max_epochs"] == "auto"
    assert StackedSemiSupervisedVAE().get_params()["batch_size"] == 500


@pytest.mark.parametrize("name", VARIATIONAL)
def test_digits_are_learnt_better_than_from_the_labels_alone(name):
    """Ten labels a digit; the paper's claim in small."""
    X, digit = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    rng = np.random.default_rng(3)
    y = np.full(len(X), -1)
    for k in range(10):
        y[rng.choice(np.flatnonzero(digit == k), 10, replace=False)] = k
    options = {"max_epochs": 150, "hidden_dims": (100,), "latent_dim": 5, "learning_rate": 3e-3, "batch_size": 200}
    if name == "StackedSemiSupervisedVAE":
        options["vae"] = VAEFeatures(10, (200,), max_epochs=150, batch_size=50, learning_rate=3e-3, random_state=0)
    model = small(name, **options).fit(X, y)
    hidden = y < 0
    alone = LogisticRegression(max_iter=1000).fit(X[~hidden], y[~hidden])
    assert model.score(X[hidden], digit[hidden]) > alone.score(X[hidden], digit[hidden])


BAD_INPUT = [
    ({"device": "cuda"}, "torch sees 0 CUDA devices"),
    ({"device": "tpu9"}, "no device of torch"),
    ({"device": "meta"}, "models train on"),
    ({"hidden_dims": ()}, "hidden_dims"),
    ({"hidden_dims": (0,)}, "hidden_dims"),
    ({"likelihood": "bernoulli"}, "between 0 and 1"),
    ({"likelihood": ["gaussian"] * 3}, "3 entries"),
    ({"likelihood": ["gaussian"] * 3 + ["poisson"]}, "poisson"),
    ({"likelihood": "poisson"}, "likelihood"),
    ({"learning_rate": 0.0}, "learning_rate"),
    ({"latent_dim": 0}, "latent_dim"),
    ({"max_epochs": 2.5}, "max_epochs"),
    ({"precision": "float8"}, "precision"),
    ({"n_fits": 2, "checkpoint": "somewhere"}, "n_fits"),
    ({"hidden_dims": ("a",)}, "hidden_dims"),
    ({"hidden_dims": (8.7,)}, "hidden_dims"),
]


@pytest.mark.parametrize(("options", "message"), BAD_INPUT, ids=str)
def test_bad_options_say_what_to_do_instead_and_change_nothing(options, message):
    if options.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    X, y = blobs()
    model = small("SemiSupervisedVAE").fit(X, y)
    weights = model._weights
    with pytest.raises(ValueError, match=message):
        model.set_params(**options).fit(X, y)
    assert model._weights is weights
    assert model.n_iter_ == 6


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_bad_rows_and_labels_are_refused_as_in_the_mixture(name):
    X, y = blobs()
    model = small(name)
    for rows, labels, weights, message in [
        (np.where(X > 5, np.nan, X), y, None, "NaN"),
        (X, np.full(len(y), -1), None, "no labelled row"),
        (X, np.where(y == 0, 0, -1), None, "one class only"),
        (X, y[:-1], None, "inconsistent"),
        (X, y, np.zeros(len(y)), "non-zero"),
        (X, y, -np.ones(len(y)), "[Nn]egative"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(rows, labels, sample_weight=weights)
        assert not hasattr(model, "classes_")


def test_pixels_of_255_are_named_in_the_error_and_at_prediction_too():
    X, y = blobs()
    pixels = np.abs(X) * 20
    with pytest.raises(ValueError, match="divide pixels by 255"):
        small("SemiSupervisedVAE", likelihood="bernoulli").fit(pixels, y)
    model = small("SemiSupervisedVAE", likelihood="bernoulli").fit(pixels / pixels.max(), y)
    with pytest.warns(UserWarning, match="outside .*divided by 255"):
        model.predict(pixels)


@pytest.mark.parametrize("scale", [1e45, 1e200])
def test_values_beyond_float32_are_refused_by_name(scale):
    X, y = blobs()
    with pytest.raises(ValueError, match="Column 0 has values beyond"):
        small("SemiSupervisedVAE").fit(X.astype(np.float64) * scale, y)


def test_constant_columns_and_few_rows_are_no_trouble():
    X, y = blobs()
    X[:, 2] = 5
    model = small("SemiSupervisedVAE").fit(X, y)
    assert np.isfinite(model.score_samples(X)).all()
    tiny = small("SemiSupervisedVAE").fit(X[:4], [0, 1, -1, -1])
    assert np.isfinite(tiny.predict_proba(X)).all()


def test_rows_far_outside_the_training_range_get_finite_answers():
    X, y = blobs()
    for name in CLASSIFIERS:
        model = small(name).fit(X, y)
        far = np.full((2, 4), 1e6, dtype=np.float32)
        assert np.isfinite(model.predict_proba(far)).all()


def test_out_of_memory_names_a_batch_size_to_try(monkeypatch):
    X, y = blobs()

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("semigen.deep.models.m2.M2.bounds", full)
    with pytest.raises(MemoryError, match="batch_size=20"):
        small("SemiSupervisedVAE").fit(X, y)


def test_a_parameter_that_is_none_is_named():
    with pytest.raises(TypeError, match=r"SemiSupervisedVAE has no parameters \['latent_dims'\]"):
        SemiSupervisedVAE(latent_dims=3)


def test_a_file_is_asked_for_where_none_can_be(tmp_path):
    X, y = blobs()
    model = small("SemiSupervisedVAE", checkpoint=tmp_path)
    with pytest.raises(IsADirectoryError, match="path of a file"):
        model.fit(X, y)
    with pytest.raises(TypeError, match="no path"):
        small("SemiSupervisedVAE").fit(X, y, resume=True)
    small("SemiSupervisedVAE").fit(X, y).save(tmp_path / "m")
    with pytest.raises(ValueError, match="no device"):
        semigen.load(tmp_path / "m", device="tpu9")


def test_too_few_rows_to_hold_any_out_is_said():
    X, y = blobs()
    with pytest.raises(ValueError, match="validation_fraction"):
        small("SemiSupervisedVAE", early_stopping=True).fit(X[:15], y[:15])
    with pytest.raises(ValueError, match="not one of the classes"):
        small("SemiSupervisedVAE").fit(X, y).sample(y=9)
