"""Random rows from components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters


def draw(
    parameters: Parameters, component: NDArray[np.int64], random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Return a row from each of the given components, of scaled columns: mean + P^-1 noise."""
    noise = random_state.standard_normal((len(component), parameters.n_features))
    drawn: NDArray[np.float64] = parameters.means[component] + parameters.form.colour(
        noise, parameters.factors, component
    )
    return drawn
