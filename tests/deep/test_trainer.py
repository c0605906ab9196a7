"""Training: the same for the same seed, resumable, interruptible, silent, and honest about what went wrong."""

from __future__ import annotations

import json
import struct
import warnings

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning

import semigen
from semigen import SemiSupervisedVAE, StackedSemiSupervisedVAE, VAEFeatures
from semigen.deep import Moment, TensorBoard
from semigen.deep.layers.enumeration import Pairs
from semigen.deep.models.semi_supervised import Learning
from semigen.deep.objectives.semi_supervised import marginal_bound
from semigen.deep.training.batches import Stream
from semigen.deep.training.schedule import rate_factor
from tests.deep.problems import generator, small_batch, small_m2
from tests.deep.tables import FLOWS, MODELS, blobs, same_weights, small, truth
from tests.test_threads import run_python


@pytest.mark.parametrize("name", MODELS)
def test_two_fits_with_one_seed_agree_to_the_last_bit_and_leave_the_global_generator_alone(name):
    X, y = blobs()
    torch.manual_seed(7)
    before = torch.get_rng_state()
    one, other = small(name).fit(X, y), small(name).fit(X, y)
    assert same_weights(one, other)
    assert np.array_equal(one.history_, other.history_)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(8)
    assert same_weights(one, small(name).fit(X, y))
    assert not same_weights(one, small(name, random_state=1).fit(X, y))


class StopAfter:
    def __init__(self, epoch: int, error: type[BaseException] | None = None):
        self.epoch, self.error = epoch, error

    def on_epoch_end(self, moment: Moment) -> None:
        if moment.epoch == self.epoch:
            if self.error is not None:
                raise self.error
            moment.stop()


@pytest.mark.parametrize(
    "options", [{}, {"averaging": 0.9}, {"early_stopping": True}, {"precision": "bfloat16"}], ids=str
)
@pytest.mark.parametrize("name", ["SemiSupervisedVAE", "AuxiliarySemiSupervisedVAE", "VAEFeatures", *FLOWS])
def test_a_resumed_fit_ends_with_the_weights_of_an_uninterrupted_one(name, options, tmp_path):
    X, y = blobs()
    path = tmp_path / "training.safetensors"
    whole = small(name, **options).fit(X, y)
    small(name, checkpoint=path, callbacks=[StopAfter(3)], **options).fit(X, y)
    resumed = small(name, **options).fit(X, y, resume=path)
    assert resumed.n_iter_ == whole.n_iter_ > 3
    assert same_weights(whole, resumed)
    assert np.array_equal(whole.history_, resumed.history_)


def test_a_stacked_fit_resumes_on_the_same_features(tmp_path):
    X, y = blobs()
    vae = small("VAEFeatures").fit(X)
    path = tmp_path / "training.safetensors"
    whole = small("StackedSemiSupervisedVAE", vae=vae).fit(X, y)
    small("StackedSemiSupervisedVAE", vae=vae, checkpoint=path, callbacks=[StopAfter(2)]).fit(X, y)
    assert same_weights(whole, small("StackedSemiSupervisedVAE", vae=vae).fit(X, y, resume=path))


def test_a_checkpoint_of_another_training_is_refused_with_what_differs(tmp_path):
    X, y = blobs()
    path = tmp_path / "training.safetensors"
    small("SemiSupervisedVAE", checkpoint=path).fit(X, y)
    other_rows = X.copy()
    other_rows[0] += 1
    for refused, rows, what in [
        (small("SemiSupervisedVAE", learning_rate=0.5), X, "learning_rate"),
        (small("SemiSupervisedVAE", latent_dim=4), X, "architecture.latent_dim"),
        (small("SemiSupervisedVAE", labeled_batch_size=3), X, "labeled_batch_size"),
        (small("SemiSupervisedVAE", max_epochs=7), X, "max_epochs"),
        (small("SemiSupervisedVAE"), X[:, ::-1], "checksum"),
        (small("AuxiliarySemiSupervisedVAE"), X, "estimator"),
        (small("SemiSupervisedVAE"), other_rows, "checksum"),
    ]:
        with pytest.raises(ValueError, match=what):
            refused.fit(rows, y, resume=path)
        assert not hasattr(refused, "classes_")
    with pytest.raises(ValueError, match="checksum"):
        small("SemiSupervisedVAE").fit(X, y, sample_weight=1 + y, resume=path)
    again = small("SemiSupervisedVAE", hidden_dims=[8], batch_size=np.int64(40)).fit(X, y, resume=path)
    assert again.n_iter_ == 6


