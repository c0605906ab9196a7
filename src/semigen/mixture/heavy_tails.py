"""What a mixture of Student t components tells of its tails."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.diagnostics import Examined, Suspicion, WildValues
from semigen.labels import as_objects
from semigen.mixture.gaussian.student_t import LEAST, MOST, PER_COMPONENT, variance_factor
from semigen.mixture.learning.fit import MixtureFit

# With so many degrees of freedom a t distribution is hard to tell from a Gaussian.
_ALMOST_NORMAL = 50.0
# A variance is at its floor, but for rounding and the prior.
_AT_FLOOR = 1.5


class HeavyTails:
    """Mixin of `SemiSupervisedGMM`: degrees of freedom and variances of components that may be Student t."""

    # What pickles of version 0.1.0 lack, which had no such parameters.
    distribution: str = "normal"
    degrees_of_freedom: float | str = "auto"
    classes_: NDArray[Any]
    component_class_: NDArray[np.int64]
    _fit: MixtureFit

    @property
    def degrees_of_freedom_(self) -> NDArray[np.float64]:
        """Degrees of freedom of every component, of shape (M,); only with ``distribution='t'``."""
        fit = self.__dict__.get("_fit")
        found = None if fit is None else fit.parameters.degrees_of_freedom
        if found is None:
            raise AttributeError("Only a mixture that was fitted with distribution='t' has degrees_of_freedom_.")
        return np.array(found)

    def _variances_of_components(self, covariances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the variances of columns, infinite where tails are so heavy; `covariances` are `covariances_`."""
        parameters = self._fit.parameters
        variances = parameters.form.variances(covariances, *parameters.means.shape)
        if parameters.degrees_of_freedom is None:
            return variances
        return np.asarray(variances * variance_factor(parameters.degrees_of_freedom)[:, None])

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        """Return signs that the fit is wrong; values far out are none where there are tails, or noise, for them.

        But if they stretch the scale of a column so far that variances end at the floor, which is relative to it.
        """
        found: list[Suspicion] = super()._suspicions(examined)  # type: ignore[misc]
        parameters = self._fit.parameters
        beside = self._fit.no_class
        if parameters.degrees_of_freedom is None and (beside is None or beside.noise is None):
            return found
        variances = parameters.form.variances(parameters.covariances, *parameters.means.shape)
        if (variances <= _AT_FLOOR * self._fit.prior.floor).any():
            return found
        return [each for each in found if not isinstance(each, WildValues)]

    def _of_tails(self) -> str:
        """Say which degrees of freedom were learnt."""
        degrees, learnt = self.degrees_of_freedom_, self._fit.options.learnt_degrees
        if learnt == PER_COMPONENT:
            names = as_objects(self.classes_)
            of_component = (
                f"{names[k]!r} {_shown(nu)}" for k, nu in zip(self.component_class_, degrees.tolist(), strict=True)
            )
            return f"Degrees of freedom of the components of each class: {', '.join(of_component)}."
        if learnt is None:
            return f"All components have {_shown(degrees[0])} degrees of freedom, which were given."
        return f"All components share {_shown(degrees[0])} degrees of freedom: {_in_words(float(degrees[0]))}."


def _shown(degrees_of_freedom: float) -> str:
    return f"{degrees_of_freedom:.3g}"


def _in_words(degrees_of_freedom: float) -> str:
    if degrees_of_freedom <= LEAST:
        return "as few as are allowed, so that rows far out hardly count"
    if degrees_of_freedom >= MOST:
        return "as many as are allowed, so that distribution='normal' would do as well"
    if degrees_of_freedom > _ALMOST_NORMAL:
        return "tails are hardly heavier than those of Gaussians"
    return "tails are heavier than those of Gaussians, and rows far out count less"
