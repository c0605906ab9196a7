"""What a mixture has beside its classes: components of unknown classes, and noise.

A row without a label is of a known class with the probability (1 - w)(1 - v), of an unknown one with (1 - w) v, and
noise with w:

    p(x) = (1 - w) [(1 - v) p(x | known) + v p(x | novel)] + w / V.

Novel components are fitted like those of classes without labelled rows, which is what they are, and then set apart: the
rest is a mixture of the known classes alone, given that a row is of one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from semigen.mixture.gaussian.noise import UniformNoise
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True, eq=False)
class NoClass(VersionedPart):
    """What rows of no class are like, in scaled columns.

    Attributes
    ----------
    novel : Parameters or None
        Components that no labelled row may use; their weights sum to one. None if there are none.
    novel_weight : float
        v: their part of what is no noise.
    noise : UniformNoise or None
    """

    novel: Parameters | None
    novel_weight: float
    noise: UniformNoise | None

    @property
    def n_novel(self) -> int:
        """Number of novel components."""
        return 0 if self.novel is None else self.novel.n_components

    @property
    def noise_weight(self) -> float:
        """w: the probability of noise, of a row without a label."""
        return 0.0 if self.noise is None else self.noise.weight


def set_apart(parameters: Parameters, n_novel: int) -> tuple[Parameters, NoClass | None]:
    """Return the components of known classes, and what there is besides; None if there is nothing."""
    if n_novel == 0 and parameters.noise is None:
        return parameters, None
    n_known = parameters.n_components - n_novel
    noise, parameters = parameters.noise, replace(parameters, noise=None)
    if n_novel == 0:
        return parameters, NoClass(None, 0.0, noise)
    novel = _part(parameters, np.arange(n_known, parameters.n_components))
    share = np.exp(logsumexp(parameters.log_weights[n_known:]) - logsumexp(parameters.log_weights))
    return _part(parameters, np.arange(n_known)), NoClass(novel, float(share), noise)


def prior_of_known(prior: MixturePrior, n_known: int) -> MixturePrior:
    """Return the prior of the first classes alone."""
    drawn = None if prior.drawn_by_class is None else prior.drawn_by_class[:n_known]
    return replace(prior, class_first=prior.class_first[: n_known + 1], drawn_by_class=drawn)


def _part(parameters: Parameters, components: NDArray[np.int64]) -> Parameters:
    """Return some components, whose weights then sum to one."""
    log_weights = parameters.log_weights[components]
    degrees, shared = parameters.degrees_of_freedom, parameters.form.shared
    return replace(
        parameters,
        log_weights=log_weights - logsumexp(log_weights),
        means=parameters.means[components],
        covariances=parameters.covariances if shared else parameters.covariances[components],
        factors=parameters.factors if shared else parameters.factors[components],
        degrees_of_freedom=None if degrees is None else degrees[components],
    )
