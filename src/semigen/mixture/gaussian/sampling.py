"""Drawing rows from components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from semigen.mixture.gaussian.parameters import Parameters


def draw(
    parameters: Parameters, component: NDArray[np.int64], random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """A row from each of the given components, in the coordinates of the mixture: mean + P^-1 noise."""
    noise = random_state.standard_normal((len(component), parameters.means.shape[1]))
    factors = parameters.factors
    if parameters.family == "diag":
        noise /= factors[component]
    elif parameters.family == "spherical":
        noise /= factors[component, None]
    elif parameters.family == "tied":
        noise = solve_triangular(factors, noise.T, lower=True).T
    else:
        for m in np.unique(component):
            chosen = component == m
            noise[chosen] = solve_triangular(factors[m], noise[chosen].T, lower=True).T
    drawn: NDArray[np.float64] = parameters.means[component] + noise
    return drawn
