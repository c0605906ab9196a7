"""VAEFeatures: the variational autoencoder M1 as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen._validation import checked_rows
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.estimators.constructor_parameters import (
    TRAINING_CONSTRAINTS,
    inherits_parameters,
    set_training_parameters,
)
from semigen.deep.estimators.deep_transformer import DeepTransformer
from semigen.deep.estimators.docstrings import with_shared_paragraphs
from semigen.deep.estimators.fitted_networks import ROWS_AT_ONCE, apply_in_slices, device_of, fixed_noise, networks
from semigen.deep.estimators.fitting import column_coding, drawing_generator, whole_numbers
from semigen.deep.models.m1 import M1
from semigen.persistence.schema import WIDEST, Array, Integer, Kind

# Least standard deviation, over the training rows, of the posterior mean of a latent variable that is in use.
_ACTIVE_DEVIATION = 0.1


@with_shared_paragraphs
class VAEFeatures(DeepTransformer):
    """Features learnt by a variational autoencoder (M1): the posterior mean of a latent variable.

    p(x, z) = p(z) p(x | z) with z standard normal, and an encoder q(z | x). Fitted on all rows, labelled or not, its
    features serve any classifier: `SemiSupervisedGMM` on them, or M2 (`StackedSemiSupervisedVAE`).

    Parameters
    ----------
    latent_dim : int, default=50
        Dimension of z.
    hidden_dims : sequence of int, default=(500, 500)
        Widths of the hidden layers of the encoder; the decoder has them in reverse.
    drop_inactive : bool, default=False
        Leave out latent variables that carry no information: those whose posterior means have a standard deviation
        under 0.1 over the training set.
    batch_size : int, default=500
        Rows in a step; at most a tenth of all.
    learning_rate : float, default=2e-3
    **others
        `activation`, `likelihood`, `max_epochs`, `schedule`, `weight_decay`, `max_gradient_norm`,
        `averaging`, `early_stopping`, `validation_fraction`, `n_iter_no_change`, `tol`, `n_fits`, `device`,
        `precision`, `cuda_graphs`, `random_state`, `checkpoint`, `callbacks`, `on_interrupt`, `verbose`: as in
        `SemiSupervisedVAE`.

    Attributes
    ----------
    latent_deviation_ : array of shape (latent_dim,)
        Standard deviation of the posterior mean of each latent variable over the training rows.
    active_ : array of shape (features,)
        Numbers of the latent variables that `transform` gives.
    history_ : array of shape (epochs,)
        The bound on log p(x) per row, larger is better; mean over each epoch.
    training_history_ : dict of arrays
        All terms: "bound", "divergence", "loss".
    %(training)s
    %(columns)s

    References
    ----------
    D. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from semigen import VAEFeatures
    >>> X = load_digits().data / 16
    >>> features = VAEFeatures(8, (100,), max_epochs=20, random_state=0).fit(X)
    >>> features.transform(X).shape
    (1797, 8)
    >>> features.inverse_transform(features.transform(X[:3])).shape
    (3, 64)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {**TRAINING_CONSTRAINTS, "drop_inactive": ["boolean"]}
    _architecture_kinds: ClassVar[dict[str, Kind]] = {
        **DeepTransformer._architecture_kinds,
        "latent_dim": Integer(1, WIDEST, size="latent variables"),
    }
    _attribute_kinds: ClassVar[dict[str, Kind]] = {
        **DeepTransformer._attribute_kinds,
        "latent_deviation_": Array("f", ("latent variables",), least=0),
        "active_": Array("iu", ("features",), least=0, below="latent variables"),
    }

    @inherits_parameters(set_training_parameters, batch_size=500, learning_rate=2e-3)
    def __init__(
        self,
        latent_dim: int = 50,
        hidden_dims: Any = (500, 500),
        *,
        drop_inactive: bool = False,
        likelihood: str | Sequence[str] = "auto",
        **others: Any,
    ):
        set_training_parameters(self, hidden_dims, **others)
        self.latent_dim = latent_dim
        self.likelihood = likelihood
        self.drop_inactive = drop_inactive

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Return the posterior means of the latent variables.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, features)
            `latent_dim` features, or the active ones if `drop_inactive`.
        """
        return self._means(self._validated_rows(X))[:, self.active_]

    def inverse_transform(self, Z: ArrayLike) -> NDArray[Any]:
        """Return the mean of p(x | z) for given features z.

        Parameters
        ----------
        Z : array-like of shape (n, features)

        Returns
        -------
        array of shape (n, d)
        """
        check_is_fitted(self)
        given = checked_rows(Z, dtype=self._dtypes, name="Z")
        if given.shape[1] != len(self.active_):
            raise ValueError(f"Z has {given.shape[1]} features, and this model has {len(self.active_)}.")
        z = np.zeros((len(given), self._architecture["latent_dim"]), dtype=given.dtype)
        z[:, self.active_] = given
        module = networks(self, z.dtype)
        with torch.inference_mode():
            values = self._coding.likelihood.expectation(module.decoder(torch.from_numpy(z).to(device_of(module))))
        return self._coding.decode(values.cpu().numpy())

    def sample(self, n_samples: int = 1, *, expected: bool = False) -> NDArray[np.float32]:
        """Draw rows from the model.

        Parameters
        ----------
        n_samples : int, default=1
        expected : bool, default=False
            Give the mean of p(x | z) for each drawn z, grey pixels instead of black and white ones, say.

        Returns
        -------
        array of shape (n_samples, d), float32
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        module = networks(self, np.float32)
        device = device_of(module)
        generator = drawing_generator(self, device)
        likelihood = self._coding.likelihood
        with torch.inference_mode():
            z = torch.randn((n_samples, module.latent_dim), generator=generator, device=device)
            parameters = module.decoder(z)
            values = likelihood.expectation(parameters) if expected else likelihood.sample(parameters, generator)
        return self._coding.decode(values.cpu().numpy())

    def score_samples(self, X: ArrayLike, n_samples: int = 10) -> NDArray[Any]:
        """Return an importance-weighted lower bound on log p(x) of every row.

        Parameters
        ----------
        X : array-like of shape (n, d)
        n_samples : int, default=10
            Draws of the latent variable; more make the bound tighter.

        Returns
        -------
        array of shape (n,)
            In the units of X; draws are the same in every call.

        References
        ----------
        Y. Burda, R. Grosse, R. Salakhutdinov, "Importance weighted autoencoders", ICLR 2016.
        """
        rows = self._validated_rows(X)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)

        def log_evidence(module: Any, x: Tensor) -> Tensor:
            evidence: Tensor = module.log_evidence(x, fixed_noise((n_samples, 1, module.latent_dim), x))
            return evidence

        return apply_in_slices(self, rows, log_evidence, max(ROWS_AT_ONCE // n_samples, 1)) + self._coding.log_volume

    @property
    def _n_features_out(self) -> int:
        return len(self.active_)

    def _describe(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        return column_coding(self, rows, weights, self.likelihood), {
            "latent_dim": int(self.latent_dim),
            "hidden_dims": whole_numbers("hidden_dims", self.hidden_dims),
            "activation": self.activation,
        }

    def _build(self, generator: torch.Generator) -> M1:
        about = self._architecture
        return M1(self._coding.likelihood, about["latent_dim"], about["hidden_dims"], about["activation"], generator)

    def _fit_rows(self, rows: NDArray[Any], weights: NDArray[np.float64], resume: Any = None) -> None:
        super()._fit_rows(rows, weights, resume)
        self.latent_deviation_ = self._means(rows)[weights > 0].std(axis=0, dtype=np.float64)
        every = np.arange(len(self.latent_deviation_))
        self.active_ = active_latents(self.latent_deviation_) if self.drop_inactive else every

    def _means(self, rows: NDArray[Any]) -> NDArray[Any]:
        return apply_in_slices(self, rows, _posterior_mean)


def active_latents(deviation: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the numbers of latent variables that carry information on the rows: at least the one that varies most."""
    active = np.flatnonzero(deviation >= _ACTIVE_DEVIATION)
    return active if len(active) else np.array([int(deviation.argmax())])


def _posterior_mean(module: Any, x: Tensor) -> Tensor:
    mean: Tensor = module.posterior(x).mean
    return mean
