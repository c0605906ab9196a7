"""The game of critic and generator: its losses, its networks, and what a user of SemiSupervisedGAN relies on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import cross_entropy, log_softmax

import semigen
from semigen import SemiSupervisedGAN, SemiSupervisedVAE
from semigen.deep import SamplePictures
from semigen.deep.layers.networks import Disturbance, Standardised, WeightNormalised
from semigen.deep.likelihoods import Bernoulli, Gaussian
from semigen.deep.models.critic import Critic
from semigen.deep.models.gan import AdversarialPair, Game
from semigen.deep.models.generators import ImageGenerator, RowGenerator
from semigen.deep.models.stacked_vae import FrozenStack
from semigen.deep.objectives.gan import critic_loss, feature_matching, pull_away, variety
from semigen.deep.objectives.virtual_adversarial import virtual_adversarial_loss
from tests.deep.problems import generator, small_batch, small_m2
from tests.deep.tables import blobs, same_weights, small, truth
from tests.deep.test_trainer import StopAfter


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def small_pair(n_classes: int = 3, **game: float) -> AdversarialPair:
    critic = Critic(5, [6, 4], n_classes, generator(1), "relu")
    maker = RowGenerator(2, [5], 5, generator(2), "relu")
    return AdversarialPair(Bernoulli(5), 2, critic, maker, Game(**game)).double()


# --- losses ---


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(2, 30), st.floats(0.1, 30), st.integers(0, 2**31))
def test_k_logits_give_the_loss_and_gradient_of_a_softmax_over_k_plus_one(n_real, n_generated, n_classes, scale, seed):
    logits = (scale * normal(n_real + n_generated, n_classes, seed=seed)).requires_grad_()
    z = logits.logsumexp(dim=1)
    ours = critic_loss(z[:n_real], z[n_real:])
    one_more = log_softmax(torch.cat([logits, torch.zeros(len(logits), 1, dtype=torch.float64)], dim=1), dim=1)
    # Of a real row, that it is of any of the first K classes; of a generated one, that it is of the last.
    of_real = -one_more[:n_real, :-1].logsumexp(dim=1).mean()
    of_generated = -one_more[n_real:, -1].mean()
    theirs = 0.5 * (of_real + of_generated)
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
    gradients = [torch.autograd.grad(loss, logits, retain_graph=True)[0] for loss in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("z", [-1e4, 1e4])
def test_the_critic_s_loss_stays_finite_for_logits_of_any_size(z):
    far = torch.tensor([z], requires_grad=True)
    loss = critic_loss(far, far)
    (slope,) = torch.autograd.grad(loss, far)
    assert loss.isfinite()
    assert slope.isfinite().all()


@pytest.mark.parametrize("n_labeled", [0, 3])
def test_the_critic_s_whole_loss_is_that_of_k_plus_one_classes_with_the_labels_among_k(n_labeled):
    pair = small_pair().train(False)
    batch = small_batch(n_labeled, 4)
    ours = pair.critic_terms(batch, generator(9))["loss"]
    generated = pair.generate(4, generator(9))
    expected = torch.zeros((), dtype=torch.float64)
    for row, code in zip(batch.labeled, batch.codes, strict=True):
        expected = expected + cross_entropy(pair.critic(row[None]), code[None]) / n_labeled
    for rows, is_real in ((batch.unlabeled, True), (generated, False)):
        for row in rows:
            e = pair.critic(row[None])[0].exp()
            believed = e.sum() / (1 + e.sum())
            expected = expected - 0.5 * (believed if is_real else 1 - believed).log() / 4
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=0)


def test_the_loss_of_labelled_rows_does_not_depend_on_how_many_there_are_in_a_batch():
    pair = small_pair().train(False)
    batch = small_batch(2, 3)
    twice = batch._replace(labeled=batch.labeled.repeat(2, 1), codes=batch.codes.repeat(2))
    once, again = (pair.critic_terms(some, generator(4))["loss"] for some in (batch, twice))
    torch.testing.assert_close(once, again)


def test_feature_matching_is_the_squared_distance_of_means():
    real, generated = normal(5, 3), normal(4, 3, seed=1)
    expected = sum((real[:, i].sum() / 5 - generated[:, i].sum() / 4) ** 2 for i in range(3))
    torch.testing.assert_close(feature_matching(real, generated), expected)
    weights = torch.tensor([2.0, 1.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    repeated = real[[0, 0, 1, 2, 3]]
    torch.testing.assert_close(feature_matching(real, generated, weights), feature_matching(repeated, generated))


def test_the_pull_away_term_is_the_mean_squared_cosine_of_pairs():
    features = normal(5, 3)
    cosines = [
        float(torch.dot(one, other) / one.norm() / other.norm()) ** 2
        for one, other in itertools.permutations(features, 2)
    ]
    assert float(pull_away(features)) == pytest.approx(np.mean(cosines))
    assert float(pull_away(features[:1].repeat(4, 1))) == pytest.approx(1)
    assert float(pull_away(features[:1])) == pytest.approx(0)


def test_variety_is_one_for_the_data_and_nothing_for_one_row_again_and_again():
    real = normal(50, 3)
    assert float(variety(real, real)) == pytest.approx(1)
    assert float(variety(real[:1].repeat(9, 1), real)) == pytest.approx(0)
    assert float(variety(real, real[:1].repeat(9, 1))) == 1


def test_the_virtual_adversary_of_a_linear_classifier_steps_along_its_weights():
    """Two classes, logits 0 and w x: the worst step of length r is r w / |w| or its opposite."""
    w = torch.tensor([3.0, -1.0, 2.0], dtype=torch.float64)

    def log_posterior(x: torch.Tensor) -> torch.Tensor:
        score = x @ w
        return log_softmax(torch.stack([torch.zeros_like(score), score], dim=1), dim=1)

    x = 0.3 * normal(20, 3)
    radius = 0.05
    loss = virtual_adversarial_loss(log_posterior, x, radius, generator(1))
    step = radius * 3**0.5 * w / w.norm()
    answer = log_posterior(x)
    both = [(answer.exp() * (answer - log_posterior(x + sign * step))).sum(dim=1) for sign in (1, -1)]
    assert (loss <= torch.maximum(*both) * (1 + 1e-9)).all()
    assert (loss >= torch.minimum(*both) * (1 - 1e-9)).all()


def test_the_virtual_adversary_finds_nothing_where_the_answer_does_not_depend_on_the_row():
    constant = torch.log(torch.tensor([[0.3, 0.7]], dtype=torch.float64))
    loss = virtual_adversarial_loss(lambda x: constant + 0 * x[:, :1], normal(4, 3), 1.0, generator())
    assert float(loss.abs().max()) == 0


@pytest.mark.parametrize("scale", [1.0, 30.0, 300.0])
def test_the_virtual_adversary_never_steps_further_than_its_radius(scale):
    """Where answers are all but certain, slopes in float32 are too small to be squared."""
    w = scale * normal(20, 3).float()
    x = torch.rand((50, 20), generator=generator(2))
    furthest = []

    def log_posterior(near: torch.Tensor) -> torch.Tensor:
        furthest.append(float((near.detach() - x).norm(dim=1).max()))
        return log_softmax(near @ w, dim=1)

    loss = virtual_adversarial_loss(log_posterior, x, 0.1, generator(3))
    assert loss.isfinite().all()
    assert max(furthest) <= 0.1 * 20**0.5 * 1.0001


# --- networks ---


@pytest.mark.parametrize("shape", [(7, 5), (6, 2, 3, 3)])
def test_a_weight_normalised_layer_starts_with_outputs_of_mean_zero_and_variance_one(shape):
    layer = WeightNormalised(shape, generator(), learns_gain=False, stride=2)
    x = 5 + 3 * normal(200, 5 if len(shape) == 2 else 2, *[6, 6][: len(shape) - 2]).float()
    outputs = layer.start_from(x)
    over = [0, *range(2, outputs.ndim)]
    torch.testing.assert_close(outputs.mean(dim=over), torch.zeros(shape[0]), atol=1e-5, rtol=0)
    torch.testing.assert_close(outputs.std(dim=over, correction=0), torch.ones(shape[0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(layer.weight.flatten(1).norm(dim=1), layer.gain)
    assert "gain" not in dict(layer.named_parameters())


def test_a_unit_that_never_moves_starts_finite():
    layer = WeightNormalised((3, 4), generator(), learns_gain=True)
    assert layer.start_from(torch.ones(10, 4)).isfinite().all()
    assert all(parameter.isfinite().all() for parameter in layer.parameters())


@pytest.mark.parametrize("image_shape", [(1, 7, 5), (3, 8, 8), (2, 1, 1)])
def test_images_of_any_size_and_channels_go_through_both_networks(image_shape):
    width = int(np.prod(image_shape))
    critic = Critic(width, [4, 8, 8], 3, generator(1), "relu", image_shape)
    x = torch.rand((6, width), generator=generator(2))
    critic.start_from(x)
    assert critic(x).shape == (6, 3)
    assert critic.features(x).shape == (6, 8)
    maker = ImageGenerator(5, [8, 4], 2 * width, image_shape, generator(3), "relu")
    assert maker(torch.randn((6, 5), generator=generator(4))).shape == (6, 2 * width)


def test_standardised_units_are_torch_s_batch_normalisation():
    ours, theirs = Standardised(3), torch.nn.BatchNorm1d(3)
    for seed in range(3):
        x = normal(8, 3, seed=seed).float()
        torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.train(False)(x), theirs.train(False)(x))


def test_noise_that_repeats_is_the_same_in_every_pass_and_fresh_in_every_step():
    critic = Critic(5, [6, 4], 3, generator(1), "relu")
    x = torch.rand((4, 5), generator=generator(2))
    draw = generator(3)
    one, other = (Disturbance(0.3, 0.2, draw, 0.5, repeats=True) for _ in range(2))
    assert torch.equal(critic(x, one), critic(x, one))
    assert not torch.equal(critic(x, one), critic(x, other))
    plain = Disturbance(0.3, 0.2, draw, 0.5)
    assert not torch.equal(critic(x, plain), critic(x, plain))


# --- the estimator ---


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


def trouble_from(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the model find fault with every epoch from this one on."""
    monkeypatch.setattr(
        AdversarialPair,
        "trouble",
        lambda self, history: "Nothing varies. Set pull_away=1" if len(history["variety"]) >= epoch else None,
    )


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


