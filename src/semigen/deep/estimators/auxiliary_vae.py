"""AuxiliarySemiSupervisedVAE: the models SDGM and ADGM of Maaløe et al. (2016) as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import torch
from sklearn.utils._param_validation import Interval

from semigen.deep.estimators.constructor_parameters import inherits_parameters
from semigen.deep.estimators.docstrings import with_shared_paragraphs
from semigen.deep.estimators.saving import WIDTH
from semigen.deep.estimators.variational import VARIATIONAL_CONSTRAINTS, VariationalClassifier
from semigen.deep.models.auxiliary_vae import AuxiliaryM2
from semigen.deep.models.semi_supervised import Learning
from semigen.persistence.schema import Flag, Kind


@with_shared_paragraphs
class AuxiliarySemiSupervisedVAE(VariationalClassifier):
    """Semi-supervised variational autoencoder with an auxiliary variable (SDGM; ADGM with `skip=False`).

    As `SemiSupervisedVAE`, with one more latent variable a: q(a | x), q(y | a, x), q(z | a, y, x), and p(a | y, z) in
    the model. Marginally, z and y are then no longer independent given x, which lets the classifier be richer. It
    costs about half as much again per step.

    Parameters
    ----------
    latent_dim : int, default=100
        Dimension of z.
    hidden_dims : sequence of int, default=(500, 500)
        Widths of the hidden layers of all networks.
    auxiliary_dim : int, default=100
        Dimension of a.
    skip : bool, default=True
        Whether the decoder of x sees a as well (the skip deep generative model), or y and z only.
    **others
        All other parameters of `SemiSupervisedVAE`.

    Attributes
    ----------
    %(vae_attributes)s

    References
    ----------
    L. Maaløe, C. Sønderby, S. Sønderby, O. Winther, "Auxiliary deep generative models", ICML 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from semigen import AuxiliarySemiSupervisedVAE
    >>> X, digit = load_digits(return_X_y=True)
    >>> known = np.arange(len(X)) % 9 == 0
    >>> y = np.where(known, digit, -1)  # every ninth row is labelled
    >>> model = AuxiliarySemiSupervisedVAE(5, (100,), auxiliary_dim=5, max_epochs=12)
    >>> model = model.set_params(learning_rate=5e-3, random_state=0).fit(X / 16, y)
    >>> bool(model.score(X[~known] / 16, digit[~known]) > 0.8)
    True
    """

    _has_onnx_graph = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **VARIATIONAL_CONSTRAINTS,
        "auxiliary_dim": [Interval(Integral, 1, None, closed="left")],
        "skip": ["boolean"],
    }
    _architecture_kinds: ClassVar[dict[str, Kind]] = {
        **VariationalClassifier._architecture_kinds,
        "auxiliary_dim": WIDTH,
        "skip": Flag(),
    }

    @inherits_parameters(VariationalClassifier.__init__)
    def __init__(
        self,
        latent_dim: int = 100,
        hidden_dims: Sequence[int] = (500, 500),
        *,
        auxiliary_dim: int = 100,
        skip: bool = True,
        **others: Any,
    ):
        super().__init__(latent_dim, hidden_dims, **others)
        self.auxiliary_dim = auxiliary_dim
        self.skip = skip

    def _described_networks(self) -> dict[str, Any]:
        about = super()._described_networks()
        return {**about, "auxiliary_dim": int(self.auxiliary_dim), "skip": bool(self.skip)}

    def _build(self, generator: torch.Generator) -> AuxiliaryM2:
        about = self._architecture
        return AuxiliaryM2(
            self._coding.likelihood,
            about["latent_dim"],
            about["auxiliary_dim"],
            about["hidden_dims"],
            about["activation"],
            about["skip"],
            self._log_prior(),
            Learning(**about["learning"]),
            generator,
        )
