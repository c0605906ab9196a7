"""What `partial_fit` takes: options whose statistics can be moved, enough rows to begin with, and known classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen.labels import as_objects
from semigen.mixture.families import FAMILIES, ClosedForm
from semigen.mixture.gaussian.parameters import Statistics
from semigen.mixture.options import NORMAL
from semigen.mixture.training import Asked


def check_options(mixture: Asked) -> None:
    """Refuse options of a mixture, fitted or not, that cannot learn from a stream."""
    if not isinstance(FAMILIES[mixture.covariance_type], ClosedForm):
        raise ValueError(
            f"covariance_type={mixture.covariance_type!r} cannot learn from a stream: its statistics are about the "
            "loadings that made them. Take 'full', 'tied', 'diag', 'spherical' or 'tied_spherical'."
        )
    if mixture.distribution != NORMAL:
        raise ValueError(
            f"distribution={mixture.distribution!r} cannot learn from a stream: what rows weigh depends on all "
            "parameters, so that statistics of older rows cannot be moved to new ones. Take distribution='normal', "
            "or `statistics` and `update`, which pass over all rows."
        )
    if mixture.label_noise is not None:
        raise ValueError(
            "label_noise is estimated from all labelled rows together, and a stream does not keep them: fit with "
            "label_noise=None to go on by partial_fit, or fit all rows at once."
        )
    if mixture.label_mechanism is not None:
        raise ValueError(
            "label_mechanism is estimated from all rows together, and a stream does not keep them: fit with "
            "label_mechanism=None to go on by partial_fit, or fit all rows at once."
        )
    fit = vars(mixture).get("_fit")
    if fit is not None and fit.parameters.family != mixture.covariance_type:
        raise ValueError(
            f"covariance_type={mixture.covariance_type!r} was set since the fit, which is {fit.parameters.family!r}: "
            "fit again."
        )


def check_begin(statistics: Statistics, whose: Sequence[Any]) -> None:
    """Refuse too few rows to begin with: all that later rows are added to is what these say.

    Parameters
    ----------
    statistics : Statistics
    whose : sequence
        The class of each component.
    """
    n_features = statistics.n_features
    short = np.flatnonzero(statistics.mass < n_features + 1)
    if len(short):
        raise ValueError(
            f"The stream begins with these rows, and {statistics.mass[short[0]]:.1f} of them belong to a component "
            f"of class {whose[short[0]]!r}; one more than the {n_features} columns are needed: begin with more rows."
        )


def check_classes(classes: ArrayLike | None, known: NDArray[Any]) -> None:
    """Refuse classes that the mixture does not know: it has no component for them."""
    if classes is None:
        return
    unknown = [name for name in as_objects(np.asarray(classes)) if name not in as_objects(known)]
    if unknown:
        raise ValueError(
            f"classes names {unknown}, and the mixture knows {as_objects(known)}: name all classes by the "
            "parameter `classes` of the mixture, if the first rows lack some."
        )
