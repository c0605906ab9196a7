"""Small tables and estimators for the tests of fits."""

from __future__ import annotations

from typing import Any

import numpy as np

import semigen

VARIATIONAL = ["SemiSupervisedVAE", "StackedSemiSupervisedVAE", "AuxiliarySemiSupervisedVAE"]
FLOWS = ["SemiSupervisedFlow", "FlowFeatures"]
CLASSIFIERS = [*VARIATIONAL, "SemiSupervisedGAN", "SemiSupervisedFlow"]
TRANSFORMERS = ["VAEFeatures", "FlowFeatures"]
MODELS = [*CLASSIFIERS, *TRANSFORMERS]


# Steps so small that the model stays where it starts.
AT_THE_START = {"max_epochs": 1, "learning_rate": 1e-12}

# A few hundred steps: enough to bend the map.
LEARNT = {"max_epochs": 40, "learning_rate": 1e-2}


def small(name: str, **options: Any) -> Any:
    """An estimator that fits a small table in a blink."""
    given = {"hidden_dims": (8,), "max_epochs": 6, "batch_size": 40, "random_state": 0} | options
    given = ({"n_couplings": 2} if name in FLOWS else {"latent_dim": 2}) | given
    if name == "SemiSupervisedFlow":
        # A mixture fitted first would take far longer than the rest.
        given = {"start": None} | given
    if name == "AuxiliarySemiSupervisedVAE":
        given = {"auxiliary_dim": 2} | given
    if name == "SemiSupervisedGAN":
        given = {"generator_dims": (8,)} | given
    if name == "StackedSemiSupervisedVAE":
        given = {"vae": semigen.VAEFeatures(3, (8,), max_epochs=6, batch_size=40, random_state=0)} | given
    return getattr(semigen, name)(**given)


def blobs(n: int = 120, n_classes: int = 3, n_labeled: int = 15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clouds of float32 rows, of which the first few are labelled."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % n_classes
    centres = 4 * rng.normal(size=(n_classes, 4))
    X = (centres[codes] + rng.normal(size=(n, 4))).astype(np.float32)
    return X, np.where(np.arange(n) < n_labeled, codes, -1)


def truth(n: int = 120, n_classes: int = 3) -> np.ndarray:
    return np.arange(n) % n_classes


def same_weights(one: Any, other: Any) -> bool:
    return all(np.array_equal(value, other._weights[name]) for name, value in one._weights.items())


class StopAfter:
    def __init__(self, epoch: int, error: type[BaseException] | None = None):
        self.epoch, self.error = epoch, error

    def on_epoch_end(self, moment: Any) -> None:
        if moment.epoch == self.epoch:
            if self.error is not None:
                raise self.error
            moment.stop()