def test_a_generator_that_loses_its_variety_is_noticed_and_a_young_one_left_alone():
    pair = small_pair()

    def after(*varieties: float, real: float = 0.8, generated: float = 0.3) -> str | None:
        n = len(varieties)
        return pair.trouble({"variety": varieties, "real_believed": [real] * n, "generated_believed": [generated] * n})

    assert after(0.5, 0.6) is None
    assert after(0.01, 0.02) is None
    assert "collapsed" in str(after(0.01, 0.6, 0.02))
    assert "collapsed" in str(after(*[1e-5] * 11))
    assert after(0.5, real=1.0, generated=0.0) is None
    assert "every generated row" in str(after(*[0.5] * 11, real=1.0, generated=0.0001))


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


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_the_average_of_few_steps_is_of_trained_weights(epochs):
    X, y = blobs(600, n_labeled=60)
    options = {"max_epochs": epochs, "hidden_dims": (50,), "learning_rate": 1e-2}
    averaged, plain = (small("SemiSupervisedGAN", averaging=rate, **options).fit(X, y) for rate in (0.999, None))
    assert averaged.score(X, truth(600)) > plain.score(X, truth(600)) - 0.15


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


def test_in_a_stack_the_virtual_adversary_moves_the_mean_of_z1():
    upper = small_m2(likelihood=Gaussian(2)).train(False)
    mean, log_variance = normal(4, 2), normal(4, 2, seed=1)
    of_stack = FrozenStack(upper).adversarial_penalties(torch.cat([mean, log_variance], dim=1), generator(3))
    assert torch.equal(of_stack, upper.adversarial_penalties(mean, generator(3)))


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", "AuxiliarySemiSupervisedVAE"])
def test_variational_classifiers_can_be_smoothed_by_a_virtual_adversary(name):
    """Labels at random make a classifier jagged, unless its answers must not change near a row."""
    X, _ = blobs()
    y = np.where(np.arange(len(X)) < 60, np.random.default_rng(0).integers(3, size=len(X)), -1)
    wide = {"hidden_dims": (100,), "max_epochs": 100, "adversarial_radius": 0.3, "learning_rate": 1e-2, "dropout": 0.0}
    jagged, smooth = (small(name, adversarial_weight=weight, **wide).fit(X, y) for weight in (0.0, 30.0))
    assert "adversarial" not in jagged.training_history_
    assert np.isfinite(smooth.training_history_["adversarial"]).all()
    nearby = X + 0.3 * X.std(axis=0) * np.random.default_rng(1).normal(size=X.shape).astype(np.float32)
    moved = [np.abs(model.predict_proba(X) - model.predict_proba(nearby)).mean() for model in (jagged, smooth)]
    assert moved[1] < 0.7 * moved[0]