def test_a_resumed_fit_that_had_stopped_early_stays_stopped(tmp_path):
    X, y = blobs()
    options = {"early_stopping": True, "n_iter_no_change": 2, "max_epochs": 400, "tol": 0.01, "warm_up": 0.0}
    stopped = small("SemiSupervisedVAE", checkpoint=tmp_path / "training", **options).fit(X, y)
    assert stopped.n_iter_ < 400
    resumed = small("SemiSupervisedVAE", **options).fit(X, y, resume=tmp_path / "training")
    assert resumed.n_iter_ == stopped.n_iter_
    assert same_weights(resumed, stopped)


def damaged(content: bytes) -> dict[str, bytes]:
    header = json.dumps({"__metadata__": {"format": "other"}}).encode()
    return {
        "cut short": content[: len(content) // 2],
        "empty": b"",
        "noise": bytes(range(256)) * 40,
        "of another program": struct.pack("<Q", len(header)) + header,
    }


@pytest.mark.parametrize("how", ["cut short", "empty", "noise", "of another program"])
def test_a_damaged_file_is_refused_by_resume_and_load(how, tmp_path):
    X, y = blobs()
    path = tmp_path / "training.safetensors"
    model = small("SemiSupervisedVAE", checkpoint=path).fit(X, y)
    weights = model._weights
    path.write_bytes(damaged(path.read_bytes())[how])
    with pytest.raises(ValueError, match=r"damaged|not written by semigen"):
        model.fit(X, y, resume=path)
    assert model._weights is weights
    with pytest.raises(ValueError, match=r"damaged|not written by semigen"):
        semigen.load(path)


def test_a_missing_file_or_folder_is_named(tmp_path):
    X, y = blobs()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        small("SemiSupervisedVAE").fit(X, y, resume=tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="nofolder"):
        small("SemiSupervisedVAE", checkpoint=tmp_path / "nofolder" / "file").fit(X, y)


def test_a_checkpoint_is_no_model_and_a_model_no_checkpoint(tmp_path):
    X, y = blobs()
    path, saved = tmp_path / "training.safetensors", tmp_path / "model.safetensors"
    model = small("SemiSupervisedVAE", checkpoint=path).fit(X, y)
    model.save(saved)
    with pytest.raises(ValueError, match="no saved model"):
        semigen.load(path)
    with pytest.raises(ValueError, match="saved model"):
        model.fit(X, y, resume=saved)


def test_a_failed_write_leaves_the_earlier_file_and_nothing_else(tmp_path, monkeypatch):
    X, y = blobs()
    path = tmp_path / "model.safetensors"
    model = small("SemiSupervisedVAE").fit(X, y)
    model.save(path)
    before = path.read_bytes()

    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fails)
    with pytest.raises(OSError, match="disk full"):
        model.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_ctrl_c_keeps_the_best_so_far_and_says_so(name):
    X, y = blobs()
    with pytest.warns(ConvergenceWarning, match="Interrupted"):
        model = small(name, callbacks=[StopAfter(4, KeyboardInterrupt)], on_interrupt="keep").fit(X, y)
    assert model.n_iter_ == 4
    assert not model.converged_
    assert np.isfinite(model.score_samples(X)).all()


def test_ctrl_c_while_held_out_rows_are_looked_at_keeps_no_untrained_weights(monkeypatch):
    X, y = blobs()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("semigen.deep.models.m2.M2.held_out_bound", interrupted)
    model = small("SemiSupervisedVAE", early_stopping=True)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


