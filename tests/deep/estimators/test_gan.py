"""SemiSupervisedGAN: resumed fits, games in trouble, generated rows, pictures, a ring of two classes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

import semigen
from semigen import SemiSupervisedGAN, SemiSupervisedVAE
from semigen.deep.models.gan import AdversarialPair
from tests.deep.tables import StopAfter, blobs, same_weights, small


def ring(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Four long Gaussians on a ring, each a class, leaning like the blades of a fan."""
    rng = np.random.default_rng(seed)
    mode = rng.integers(4, size=500)
    angle = 2 * np.pi * mode / 4
    lean = angle + 1.3
    along, across = 1.2 * rng.normal(size=500), 0.1 * rng.normal(size=500)
    x = 2.4 * np.cos(angle) + along * np.cos(lean) - across * np.sin(lean)
    y = 2.4 * np.sin(angle) + along * np.sin(lean) + across * np.cos(lean)
    return np.c_[x, y], mode


def two_labels_a_class(truth: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    known = np.concatenate([rng.choice(np.flatnonzero(truth == k), 2, replace=False) for k in np.unique(truth)])
    y = np.full(len(truth), -1)
    y[known] = truth[known]
    return y


def trouble_from(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the model find fault with every epoch from this one on."""
    monkeypatch.setattr(
        AdversarialPair,
        "trouble",
        lambda self, history: "Nothing varies. Set pull_away=1" if len(history["variety"]) >= epoch else None,
    )


def images_in(figure, height=1, width=4):
    """How many lines of images, with one pixel between them, and how many in a line."""
    (image,) = figure.axes[0].images
    lines, columns = image.get_array().shape[:2]
    return (lines + 1) // (height + 1), (columns + 1) // (width + 1)


@pytest.mark.parametrize("options", [{}, {"pull_away": 0.5}, {"adversarial_weight": 0.5}, {"averaging": None}], ids=str)
@pytest.mark.parametrize("shape", [None, (1, 2, 2)])
def test_a_resumed_fit_of_a_game_ends_with_the_weights_of_an_uninterrupted_one(options, shape, tmp_path):
    X, y = blobs()
    path = tmp_path / "training.safetensors"
    name, options = "SemiSupervisedGAN", {"image_shape": shape, **options}
    whole = small(name, **options).fit(X, y)
    small(name, checkpoint=path, callbacks=[StopAfter(3)], **options).fit(X, y)
    resumed = small(name, **options).fit(X, y, resume=path)
    assert resumed.n_iter_ == whole.n_iter_ == 6
    assert same_weights(whole, resumed)
    assert np.array_equal(whole.history_, resumed.history_)


def test_the_history_is_that_of_both_players():
    X, y = blobs()
    model = small("SemiSupervisedGAN").fit(X, y)
    assert model.history_.shape == (6, 2)
    assert np.array_equal(model.history_[:, 1], -model.training_history_["generator_loss"])
    terms = {"critic_loss", "generator_loss", "real_believed", "generated_believed", "variety", "labeled_error"}
    assert terms <= model.training_history_.keys()


def test_trouble_is_said_and_the_last_good_weights_are_kept(monkeypatch):
    X, y = blobs()
    options = {"max_epochs": 20, "averaging": None}
    good = small("SemiSupervisedGAN", callbacks=[StopAfter(2)], **options).fit(X, y)
    trouble_from(3, monkeypatch)
    with pytest.warns(ConvergenceWarning, match="Nothing varies.*pull_away.*best weights"):
        model = small("SemiSupervisedGAN", **options).fit(X, y)
    assert model.n_iter_ == 7  # five epochs of trouble in a row
    assert not model.converged_
    assert same_weights(model, good)


def test_where_no_epoch_was_good_the_last_weights_are_kept_and_that_is_said(monkeypatch):
    X, y = blobs()
    options = {"max_epochs": 20, "averaging": None}
    fifth = small("SemiSupervisedGAN", callbacks=[StopAfter(5)], **options).fit(X, y)
    trouble_from(1, monkeypatch)
    with pytest.warns(ConvergenceWarning, match="the last weights are kept"):
        assert same_weights(small("SemiSupervisedGAN", **options).fit(X, y), fifth)


@pytest.mark.parametrize("first", [3, 6])
def test_a_game_that_ended_in_trouble_ends_so_again_when_it_is_resumed(first, monkeypatch, tmp_path):
    X, y = blobs()
    trouble_from(first, monkeypatch)
    path = tmp_path / "training"
    with pytest.warns(ConvergenceWarning, match="Nothing varies"):
        whole = small("SemiSupervisedGAN", checkpoint=path).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="Nothing varies"):
        resumed = small("SemiSupervisedGAN").fit(X, y, resume=path)
    assert same_weights(whole, resumed)
    assert resumed.n_iter_ == whole.n_iter_
    assert not resumed.converged_


def test_ordinary_games_are_left_alone():
    """Few rows, images of four pixels, sparse bits, a batch of one: no cause for alarm."""
    X, y = blobs()
    bits = (np.random.default_rng(0).random((120, 30)) < 0.03).astype(np.float32)
    for options, rows in (
        ({"image_shape": (1, 2, 2)}, X),
        ({"batch_size": 1, "max_epochs": 12}, X),
        ({"likelihood": "bernoulli", "max_epochs": 30}, bits),
    ):
        assert small("SemiSupervisedGAN", **options).fit(rows, y).converged_
    one_unlabelled = small("SemiSupervisedGAN", max_epochs=12).fit(X[:16], np.r_[y[:15], -1])
    assert one_unlabelled.converged_


def test_ctrl_c_keeps_weights_of_the_epoch_before():
    X, y = blobs(600, n_labeled=60)
    options = {"max_epochs": 20, "hidden_dims": (50,), "learning_rate": 1e-2}
    stop = [StopAfter(2, KeyboardInterrupt)]
    with pytest.warns(ConvergenceWarning, match="Interrupted"):
        model = small("SemiSupervisedGAN", callbacks=stop, on_interrupt="keep", **options).fit(X, y)
    done = small("SemiSupervisedGAN", callbacks=[StopAfter(2)], **options).fit(X, y)
    assert same_weights(model, done)


@pytest.mark.parametrize("image_shape", [None, (1, 2, 2)])
def test_generated_rows_are_in_the_columns_and_units_of_the_table(image_shape):
    X, y = blobs()
    shifted = 1000 + 50 * X
    model = small("SemiSupervisedGAN", image_shape=image_shape, max_epochs=30).fit(shifted, y)
    rows = model.sample(200)
    assert rows.shape == (200, 4)
    assert rows.dtype == np.float32
    assert (np.abs(rows.mean(axis=0) - shifted.mean(axis=0)) < 3 * shifted.std(axis=0)).all()
    assert model.transform(X).shape == (len(X), 8)
    assert model.get_feature_names_out()[0] == "semisupervisedgan0"


def test_categories_and_bits_are_generated_as_such():
    rng = np.random.default_rng(0)
    X = np.c_[rng.integers(0, 2, 80), rng.integers(3, 6, 80), rng.normal(size=80)].astype(np.float32)
    y = np.where(np.arange(80) < 10, X[:, 0], -1).astype(int)
    model = small("SemiSupervisedGAN", likelihood=["bernoulli", "categorical", "gaussian"]).fit(X, y)
    rows = model.sample(50)
    assert ((rows[:, 0] >= 0) & (rows[:, 0] <= 1)).all()
    assert set(rows[:, 1]) <= {3, 4, 5}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_shape": (1, 3, 3)}, r"image_shape=\(1, 3, 3\) does not match rows of 4 columns"),
        ({"image_shape": (2, 2)}, "channels, height, width"),
        ({"image_shape": (1, 2, 2), "likelihood": "categorical"}, "columns of one kind"),
        ({"image_shape": (1, 2.0, 2)}, "image_shape"),
        ({"hidden_dims": "wide"}, "hidden_dims"),
        ({"generator_dims": (0,)}, "generator_dims"),
        ({"layer_noise": -1.0}, "layer_noise"),
        ({"adversarial_radius": 0.0}, "adversarial_radius"),
    ],
    ids=str,
)
def test_bad_options_of_a_game_say_what_to_do_instead(options, message):
    X, y = blobs()
    X = np.round(X)
    model = small("SemiSupervisedGAN")
    with pytest.raises(ValueError, match=message):
        model.set_params(**options).fit(X, y)
    assert not hasattr(model, "classes_")


def test_what_needs_an_objective_is_no_parameter_of_a_game():
    with pytest.raises(TypeError, match="early_stopping"):
        SemiSupervisedGAN(early_stopping=True)
    assert "n_fits" not in SemiSupervisedGAN().get_params()
    assert not isinstance(SemiSupervisedGAN(), semigen.base.GenerativeClassifier)


def test_few_rows_one_label_a_class_and_constant_columns_are_no_trouble():
    X, y = blobs()
    X[:, 2] = 5
    one_each = np.where(np.arange(len(y)) < 3, y, -1)
    model = small("SemiSupervisedGAN", batch_size=1000).fit(X, one_each)
    assert np.isfinite(model.predict_proba(X)).all()
    tiny = small("SemiSupervisedGAN").fit(X[:4], [0, 1, -1, -1])
    assert np.isfinite(tiny.predict_proba(X)).all()
    assert np.isfinite(tiny.sample(3)).all()


def test_generated_rows_can_be_drawn_as_images_by_the_class_they_look_like():
    pytest.importorskip("matplotlib")
    X, y = blobs()
    figure = small("SemiSupervisedGAN", image_shape=(1, 1, 4)).fit(X, y).plot_samples(5)
    assert images_in(figure) == (3, 5)
    colours = np.random.default_rng(0).random((60, 12)).astype(np.float32)
    model = small("SemiSupervisedGAN", image_shape=(3, 2, 2)).fit(colours, y[:60])
    assert images_in(model.plot_samples(2), 2, 2) == (3, 2)
    with pytest.raises(ValueError, match=r"image_shape=\(5, 5\)"):
        model.plot_samples(2, image_shape=(5, 5))


def test_two_labels_a_class_on_a_ring_are_enough_to_beat_logistic_regression_by_three_points():
    """Four seeds, mean error on the rows without labels."""
    errors = []
    for seed in range(4):
        X, truth = ring(seed)
        y = two_labels_a_class(truth, seed)
        hidden = y < 0
        model = SemiSupervisedGAN(10, (100, 100), generator_dims=(50, 50), max_epochs=40, random_state=seed)
        model.set_params(input_noise=0.05, layer_noise=0.1, learning_rate=4e-3, averaging=0.99).fit(X, y)
        alone = LogisticRegression(C=10).fit(X[~hidden], y[~hidden])
        errors.append([100 * np.mean(m.predict(X[hidden]) != truth[hidden]) for m in (model, alone)])
    ours, theirs = np.mean(errors, axis=0)
    assert ours < theirs - 3, errors


def test_a_game_has_no_density():
    assert not hasattr(SemiSupervisedGAN(), "score_samples")
    assert isinstance(SemiSupervisedVAE(), semigen.base.GenerativeClassifier)