def test_pictures_are_written_while_a_model_learns_and_change_nothing(tmp_path):
    pytest.importorskip("matplotlib")
    X, y = blobs()
    for name in ("SemiSupervisedGAN", "SemiSupervisedVAE", "StackedSemiSupervisedVAE"):
        folder = tmp_path / name
        pictures = SamplePictures(folder, every=2, n_samples=9)
        watched = small(name, callbacks=[pictures]).fit(X, y)
        assert sorted(path.name for path in folder.iterdir()) == [f"epoch-000{i}.png" for i in (2, 4, 6)]
        assert same_weights(watched, small(name).fit(X, y))
    with pytest.raises(ValueError, match="image_shape"):
        small("SemiSupervisedVAE", callbacks=[SamplePictures(tmp_path, image_shape=(3, 3))]).fit(X, y)


def images_in(figure, height=1, width=4):
    """How many lines of images, with one pixel between them, and how many in a line."""
    (image,) = figure.axes[0].images
    lines, columns = image.get_array().shape[:2]
    return (lines + 1) // (height + 1), (columns + 1) // (width + 1)


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


@pytest.mark.parametrize("options", [{"every": 0}, {"every": -1}, {"n_samples": 0}, {"every": 1.5}], ids=str)
def test_pictures_that_cannot_be_are_refused_at_once(options, tmp_path):
    with pytest.raises((TypeError, ValueError), match=next(iter(options))):
        SamplePictures(tmp_path, **options)
    with pytest.raises(TypeError, match="give an object"):
        small("SemiSupervisedGAN", callbacks=[SamplePictures]).fit(*blobs())


def test_two_labels_a_class_on_a_ring_are_enough_to_beat_logistic_regression_by_three_points():
    """Five seeds, mean error on the rows without labels."""
    errors = []
    for seed in range(5):
        X, truth = ring(seed)
        y = two_labels_a_class(truth, seed)
        hidden = y < 0
        model = SemiSupervisedGAN(10, (100, 100), generator_dims=(50, 50), max_epochs=100, random_state=seed)
        model.set_params(input_noise=0.05, layer_noise=0.1, learning_rate=2e-3, averaging=0.99).fit(X, y)
        alone = LogisticRegression(C=10).fit(X[~hidden], y[~hidden])
        errors.append([100 * np.mean(m.predict(X[hidden]) != truth[hidden]) for m in (model, alone)])
    ours, theirs = np.mean(errors, axis=0)
    assert ours < theirs - 3, errors


def test_a_game_has_no_density():
    assert not hasattr(SemiSupervisedGAN(), "score_samples")
    assert isinstance(SemiSupervisedVAE(), semigen.base.GenerativeClassifier)
