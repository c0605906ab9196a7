"""Random rows from components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian import student_t
from semigen.mixture.gaussian.parameters import Parameters


def draw(
    parameters: Parameters, component: NDArray[np.int64], random_state: np.random.RandomState
) -> NDArray[np.float64]:
    """Return a row from each of the given components, of scaled columns: mean + P^-1 noise.

    The noise of Student t components is divided by the root of the row's weight.
    """
    noise = random_state.standard_normal((len(component), parameters.n_features))
    if parameters.degrees_of_freedom is not None:
        weights = student_t.draw_weights(parameters.degrees_of_freedom[component], random_state)
        noise /= np.sqrt(weights)[:, None]
    drawn: NDArray[np.float64] = parameters.means[component] + parameters.form.colour(
        noise, parameters.factors, component
    )
    return drawn
