"""What the estimators that are made of a flow do alike: their map, its inverse, exact densities."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen._validation import checked_rows
from semigen.deep.data.dequantisation import cell_widths, reject_atoms
from semigen.deep.estimators.deep_estimator import DeepEstimator, counting_rows
from semigen.deep.models.flow import FlowLearning, FlowMixture
from semigen.persistence import schema

# Parameters of deep estimators that a flow has no use for: its latent space is as wide as the rows, and every column
# is a real number to it.
WITHOUT = ("latent_dim", "likelihood")

FLOW_CONSTRAINTS: dict[str, Any] = {
    "n_couplings": [Interval(Integral, 1, None, closed="left")],
    "input_noise": [Interval(Real, 0, None, closed="left")],
}


class FlowMap(ClassNamePrefixFeaturesOutMixin, TransformerMixin, DeepEstimator):  # type: ignore[misc]
    """Base of the estimators made of a flow; a subclass has parameters `n_couplings`, `hidden_dims`, `input_noise`."""

    _architecture_kinds: ClassVar[dict[str, schema.Kind]] = {
        **DeepEstimator._architecture_kinds,
        "n_couplings": schema.Integer(1),
        "cells": schema.ListOf(schema.Real(least=0), "columns"),
        "class_prior": schema.Probabilities("classes"),
        "learning": schema.options_of(FlowLearning),
    }
    # A flow that starts as Gaussians needs fewer steps than networks that start at random.
    auto_steps = 3_000

    n_features_in_: int
    n_couplings: int
    hidden_dims: Sequence[int]
    input_noise: float

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Images of rows in the latent space, where a class is a standard normal cloud around its mean.

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

        return self._in_slices(self._validated_rows(X), image)

    def inverse_transform(self, Z: ArrayLike) -> NDArray[np.float64]:
        """The rows whose images these are.

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
        module: Any = self._module(np.float64)
        with torch.inference_mode():
            values = module.row(torch.from_numpy(z).to(self._device_of(module)))
        return self._coding.decode(values.cpu().numpy())

    def _drawn(self, codes: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
        """A fresh row of each of these components."""
        module: Any = self._module(np.float64)
        device = self._device_of(module)
        generator = torch.Generator(device).manual_seed(seed)
        with torch.inference_mode():
            values = module.draw(torch.from_numpy(codes).to(device), generator)
        return self._coding.decode(values.cpu().numpy())

    if TYPE_CHECKING:

        def _validated_rows(self, X: ArrayLike) -> NDArray[Any]: ...

    @property
    def _n_features_out(self) -> int:
        return self.n_features_in_

    def _precision(self, dtype: Any) -> Any:
        # A map and its inverse, and densities of rows far out, need more digits than float32 has.
        return np.float64

    def _in_slices(self, X: NDArray[Any], *given: Any) -> NDArray[Any]:
        # Rows too far out for float64, in standard deviations, are infinite until the model says where they stand.
        with np.errstate(over="ignore"):
            return super()._in_slices(X, *given)

    @property
    def _likelihood(self) -> str:
        return "gaussian"

    def _described_map(self, X: NDArray[Any], weights: NDArray[np.float64]) -> dict[str, Any]:
        """What `_build` needs to know of the map, as JSON holds it; how rows are disturbed is part of it."""
        counting = counting_rows(X, weights)
        cells = cell_widths(counting)
        if self.input_noise == 0:
            reject_atoms(counting, cells, self._coding.names)
        return {
            "n_couplings": int(self.n_couplings),
            "hidden_dims": self._whole_numbers("hidden_dims"),
            "activation": self.activation,
            "cells": (cells / np.asarray(self._coding.scale)).tolist(),
        }

    def _n_layers(self) -> int:
        # A single column has no couplings.
        return self._architecture["n_couplings"] * super()._n_layers() if self.n_features_in_ > 1 else 0

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

    def _imagined(self, module: Any, n_rows: int, generator: torch.Generator) -> Tensor:
        """The classes take turns."""
        classes = torch.arange(n_rows, device=module.means.device) % module.n_classes
        drawn: Tensor = module.draw(classes, generator)
        return drawn
