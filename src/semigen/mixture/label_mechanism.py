"""LabelMechanism: what a fit with `label_mechanism` says of which rows have a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from semigen.diagnostics import Sign
from semigen.labels import as_objects
from semigen.persistence.pickled import VersionedPart

# What the parameter `label_mechanism` may be.
ENTROPY, CLASS = "entropy", "class"

# Level at which labels count as not missing at random, in words.
LEVEL = 0.05

# Probabilities of a label that are shown are of rows that are this sure of their class, and of the least sure ones.
_SURE = 0.99
# Least probability of a label, or of none, whose logarithm is taken.
_LEAST = 1e-300


@dataclass(frozen=True, eq=False)
class LabelMechanism(VersionedPart):
    """Which rows have a label, as a fit with `label_mechanism` estimated it; printed, it is said in words.

    Attributes
    ----------
    kind : {'entropy', 'class'}
    classes : array of shape (classes,)
        Names of the classes.
    coefficients : array
        Of 'entropy' xi, of shape (2,): a row x has no label with probability sigma(xi[0] + xi[1] log e(x)), where e(x)
        is the entropy of its class probabilities. Of 'class', of shape (classes,), the probability that a row of each
        class has a label.
    log_likelihood, log_likelihood_at_random : float
        Weighted log-likelihood of rows, labels, and of which rows have one: with the mechanism, and where all rows have
        a label with the same probability, each at parameters of its own.
    statistic : float
        Twice the gain in the penalised log-likelihood; zero or more.
    degrees_of_freedom : int
        One of 'entropy', the number of classes less one of 'class'.
    p_value : float
        Of `statistic` as a chi-squared variable: small if labels are not missing at random. With
        ``unlabeled_weight`` below one it is too large rather than too small; with `sample_weight` a weight of two is
        taken for two rows.
    unlabeled_class_prior : array of shape (classes,) or None
        Of 'class': class probabilities of the rows without a label; `class_prior_` is of all rows.

    Examples
    --------
    >>> import numpy as np
    >>> from semigen import SemiSupervisedGMM
    >>> rng = np.random.default_rng(0)
    >>> ill = rng.random(1000) < 0.3
    >>> X = rng.normal(size=(1000, 2)) + 3 * ill[:, None]
    >>> tested = rng.random(1000) < np.where(ill, 0.4, 0.05)
    >>> y = np.where(tested, ill.astype(int), -1)
    >>> model = SemiSupervisedGMM(label_mechanism="class").fit(X, y)
    >>> model.label_mechanism_.coefficients.round(2)
    array([0.05, 0.38])
    >>> model.label_mechanism_.rejects_at_random
    True
    """

    kind: str
    classes: NDArray[Any]
    coefficients: NDArray[np.float64]
    log_likelihood: float
    log_likelihood_at_random: float
    statistic: float
    degrees_of_freedom: int
    unlabeled_class_prior: NDArray[np.float64] | None = None

    @property
    def p_value(self) -> float:
        """Probability of a statistic as large as this one if labels are missing at random."""
        return float(chi2.sf(self.statistic, self.degrees_of_freedom))

    @property
    def rejects_at_random(self) -> bool:
        """Whether the test rejects at 5 % that labels are missing at random."""
        return self.p_value < LEVEL

    @property
    def explains(self) -> tuple[Sign, ...]:
        """Signs of a wrong fit that labelled rows show because they are labelled as they are.

        Rows that are sure of their class do not lie around its mean, and classes need not be as frequent as labels.
        """
        return (Sign.SHIFTED_CLASS,) if self.kind == ENTROPY else (Sign.UNBALANCED_ANSWERS,)

    def log_odds_of_classes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Return what to add to log p(x, class) of all rows for rows with a label, and for those without one.

        None where having a label depends on the columns alone.
        """
        if self.kind != CLASS:
            return None
        labeled = self.coefficients
        return np.log(np.maximum(labeled, _LEAST)), np.log(np.maximum(1 - labeled, _LEAST))

    def __str__(self) -> str:
        said = self._of_entropy() if self.kind == ENTROPY else self._of_classes()
        return f"{said} {self._of_test()}"

    def __repr__(self) -> str:
        listed = np.array2string(self.coefficients, precision=4, separator=", ")
        test = f"statistic={self.statistic:.4g}, degrees_of_freedom={self.degrees_of_freedom}"
        return f"LabelMechanism({self.kind!r}, coefficients={listed}, {test}, p_value={self.p_value:.3g})"

    def _of_entropy(self) -> str:
        constant, slope = self.coefficients
        n_classes = len(self.classes)
        unsure, rest = np.log(np.log(n_classes)), (1 - _SURE) / (n_classes - 1)
        sure = np.log(-_SURE * np.log(_SURE) - (1 - _SURE) * np.log(rest))
        without = [1 / (1 + np.exp(-(constant + slope * log_entropy))) for log_entropy in (sure, unsure)]
        which = "the more often, the less" if slope > 0 else "the less often, the less"
        return (
            f"Rows lack a label {which} sure their class is: with probability {without[0]:.1%} where one class has "
            f"{_SURE:.0%}, {without[1]:.1%} where all are equally probable (log-odds {constant:.3g} {slope:+.3g} times "
            "the log of the entropy of the class probabilities)."
        )

    def _of_classes(self) -> str:
        each = ", ".join(
            f"{name!r} {share:.1%}"
            for name, share in zip(as_objects(self.classes), self.coefficients.tolist(), strict=True)
        )
        said = f"Share of rows that have a label, by class: {each}."
        if self.unlabeled_class_prior is None:
            return said
        others = ", ".join(
            f"{name!r} {share:.1%}"
            for name, share in zip(as_objects(self.classes), self.unlabeled_class_prior.tolist(), strict=True)
        )
        return f"{said} Class probabilities of the rows without one: {others}."

    def _of_test(self) -> str:
        p_value = self.p_value
        shown = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"
        degrees = f"{self.degrees_of_freedom} degree{'s' if self.degrees_of_freedom > 1 else ''} of freedom"
        found = f"likelihood ratio {self.statistic:.1f} on {degrees}, {shown}"
        if self.rejects_at_random:
            return f"That labels are missing at random is rejected ({found})."
        return (
            f"Labels may be missing at random: that is not rejected ({found}), and label_mechanism=None then does as "
            "well."
        )
