"""FlowMap: the invertible map of the estimators that are made of a flow, and draws from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen._runtime.arithmetic import OrdinaryArithmetic
from semigen._validation import checked_rows
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.dequantisation import cell_widths, reject_atoms
from semigen.deep.estimators.fitted_networks import apply_in_slices, device_of, networks
from semigen.deep.estimators.fitting import column_coding, counting_rows, whole_numbers
from semigen.deep.estimators.saving import NETWORK_KINDS
from semigen.deep.models.flow import FlowLearning, FlowMixture
from semigen.persistence import schema

# Parameters of deep estimators that a flow does not have: its latent space is as wide as the rows, and it takes every
# column for real numbers.
WITHOUT = ("latent_dim", "likelihood")

FLOW_CONSTRAINTS: dict[str, Any] = {
    "n_couplings": [Interval(Integral, 1, None, closed="left")],
    "input_noise": [Interval(Real, 0, None, closed="left")],
}


class FlowMap(ClassNamePrefixFeaturesOutMixin, TransformerMixin, OrdinaryArithmetic):  # type: ignore[misc]
    """Mixin of the estimators made of a flow."""

    _architecture_kinds: ClassVar[dict[str, schema.Kind]] = {
        **NETWORK_KINDS,
        "n_couplings": schema.Integer(1),
        "cells": schema.ListOf(schema.Real(least=0), "columns"),
        "class_prior": schema.Probabilities("classes"),
        "learning": schema.options_of(FlowLearning),
    }
    # A flow that starts as Gaussians needs fewer steps than networks that start at random.
    auto_steps = 3_000

    # A map and its inverse, and densities of rows far out, need more digits than float32 has.
    _prediction_dtype: Any = np.float64

    n_features_in_: int
    n_couplings: int
    hidden_dims: Sequence[int]
    activation: str
    input_noise: float
    device: str
    random_state: Any
    _architecture: dict[str, Any]
    _coding: ColumnCoding
    _weights: dict[str, NDArray[Any]]
    _networks: dict[tuple[str, str], torch.nn.Module]

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Map rows to the latent space, where each class is a standard normal cloud around its mean.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, d), float64
        """
        check_is_fitted(self)

        def image(module: Any, x: Tensor) -> Tensor:
            z: Tensor = module.image(x)[0]
            return z

        return self._apply(self._validated_rows(X), image)

    def inverse_transform(self, Z: ArrayLike) -> NDArray[np.float64]:
        """Return the rows that have these images.

        Parameters
        ----------
        Z : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, d), float64
            In the units of X.
        """
        check_is_fitted(self)
        z = checked_rows(Z, name="Z").copy()  # torch wants memory that can be written to
        if z.shape[1] != self.n_features_in_:
            raise ValueError(f"Z has {z.shape[1]} columns, and this flow has {self.n_features_in_}.")
        module = networks(self, np.float64)
        with torch.inference_mode():
            values = module.row(torch.from_numpy(z).to(device_of(module)))
        return self._coding.decode(values.cpu().numpy())

    def _drawn(self, codes: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
        """Return a fresh row of each of these components."""
        module = networks(self, np.float64)
        device = device_of(module)
        generator = torch.Generator(device).manual_seed(seed)
        with torch.inference_mode():
            values = module.draw(torch.from_numpy(codes).to(device), generator)
        return self._coding.decode(values.cpu().numpy())

    if TYPE_CHECKING:

        def _validated_rows(self, X: ArrayLike) -> NDArray[Any]: ...

    @property
    def _n_features_out(self) -> int:
        return self.n_features_in_

    def _apply(self, X: NDArray[Any], function: Callable[[Any, Tensor], Tensor]) -> NDArray[Any]:
        """Return `function(networks, encoded rows)` of all rows."""
        # Rows too far out for float64, in standard deviations, are infinite until `FlowMixture.image` clips them.
        with np.errstate(over="ignore"):
            return apply_in_slices(self, X, function)

    def _described_map(self, X: NDArray[Any], weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        """Return how columns are encoded, and the entries of the architecture that all flows have."""
        coding = column_coding(self, X, weights, "gaussian")
        counting = counting_rows(X, weights)
        cells = cell_widths(counting)
        if self.input_noise == 0:
            reject_atoms(counting, cells, coding.names)
        return coding, {
            "n_couplings": int(self.n_couplings),
            "hidden_dims": whole_numbers("hidden_dims", self.hidden_dims),
            "activation": self.activation,
            "cells": (cells / np.asarray(coding.scale)).tolist(),
        }

    def _build(self, generator: torch.Generator) -> FlowMixture:
        about = self._architecture
        return FlowMixture(
            self._coding.likelihood.width,
            about["n_couplings"],
            about["hidden_dims"],
            about["activation"],
            torch.tensor(about["class_prior"], dtype=torch.float32).log(),
            about["cells"],
            FlowLearning(**about["learning"]),
            generator,
        )
