"""Checkpoints, damaged and forged: a fit goes on from each, or refuses it with a sentence and stays as it was."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from tests.deep.tables import CLASSIFIERS, FLOWS, MODELS, blobs, same_weights, small
from tests.fuzz.mutations import Parts, bounded_memory, check_sentence, damaged, mutated_parts

EPOCHS = 4


def training(name: str, **options: Any) -> Any:
    """An unfitted estimator; some stop early or keep an average, as checkpoints of both say more."""
    if name in ("SemiSupervisedVAE", *FLOWS):
        options |= {"averaging": 0.9}
    if name in ("AuxiliarySemiSupervisedVAE", "VAEFeatures"):
        options |= {"early_stopping": True}
    return small(name, max_epochs=EPOCHS, device="cpu", **options)


def fitted(model: Any, name: str, **options: Any) -> Any:
    X, y = blobs(30)
    return model.fit(X, y, **options) if name in CLASSIFIERS else model.fit(X, **options)


class StopBefore:
    """Ends a training an epoch before the last."""

    def on_epoch_end(self, moment: Any) -> None:
        if moment.epoch == EPOCHS - 1:
            moment.stop()


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> dict[str, tuple[bytes, Parts, Any, Any]]:
    """Of each model: a checkpoint, what it says, what a fit needs besides, and the model that a whole fit gives."""
    folder = tmp_path_factory.mktemp("checkpoints")
    made = {}
    for name in MODELS:
        path = folder / name
        options = {"vae": fitted(small("VAEFeatures"), "VAEFeatures")} if name.startswith("Stacked") else {}
        fitted(training(name, checkpoint=path, callbacks=[StopBefore()], **options), name)
        made[name] = (path.read_bytes(), Parts.of(path), options, fitted(training(name, **options), name))
    return made


def resumed(name: str, options: Any, path: Any) -> Any:
    """The model that a fit makes of a checkpoint, or None if it was refused as it should be."""
    model = training(name, **options)
    before = dict(vars(model))
    try:
        return fitted(model, name, resume=path)
    except ValueError as error:
        refusal = error
    check_sentence(refusal)
    assert type(refusal) is ValueError
    assert vars(model) == before
    return None


@pytest.mark.fuzz(examples=60)
def test_from_a_damaged_checkpoint_a_fit_goes_on_as_it_would_or_refuses_it(fuzz_seeds, checkpoints, tmp_path):
    path = tmp_path / "checkpoint"
    with bounded_memory():
        for seed in fuzz_seeds:
            rng = np.random.default_rng(seed)
            name = str(rng.choice(MODELS))
            content, _, options, whole = checkpoints[name]
            path.write_bytes(damaged(content, rng))
            model = resumed(name, options, path)
            assert model is None or same_weights(model, whole)


@pytest.mark.fuzz(examples=100)
def test_from_a_forged_checkpoint_a_fit_goes_on_or_refuses_it(fuzz_seeds, checkpoints, tmp_path):
    path = tmp_path / "checkpoint"
    with bounded_memory(), warnings.catch_warnings():
        # Numbers that somebody chose may overflow, or let the loss run away, which a fit says.
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        for seed in fuzz_seeds:
            rng = np.random.default_rng(seed)
            name = str(rng.choice(MODELS))
            _, parts, options, _ = checkpoints[name]
            path.write_bytes(mutated_parts(parts, rng))
            model = resumed(name, options, path)
            if model is not None:
                assert EPOCHS - 1 <= model.n_iter_ == len(model.history_) <= EPOCHS
                assert all(np.isfinite(weight).all() for weight in model._weights.values())
                assert len(model.transform(blobs(30)[0])) == 30
