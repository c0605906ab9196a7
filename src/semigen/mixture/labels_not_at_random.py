"""Fits with `label_mechanism`: what they take, and the fit that EM's is turned into."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from semigen.labels import UNSURE_CODE, Labels
from semigen.mixture.gaussian.class_weights import safe_log
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.scaling import log_likelihood_in_original_units
from semigen.mixture.label_mechanism import CLASS, ENTROPY, LabelMechanism
from semigen.mixture.learning.em import Fit
from semigen.mixture.learning.entropy_mechanism import At, EntropyObjective, climb
from semigen.mixture.learning.fit import MixtureFit, mixture_fit
from semigen.mixture.learning.problem import Problem
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.source import Rows

Array = NDArray[np.float64]

# Log-likelihoods that are compared are settled to about so much, as a part of one unit.
_SETTLED = 1e-3
# Labels, but at most half of them, that say how frequent classes are among all rows, each as much as a row without one:
# a prior by which labels are missing at random. On seeds 0 to 59 of bench.accuracy.label_mechanism, with 300 rows and
# Delta = 2, none, 2, 5, 10, 20 and 40 made errors of 31.5, 31.1, 30.9, 30.6, 30.3 and 30.1 where labels are missing at
# random, and of 32.8, 32.2, 32.0, 32.3, 33.9 and 36.8 where they are not.
PSEUDO_LABELS = 10.0


class Asked(Protocol):
    """The parameters of `SemiSupervisedGMM` that decide what goes with a mechanism."""

    distribution: str
    class_prior: Any
    label_noise: ArrayLike | str | None
    unlabeled_weight: float
    label_mechanism: str | None


def check_label_mechanism(asked: Asked, labels: Labels, weights: Array, *, in_parts: bool) -> None:
    """Refuse what `label_mechanism` cannot be estimated from, or does not go with.

    Parameters
    ----------
    asked : object
        With the parameters of `SemiSupervisedGMM`.
    labels : Labels
        Of the rows in memory.
    weights : array of shape (n,)
        What these rows count.
    in_parts : bool
        Whether more rows come in parts.
    """
    how = f"label_mechanism={asked.label_mechanism!r}"
    if asked.unlabeled_weight == 0:
        raise ValueError(
            f"{how} asks which rows lack a label, and with unlabeled_weight=0 those do not count: take a larger "
            "unlabeled_weight, or label_mechanism=None."
        )
    if asked.label_noise is not None:
        raise ValueError(
            f"{how} takes the labels that are given to be right, and label_noise does not: use one of the two."
        )
    if isinstance(asked.class_prior, str):
        raise ValueError(
            f"{how} does not go with class_prior={asked.class_prior!r}: label_mechanism='class' finds the class "
            "probabilities of unlabelled rows as well. Leave class_prior at None."
        )
    if asked.label_mechanism == CLASS and asked.class_prior is not None:
        raise ValueError(
            f"{how} estimates how frequent classes are among rows with and without a label, and class_prior fixes "
            "it: leave class_prior at None."
        )
    if asked.label_mechanism == ENTROPY and asked.distribution != "normal":
        raise ValueError(
            f"{how} is estimated with Gaussian components only, and distribution={asked.distribution!r} is asked for: "
            "take distribution='normal', or label_mechanism='class'."
        )
    if asked.label_mechanism == ENTROPY and in_parts:
        raise ValueError(
            f"{how} looks at all rows in memory, and these come in parts: pass an array, or take "
            "label_mechanism='class', which rows in parts allow."
        )
    counting = labels.codes[weights > 0]
    if (counting == UNSURE_CODE).any():
        row = int(np.flatnonzero((labels.codes == UNSURE_CODE) & (weights > 0))[0])
        raise ValueError(
            f"{how} needs rows that have a label or none, and row {row} has probabilities or a set of labels: give its "
            "likeliest label or none, or take label_mechanism=None."
        )
    if len(labels.classes) < 2:
        raise ValueError(f"{how} needs two classes or more, and there is one: take label_mechanism=None.")
    n_labeled = int((counting >= 0).sum())
    if not n_labeled or n_labeled == len(counting):
        none, what = ("label", "no row") if not n_labeled else ("missing label", "every row")
        raise ValueError(
            f"{how} learns from which rows have a label, and {what} that counts has one: without a {none} there is "
            "nothing to compare. Take label_mechanism=None."
        )


def with_label_mechanism(
    kind: str, rows: Rows, fit: MixtureFit, classes: NDArray[Any], *, known: Array | None = None
) -> MixtureFit:
    """Return the fit to rows, labels, and which rows have a label, from where EM's ended.

    Parameters
    ----------
    kind : {'entropy', 'class'}
    rows : ArrayRows or PartitionedRows
        The latter for 'class' only.
    fit : MixtureFit
        To these rows, as if labels were missing at random.
    classes : array of shape (classes,)
        Names of the classes.
    known : array of shape (2,), optional
        xi of 'entropy', if it is known: for simulations.
    """
    if kind == ENTROPY:
        assert isinstance(rows, ArrayRows)
        return _by_entropy(rows, fit, classes, known)
    return _by_class(rows, fit, classes)


def _by_entropy(rows: ArrayRows, fit: MixtureFit, classes: NDArray[Any], known: Array | None) -> MixtureFit:
    # In single precision the objective has too few digits for its slope to be followed to the end.
    rows = replace(rows, X=rows.X.astype(np.float64, copy=False))
    options = fit.options
    # A thinned set of unlabelled rows has the same xi_1, and log lambda in xi_0.
    thinned = np.array([np.log(rows.unlabeled_weight), 0.0])
    at_random = EntropyObjective(rows, fit.scaling, fit.prior, options.threads, known=None)
    settled = _tolerance(options.tol, at_random.total_weight)
    null = EntropyObjective(rows, fit.scaling, fit.prior, options.threads, known=at_random.at_random)
    before = climb(null, fit.parameters, tol=settled, max_iter=options.max_iter)
    joint = at_random
    if known is not None:
        joint = EntropyObjective(rows, fit.scaling, fit.prior, options.threads, known=known + thinned)
    found = climb(joint, before.at.parameters, tol=settled, max_iter=options.max_iter)
    measured = rows.measured_weight()

    def in_units(at: At) -> float:
        return log_likelihood_in_original_units(at.log_likelihood, fit.scaling, measured)

    gain = (found.at.objective - before.at.objective) * joint.total_weight
    mechanism = LabelMechanism(
        ENTROPY, classes, found.at.xi - thinned, in_units(found.at), in_units(before.at), max(2 * gain, 0.0), 1
    )
    ended = Fit(found.at.parameters, found.history, found.at.log_likelihood, found.converged, found.n_evaluations)
    return _kept(ended, fit, rows, mechanism)


def _by_class(rows: Rows, fit: MixtureFit, classes: NDArray[Any]) -> MixtureFit:
    options, first = fit.options, fit.class_first
    total = rows.total_weight()
    options = replace(options, tol=_tolerance(options.tol, total))
    problem = Problem(rows, fit.scaling, options)
    passes = problem.passes()
    labeled = rows.labeled_weight(len(options.sizes))
    unlabeled = total - float(labeled.sum())
    before = problem.climb(passes, fit.parameters, fit.prior)
    # Given its class, a labelled row says no more of how frequent classes are: labelled ones are as frequent as they
    # are, and EM finds the frequencies of the others. But for a few, which are the prior of these.
    share = labeled / labeled.sum()
    telling = min(PSEUDO_LABELS, float(labeled.sum()) / 2) * rows.unlabeled_weight * share
    found = problem.climb(passes, before.parameters, replace(fit.prior, drawn_by_class=labeled - telling))
    others, at_random = (
        softmax(np.logaddexp.reduceat(each.parameters.log_weights, first[:-1])) for each in (found, before)
    )
    # How frequent classes are among labels, and how many rows have one: the same at every step.
    of_labels = float(labeled @ safe_log(share))
    how_many = float(labeled.sum()) * np.log(labeled.sum() / total) + unlabeled * np.log(unlabeled / total)
    log_prior, log_prior_at_random = float(telling @ safe_log(others)), float(telling @ safe_log(at_random))
    history = found.history + (of_labels + how_many) / total
    of_both = found.log_likelihood + of_labels + how_many - log_prior
    gain = float(found.objective - before.objective) * total + of_labels - log_prior_at_random
    # In numbers of rows: an unlabelled one counted lambda.
    mass = labeled + others * unlabeled / rows.unlabeled_weight
    measured = rows.measured_weight()
    mechanism = LabelMechanism(
        CLASS,
        classes,
        np.where(mass > 0, labeled / np.where(mass > 0, mass, 1.0), 0.0),
        log_likelihood_in_original_units(of_both, fit.scaling, measured),
        log_likelihood_in_original_units(before.log_likelihood + how_many, fit.scaling, measured),
        max(2 * gain, 0.0),
        len(labeled) - 1,
        others,
    )
    parameters = _with_classes(found.parameters, first, mass / mass.sum())
    ended = Fit(parameters, history, of_both, found.converged, found.n_passes)
    return _kept(ended, fit, rows, mechanism)


def _with_classes(parameters: Parameters, first: NDArray[np.int64], shares: Array) -> Parameters:
    """Return a mixture with these class probabilities, and the same shares of components within classes."""
    of_classes = np.logaddexp.reduceat(parameters.log_weights, first[:-1])
    moved = np.repeat(safe_log(shares) - of_classes, np.diff(first))
    return replace(parameters, log_weights=parameters.log_weights + moved)


def _kept(ended: Fit, fit: MixtureFit, rows: Rows, mechanism: LabelMechanism) -> MixtureFit:
    problem = Problem(rows, fit.scaling, fit.options)
    return replace(mixture_fit(ended, fit.prior, problem), dtype=fit.dtype, label_mechanism=mechanism)


def _tolerance(tol: float, total_weight: float) -> float:
    """Return the gain per unit weight at which log-likelihoods are settled well enough to be compared."""
    return min(tol, _SETTLED / total_weight)