def test_ctrl_c_before_anything_was_learnt_changes_nothing():
    X, y = blobs()

    class Impatient:
        def on_train_begin(self, moment: Moment) -> None:
            raise KeyboardInterrupt

    model = small("SemiSupervisedVAE", callbacks=[Impatient()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_a_loss_that_is_no_number_restores_the_last_good_weights(name):
    X, y = blobs()

    class Spoil:
        def on_epoch_end(self, moment: Moment) -> None:
            if moment.epoch == 3:
                for parameter in moment.module.parameters():
                    parameter.data.fill_(float("nan"))

    with pytest.warns(ConvergenceWarning, match="learning_rate"):
        model = small(name, callbacks=[Spoil()]).fit(X, y)
    assert model.n_iter_ == 3
    assert not model.converged_
    assert np.isfinite(model.score_samples(X)).all()


def test_a_loss_that_is_no_number_from_the_start_is_an_error_that_changes_nothing():
    X, y = blobs()
    model = small("SemiSupervisedVAE").fit(X, y)
    weights = model._weights
    with pytest.raises(FloatingPointError, match="learning_rate"):
        model.set_params(learning_rate=1e30).fit(X, y)
    assert model._weights is weights


@pytest.mark.parametrize("epochs", [1, 5])
def test_weights_that_the_last_step_spoilt_are_not_kept(epochs):
    """One step an epoch: its loss is fine, and what it leaves is not."""
    X, y = blobs()
    model = small("SemiSupervisedVAE", learning_rate=1e30, max_epochs=epochs, batch_size=200, classes=[0, 1, 2])
    with pytest.raises(FloatingPointError, match="learning_rate"):
        model.fit(X[:16], y[:16])


def test_a_classifier_that_is_no_number_is_not_a_perfect_one():
    X, y = blobs()

    def spoil(moment: Moment) -> None:
        if moment.epoch == 2:
            for parameter in moment.module.classifier.parameters():
                parameter.data.fill_(float("nan"))

    with pytest.warns(ConvergenceWarning, match="ran away"):
        model = small("SemiSupervisedVAE", classes=[0, 1, 2], callbacks=[spoil]).fit(X, np.full(len(y), -1))
    assert model.n_iter_ == 2
    assert np.isfinite(model.predict_proba(X)).all()


def test_a_row_of_which_no_class_is_left_has_no_bound():
    log_q = torch.tensor([[float("nan"), float("nan")], [-0.1, -2.35]])
    pairs = Pairs.that_matter(torch.empty(0, dtype=torch.long), log_q, 1e-3)
    bounds = marginal_bound(torch.tensor([-5.0, -6.0]), log_q, pairs)
    assert bounds[0].isnan()
    assert bounds[1].isfinite()


def test_early_stopping_waits_until_the_classifier_is_warm():
    X, y = blobs(400)
    model = small("SemiSupervisedVAE", early_stopping=True, n_iter_no_change=1, max_epochs=50, tol=10.0, warm_up=0.5)
    assert 25 <= model.fit(X, y).n_iter_ < 50


def test_early_weights_have_no_part_in_the_average():
    X, y = blobs()
    options = {"max_epochs": 40, "learning_rate": 1e-2}
    plain = small("SemiSupervisedVAE", **options).fit(X, y)
    averaged = small("SemiSupervisedVAE", averaging=0.999, **options).fit(X, y)
    assert averaged.score(X, truth()) > plain.score(X, truth()) - 0.05


def test_no_seed_leaves_numpy_s_global_generator_alone():
    X, y = blobs()
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, other = (small("SemiSupervisedVAE", random_state=None).fit(X, y) for _ in range(2))
    one.sample(2)
    assert not same_weights(one, other)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", "StackedSemiSupervisedVAE"])
def test_ctrl_c_ends_the_whole_fit(name):
    X, y = blobs()
    stops = [StopAfter(2, KeyboardInterrupt)]
    joint = {"joint": True} if name == "StackedSemiSupervisedVAE" else {}
    model = small(name, callbacks=stops, n_fits=4, calibrate=True, on_interrupt="keep", **joint)
    with pytest.warns(ConvergenceWarning, match="Interrupted") as raised:
        model.fit(X, y)
    assert len(raised) == 1
    assert model.n_iter_ == 2
    assert not model.converged_
    assert model.temperature_ == 1


def test_ctrl_c_while_the_features_are_learnt_changes_nothing():
    X, y = blobs()
    vae = small("VAEFeatures", callbacks=[StopAfter(2, KeyboardInterrupt)], on_interrupt="keep")
    model = small("StackedSemiSupervisedVAE", vae=vae)
    with pytest.raises(KeyboardInterrupt), pytest.warns(ConvergenceWarning, match="Interrupted"):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


def test_ctrl_c_as_a_signal_stops_a_fit_and_leaves_a_model():
    result = run_python(
        """
import numpy as np, os, signal, threading
from semigen import SemiSupervisedVAE
X = np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32)
def interrupt(moment):
    if moment.epoch == 3:
        threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
model = SemiSupervisedVAE(2, (8,), max_epochs=100_000, callbacks=[interrupt], random_state=0)
model.fit(X, np.where(np.arange(400) < 20, np.arange(400) % 2, -1))
print(model.converged_, model.n_iter_ >= 3, bool(np.isfinite(model.predict_proba(X)).all()))
"""
    )
    assert result.stdout == "False True True\n", result.stderr


def test_default_dtype_and_no_grad_of_the_caller_do_not_matter():
    X, y = blobs()
    usual = small("SemiSupervisedVAE").fit(X, y)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            other = small("SemiSupervisedVAE").fit(X, y)
    finally:
        torch.set_default_dtype(torch.float32)
    assert same_weights(usual, other)


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_early_stopping_looks_at_held_out_rows_and_keeps_the_best_weights(name):
    X, y = blobs()
    model = small(name, early_stopping=True, n_iter_no_change=2, max_epochs=400, tol=0.01).fit(X, y)
    held_out = model.training_history_["held_out_bound"]
    assert model.n_iter_ < 400
    assert len(held_out) == model.n_iter_
    assert held_out.argmax() <= model.n_iter_ - 1


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_the_fit_with_the_best_objective_is_kept(name):
    X, y = blobs()
    last = small(name, n_fits=3).fit(X, y).history_[-1]
    state = np.random.RandomState(0)
    singles = [small(name, random_state=state).fit(X, y).history_[-1] for _ in range(3)]
    assert last == max(singles)


def test_callbacks_are_called_at_their_moments():
    X, y = blobs()
    seen = []

    class Listener:
        def on_train_begin(self, moment: Moment) -> None:
            seen.append(("began", moment.epoch))

        def on_train_end(self, moment: Moment) -> None:
            seen.append(("ended", moment.epoch))

    small("SemiSupervisedVAE", max_epochs=2, callbacks=[Listener(), lambda m: seen.append(("epoch", m.epoch))]).fit(
        X, y
    )
    assert seen == [("began", 0), ("epoch", 1), ("epoch", 2), ("ended", 2)]
    with pytest.raises(TypeError, match="callbacks"):
        small("SemiSupervisedVAE", callbacks=[3]).fit(X, y)


def test_former_names_of_hooks_are_called_with_a_warning():
    X, y = blobs()
    seen = []

    class Listener:
        def training_began(self, moment: Moment) -> None:
            seen.append(("began", moment.epoch))

        def epoch_ended(self, moment: Moment) -> None:
            seen.append(("epoch", moment.epoch))

        def training_ended(self, moment: Moment) -> None:
            seen.append(("ended", moment.epoch))

    with pytest.warns(DeprecationWarning, match="of Listener is now called") as told:
        small("SemiSupervisedVAE", max_epochs=2, callbacks=[Listener()]).fit(X, y)
    assert seen == [("began", 0), ("epoch", 1), ("epoch", 2), ("ended", 2)]
    expected = [
        ("training_began", "on_train_begin"),
        ("epoch_ended", "on_epoch_end"),
        ("training_ended", "on_train_end"),
    ]
    assert len(told) == len(expected)
    for warning, (former, present) in zip(told, expected, strict=True):
        assert f"{former} of Listener is now called {present}" in str(warning.message)
        assert warning.filename == __file__


def test_a_callback_with_both_names_of_a_hook_is_called_once_by_the_present_one():
    X, y = blobs()
    seen = []

    class Listener:
        def epoch_ended(self, moment: Moment) -> None:
            seen.append("former")

        def on_epoch_end(self, moment: Moment) -> None:
            seen.append("present")

    small("SemiSupervisedVAE", max_epochs=1, callbacks=[Listener()]).fit(X, y)
    assert seen == ["present"]


def test_tensorboard_says_what_it_needs(tmp_path):
    X, y = blobs()
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError, match="pip install tensorboard"):
            small("SemiSupervisedVAE", callbacks=[TensorBoard(tmp_path)]).fit(X, y)
    else:
        small("SemiSupervisedVAE", callbacks=[TensorBoard(tmp_path)]).fit(X, y)
        assert list(tmp_path.iterdir())


@pytest.mark.parametrize(("verbose", "shown"), [(0, False), (1, True), (2, True)])
def test_a_fit_is_silent_unless_asked(verbose, shown, capfd):
    X, y = blobs()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small("SemiSupervisedVAE", verbose=verbose).fit(X, y)
    out, err = capfd.readouterr()
    assert out == "" or verbose == 2
    assert ("bound" in err) == shown
    assert ("labelled error" in err) == shown


def test_gradient_clipping_bounds_what_a_wild_row_can_do():
    X, y = blobs()
    X[3] *= 1e4
    clipped = small("SemiSupervisedVAE", max_gradient_norm=1.0).fit(X, y)
    assert np.isfinite(clipped.history_).all()
    assert not same_weights(clipped, small("SemiSupervisedVAE").fit(X, y))


def test_every_row_comes_once_before_any_comes_again():
    stream = Stream(10, 3, generator())
    seen = torch.cat([stream.next() for _ in range(3)])
    assert len(seen.unique()) == 9
    assert len(Stream(2, 5, generator()).next()) == 2
    assert len(Stream(0, 5, generator()).next()) == 0


def test_the_cosine_schedule_falls_from_one_to_zero():
    assert rate_factor("cosine", 0) == 1
    assert rate_factor("cosine", 0.5) == pytest.approx(0.5)
    assert rate_factor("cosine", 1) == pytest.approx(0)
    assert rate_factor("constant", 0.7) == 1


def test_a_model_on_features_needs_no_second_training_of_them():
    X, y = blobs()
    vae = small("VAEFeatures").fit(X)
    model = StackedSemiSupervisedVAE(2, (8,), vae=vae, max_epochs=2, random_state=0).fit(X, y)
    assert model.vae_ is vae
    assert isinstance(SemiSupervisedVAE(), semigen.base.GenerativeClassifier)
    assert isinstance(VAEFeatures().get_params(), dict)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", MODELS)
def test_a_step_as_a_cuda_graph_trains_as_the_eager_one_and_predicts_on_a_cpu(name):
    X, y = blobs()
    eager, graphed = (small(name, device="cuda", cuda_graphs=on).fit(X, y) for on in (False, True))
    for weight, value in eager._weights.items():
        np.testing.assert_allclose(value, graphed._weights[weight], rtol=1e-4, atol=1e-5)
    on_gpu = graphed.transform(X)
    np.testing.assert_allclose(graphed.set_params(device="cpu").transform(X), on_gpu, rtol=1e-3, atol=1e-4)


def test_a_warming_classifier_follows_the_unlabelled_rows_by_degrees():
    learning = Learning(warm_up=0.3)
    assert [learning.trust(done) for done in (0.0, 0.1)] == pytest.approx([0, 0])
    assert learning.trust(0.2) == pytest.approx(0.5)
    assert learning.trust(0.9) == 1
    assert float(learning.trust(torch.tensor(0.2))) == pytest.approx(0.5)
    model = small_m2()
    model.learning = Learning(warm_up=0.3)
    batch = small_batch(0, 4)

    def slopes(done: float) -> float:
        loss = model.terms(batch._replace(done=done), generator())["loss"]
        return sum(float(part.abs().sum()) for part in torch.autograd.grad(loss, list(model.classifier.parameters())))

    assert slopes(0.05) == 0
    assert slopes(0.2) == pytest.approx(slopes(1.0) / 2)
