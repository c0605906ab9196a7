"""Checkpoints: resumed fits end as uninterrupted ones, and other files are refused."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
import torch

import semigen
from semigen import SemiSupervisedVAE, StackedSemiSupervisedVAE, VAEFeatures
from semigen.deep.training.checkpoint import set_generator
from tests.deep.tables import FLOWS, StopAfter, blobs, same_weights, small
from tests.fuzz.mutations import Parts


def damaged(content: bytes) -> dict[str, bytes]:
    header = json.dumps({"__metadata__": {"format": "other"}}).encode()
    return {
        "cut short": content[: len(content) // 2],
        "empty": b"",
        "noise": bytes(range(256)) * 40,
        "of another program": struct.pack("<Q", len(header)) + header,
    }


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


def test_a_model_on_features_needs_no_second_training_of_them():
    X, y = blobs()
    vae = small("VAEFeatures").fit(X)
    model = StackedSemiSupervisedVAE(2, (8,), vae=vae, max_epochs=2, random_state=0).fit(X, y)
    assert model.vae_ is vae
    assert isinstance(SemiSupervisedVAE(), semigen.base.GenerativeClassifier)
    assert isinstance(VAEFeatures().get_params(), dict)


@pytest.mark.parametrize(("left", "following"), [(624, 2), (624, 624), (0, 1), (-5, 0), (625, 0), (1, 625), (2, 2**63)])
def test_a_generator_takes_no_state_from_which_it_would_read_beyond_its_own(left, following):
    generator = torch.Generator().manual_seed(3)
    state = bytearray(generator.get_state().numpy().tobytes())
    struct.pack_into("<QiiQ", state, 0, 3, left, 1, following)
    with pytest.raises(ValueError, match="noise is no state of a random generator"):
        set_generator(generator, torch.frombuffer(state, dtype=torch.uint8), "noise")


def test_a_generator_takes_every_state_that_it_can_be_in():
    generator, again = torch.Generator().manual_seed(3), torch.Generator()
    for _ in range(1300):
        set_generator(again, generator.get_state(), "noise")
        assert torch.equal(again.get_state(), generator.get_state())
        torch.randint(2**31, (1,), generator=generator)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda parts: parts.facts.update(identity=[1]), "of the training .1., which is none"),
        (lambda parts: parts.facts.update(n_epochs=7), "n_epochs of 7|of 6 epochs, and"),
        (lambda parts: parts.facts["history"].pop("loss"), "history lacks 'loss'"),
        (lambda parts: parts.facts["history"].update(more=[0.0] * 3), "history has 'more'"),
        (lambda parts: parts.facts.update(best_objective="x"), "best_objective is 'x'"),
        (lambda parts: parts.arrays.pop("optimizer.0.0.step"), "lacks 'optimizer.0.0.step'"),
        (
            lambda parts: parts.arrays.update({"optimizer.0.999.step": np.ones((), np.float32)}),
            "has 'optimizer.0.999.step'",
        ),
        (lambda parts: parts.arrays.update({"weights.0": np.zeros(2, np.float32)}), r"weights.0 is of .* shape \(2,\)"),
        (lambda parts: parts.arrays["weights.0"].fill(np.nan), "weights.0 with elements"),
        (lambda parts: parts.arrays["unlabeled.order"].fill(0), "no order"),
        (lambda parts: parts.arrays["unlabeled.order"].__iadd__(10**9), "no order"),
        (lambda parts: parts.arrays["unlabeled.position"].fill(10**9), "position beyond"),
        (lambda parts: parts.arrays["noise"].fill(255), "noise is no state"),
    ],
)
def test_a_checkpoint_is_refused_with_the_part_that_is_wrong(change, what, tmp_path):
    X, y = blobs(30)
    path = tmp_path / "checkpoint"
    small("SemiSupervisedVAE", max_epochs=3, checkpoint=path).fit(X, y)
    parts = Parts.of(path)
    change(parts)
    path.write_bytes(parts.content())
    model = small("SemiSupervisedVAE", max_epochs=3)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=what):
        model.fit(X, y, resume=path)
    assert vars(model) == before


def test_a_checkpoint_of_the_first_format_is_gone_on_from(tmp_path):
    X, y = blobs(30)
    path = tmp_path / "checkpoint"
    whole = small("SemiSupervisedVAE", max_epochs=3, checkpoint=path).fit(X, y)
    parts = Parts.of(path)
    parts.metadata = {"format": "semigen 1"}
    path.write_bytes(parts.content())
    assert np.array_equal(small("SemiSupervisedVAE", max_epochs=3).fit(X, y, resume=path).history_, whole.history_)
