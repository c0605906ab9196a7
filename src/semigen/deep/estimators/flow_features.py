"""FlowFeatures: a normalising flow of the rows alone as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen.deep.data.columns import ColumnCoding
from semigen.deep.estimators.constructor_parameters import (
    TRAINING_CONSTRAINTS,
    inherits_parameters,
    set_training_parameters,
)
from semigen.deep.estimators.deep_transformer import DeepTransformer
from semigen.deep.estimators.docstrings import with_shared_paragraphs
from semigen.deep.estimators.fitting import own_random_state
from semigen.deep.estimators.flow_map import FLOW_CONSTRAINTS, WITHOUT, FlowMap
from semigen.deep.models.flow import FlowMixture
from semigen.deep.models.latent_start import covariance_of, spread


@with_shared_paragraphs
class FlowFeatures(FlowMap, DeepTransformer):
    """Features learnt by a normalising flow: every row's image under a map that makes all rows one normal cloud.

    The map is invertible and its log-determinant known, so log p(x) is exact and no information is lost: features are
    as many as columns, uncorrelated and nearly normal. Fitted on all rows, labelled or not, they serve classifiers that
    suffer from skewed or dependent columns, and `score_samples` measures how typical a row is. Where a linear border
    suits the columns as they are, the map bends it, and the plain columns are better.

    Parameters
    ----------
    %(couplings)s
    input_noise : float, default=0.1
        Standard deviation of noise on the rows in training (columns are standardised). The density is that of rows with
        such noise: without it, a flow memorises small tables.
    max_epochs : "auto" or int, default="auto"
        Passes over the rows. "auto" is as many as make 3,000 steps, but at least 30 and at most 200.
    batch_size : int, default=200
        Rows in a step; at most a tenth of all.
    learning_rate : float, default=1e-3
    **others
        `activation`, `schedule`, `weight_decay`, `max_gradient_norm`, `averaging`, `early_stopping`,
        `validation_fraction`, `n_iter_no_change`, `tol`, `n_fits`, `device`, `precision`, `cuda_graphs`,
        `random_state`, `checkpoint`, `callbacks`, `on_interrupt`, `verbose`: as in `SemiSupervisedVAE`.

    Attributes
    ----------
    history_ : array of shape (epochs,)
        log p(x) per row, of encoded values with noise; mean over each epoch.
    training_history_ : dict of arrays
        All terms.
    %(training)s
    %(columns)s

    Notes
    -----
    %(grids)s

    References
    ----------
    L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP", ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from semigen import FlowFeatures
    >>> X = load_iris().data
    >>> flow = FlowFeatures(4, (32,), max_epochs=20, random_state=0).fit(X)
    >>> Z = flow.transform(X)
    >>> bool(np.allclose(flow.inverse_transform(Z), X))
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: allowed for name, allowed in TRAINING_CONSTRAINTS.items() if name not in WITHOUT},
        **FLOW_CONSTRAINTS,
    }

    @inherits_parameters(set_training_parameters)
    def __init__(
        self,
        n_couplings: int = 8,
        hidden_dims: Sequence[int] = (128, 128),
        *,
        input_noise: float = 0.1,
        **others: Any,
    ):
        set_training_parameters(self, hidden_dims, **others)
        self.n_couplings = n_couplings
        self.input_noise = input_noise

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the exact log p(x) of every row.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
            In the units of X.
        """
        check_is_fitted(self)

        def log_density(module: Any, x: Tensor) -> Tensor:
            density: Tensor = module.log_joint(x)[:, 0]
            return density

        return self._apply(self._validated_rows(X), log_density) + self._coding.log_volume

    def sample(self, n_samples: int = 1) -> NDArray[np.float64]:
        """Draw rows from the model.

        Parameters
        ----------
        n_samples : int, default=1

        Returns
        -------
        array of shape (n_samples, d), float64
            With an integer `random_state`, every call gives the same rows.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        codes = np.zeros(n_samples, dtype=np.int64)
        return self._drawn(codes, int(own_random_state(self.random_state).randint(2**31 - 1)))

    def _describe(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        coding, about = self._described_map(rows, weights)
        return coding, {**about, "class_prior": [1.0], "learning": {"input_noise": float(self.input_noise)}}

    def _start(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> Callable[[torch.Generator], FlowMixture]:
        counting = np.flatnonzero(weights > 0)
        some = self._coding.encode(rows[spread(counting)]).astype(np.float64)
        centre = some.mean(axis=0)
        covariance = covariance_of(some - centre, len(some) - 1)

        def started(generator: torch.Generator) -> FlowMixture:
            module = self._build(generator)
            module.start_from(centre, covariance, centre[None])
            return module

        return started
