"""Student t components: what their degrees of freedom say of rows, and what rows say of them.

A component with nu degrees of freedom is a Gaussian whose precision is multiplied by a weight W ~ Gamma(nu/2, nu/2) of
each row (D. Peel, G. McLachlan, "Robust mixture modelling using the t distribution", Statistics and Computing 10,
2000). With delta the squared Mahalanobis distance of a row in d columns, and N(x) the Gaussian density, its own is

    log p(x) = log N(x) + delta/2 + log Gamma((nu + d)/2) - log Gamma(nu/2) - d/2 log(nu/2)
               - (nu + d)/2 log(1 + delta/nu),

and W is expected at u = (nu + d) / (nu + delta), so that rows far out weigh little in means and covariances. EM fills
in W beside the components. Of responsibilities r its M step for nu maximises

    N (nu/2 log(nu/2) - log Gamma(nu/2)) + nu/2 L,   N = sum r,   L = sum r E[log W - W],

in which means and covariances do not occur. Both sums are in `Statistics`, as `mass` and `log_weight`; the kernels'
side of it is csrc/include/semigen/radial.hpp.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, polygamma

Vector = NDArray[np.float64]

# Estimates keep between these: below one there is not even a mean, and a thousand is Gaussian for all that rows tell.
LEAST, MOST = 1.0, 1000.0
# Where estimates begin: heavy enough for rows far out to lose their weight before they have moved a component.
START = 5.0

SHARED, PER_COMPONENT = "shared", "per_component"

_MOST_STEPS = 50


def updated(degrees_of_freedom: Vector, mass: Vector, log_weight: Vector, learnt: str | None) -> Vector:
    """Return the degrees of freedom that maximise the expected log-likelihood, within `LEAST` and `MOST`.

    Parameters
    ----------
    degrees_of_freedom : array of shape (components,)
        The present ones; a component without any mass keeps its own.
    mass, log_weight : arrays of shape (components,)
        N and L above.
    learnt : {"shared", "per_component"} or None
        None returns the present ones.
    """
    if learnt is None:
        return degrees_of_freedom
    mass, log_weight = _groups(mass, learnt), _groups(log_weight, learnt)
    found = np.where(
        mass > 0, _maximum(-1 - log_weight / np.where(mass > 0, mass, 1.0)), _groups_of(degrees_of_freedom, learnt)
    )
    return np.broadcast_to(found, degrees_of_freedom.shape).copy()


def _maximum(gap: Vector) -> Vector:
    """Return where log(nu/2) - psi(nu/2), which falls with nu from infinity to zero, equals `gap`.

    Newton's method on the reciprocals, which are almost linear in nu.
    """
    most, least = _gap(np.array(LEAST)), _gap(np.array(MOST))
    above, below = gap <= least, gap >= most
    gap = np.clip(gap, least, most)
    nu = np.clip(1 / gap, LEAST, MOST)
    for _ in range(_MOST_STEPS):
        here = _gap(nu)
        slope = 1 / nu - polygamma(1, nu / 2) / 2
        moved = np.clip(nu + (1 / here - 1 / gap) * here**2 / slope, LEAST, MOST)
        settled = np.abs(moved - nu) <= 1e-12 * nu
        nu = moved
        if settled.all():
            break
    return np.where(above, MOST, np.where(below, LEAST, nu))


def _gap(nu: Vector) -> Vector:
    return np.asarray(np.log(nu / 2) - digamma(nu / 2))


def slope(degrees_of_freedom: Vector, mass: Vector, log_weight: Vector, learnt: str) -> Vector:
    """Return the gradient of the objective in the logarithms of the degrees of freedom that are free.

    It is zero at a limit beyond which it points.
    """
    nu = _groups_of(degrees_of_freedom, learnt)
    found = nu / 2 * (_groups(mass, learnt) * (1 + _gap(nu)) + _groups(log_weight, learnt))
    blocked = ((nu >= MOST) & (found > 0)) | ((nu <= LEAST) & (found < 0))
    return np.where(blocked, 0.0, found)


def em_step(of_degrees: Vector, degrees_of_freedom: Vector, mass: Vector, learnt: str, least: float) -> Vector:
    """Return a slope in log degrees of freedom times the inverse of the complete-data information."""
    nu = _groups_of(degrees_of_freedom, learnt)
    information = nu**2 / 2 * (polygamma(1, nu / 2) / 2 - 1 / nu)
    return np.asarray(of_degrees / np.maximum(_groups(mass, learnt) * information, least))


def to_vector(degrees_of_freedom: Vector | None, learnt: str | None) -> Vector:
    """Return the free coordinates: logarithms of the degrees of freedom, none where they are given."""
    if degrees_of_freedom is None or learnt is None:
        return np.empty(0)
    return np.asarray(np.log(_groups_of(degrees_of_freedom, learnt)))


def from_vector(logarithms: Vector, like: Vector | None, learnt: str | None) -> Vector | None:
    """Return the degrees of freedom at free coordinates; those of `like` where they are given."""
    if like is None or learnt is None:
        return like
    nu = np.clip(np.exp(np.clip(logarithms, -10, 10)), LEAST, MOST)
    return np.broadcast_to(nu, like.shape).copy()


def n_free(n_components: int, learnt: str | None) -> int:
    """Return the number of free parameters in the degrees of freedom."""
    if learnt is None:
        return 0
    return 1 if learnt == SHARED else n_components


def log_gamma_ratio(a: Vector, b: float) -> Vector:
    """Return log Gamma(a + b) - log Gamma(a) - b log a."""
    return np.asarray(gammaln(a + b) - gammaln(a) - b * np.log(a))


def draw_weights(degrees_of_freedom: Vector, random_state: np.random.RandomState) -> Vector:
    """Return a random weight W for each of these degrees of freedom."""
    return np.asarray(random_state.chisquare(degrees_of_freedom) / degrees_of_freedom)


def variance_factor(degrees_of_freedom: Vector) -> Vector:
    """Return by what a scale matrix is multiplied to give the covariance: infinite up to two degrees of freedom."""
    above = degrees_of_freedom - 2
    return np.where(above > 0, degrees_of_freedom / np.where(above > 0, above, 1.0), np.inf)


def _groups(of_components: Vector, learnt: str) -> Vector:
    """Return sums over the components that share their degrees of freedom."""
    return of_components.sum(keepdims=True) if learnt == SHARED else of_components


def _groups_of(degrees_of_freedom: Vector, learnt: str) -> Vector:
    return degrees_of_freedom[:1] if learnt == SHARED else degrees_of_freedom
