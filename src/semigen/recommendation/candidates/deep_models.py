"""The deep models, made for tables: enough steps of small networks, in batches of 200 rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.linear_model import LogisticRegression

from semigen.compose.generative_features import GenerativeFeatures
from semigen.recommendation.candidates.preparation import before
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size

_STEPS, _BATCH = 600, 200


def _model(rows: Rows, name: str, **options: Any) -> Any:
    import semigen.deep

    steps_an_epoch = -(-len(rows.numbers) // _BATCH)
    return before(rows, getattr(semigen.deep, name)(max_epochs=max(10, _STEPS // steps_an_epoch), **options))


def _seconds(microseconds: float) -> Callable[[Size], float]:
    """Return the seconds of a fit by its size, from the microseconds that a row of a batch takes."""
    return lambda size: 1 + 1e-6 * microseconds * max(_STEPS * _BATCH, 10 * size.n_rows)


VAE_THEN_REGRESSION = Specification(
    "VAE, then logistic regression",
    "A neural network sums all rows up in a few numbers, which are weighed.",
    lambda rows: GenerativeFeatures(
        _model(rows, "VAEFeatures", latent_dim=10, hidden_dims=(100,)), LogisticRegression(max_iter=1000)
    ),
    _seconds(15),
    deep=True,
)
VAE = Specification(
    "VAE",
    "A neural network that learns to draw the rows of each class.",
    lambda rows: _model(rows, "SemiSupervisedVAE", latent_dim=5, hidden_dims=(100,)),
    _seconds(60),
    deep=True,
)
GAN = Specification(
    "GAN",
    "Two neural networks, of which one invents rows and the other learns to tell them from real ones.",
    lambda rows: _model(rows, "SemiSupervisedGAN"),
    _seconds(200),
    needs_unlabeled=True,
    deep=True,
)
FLOW = Specification(
    "flow",
    "A neural network that bends the classes into simple clouds.",
    lambda rows: _model(rows, "SemiSupervisedFlow", n_couplings=4, hidden_dims=(64,)),
    _seconds(350),
    deep=True,
)
