"""Signs that a mixture is wrong, besides those of any classifier, and which signs its options explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.diagnostics import Examined, Sign, Suspicion, WildValues, signs
from semigen.mixture.gaussian.student_t import variance_factor
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.outlier_scores import outlier_scores

Array = NDArray[np.float64]

# A variance is at its floor, but for rounding and the prior.
_AT_FLOOR = 1.5


def without_rows_of_no_class(fit: MixtureFit, examined: Examined) -> Examined:
    """Return what is examined without rows that are likelier of no class: what classes say of these is no sign."""
    if fit.no_class is None or not len(examined.others):
        return examined
    known = outlier_scores(fit, examined.others) <= 0
    return replace(examined, others=examined.others[known])


def shifted_class(
    fit: MixtureFit,
    examined: Examined,
    means: Array,
    covariances: Array,
    classes: list[Any],
    columns: Sequence[str] | range,
) -> Suspicion | None:
    """Return the class whose mean is far from its labels, if there is one; parameters are in the units of the data."""
    variances = fit.parameters.form.variances(covariances, *means.shape)
    if fit.parameters.degrees_of_freedom is not None:
        variances = variances * variance_factor(fit.parameters.degrees_of_freedom)[:, None]
    weights, first = np.exp(fit.parameters.log_weights), fit.class_first[:-1]
    weights /= weights.sum()
    share = (weights / np.repeat(np.add.reduceat(weights, first), fit.options.sizes))[:, None]
    mean = np.add.reduceat(share * means, first, axis=0)
    apart = means - np.repeat(mean, fit.options.sizes, axis=0)
    variance = np.add.reduceat(share * (variances + apart**2), first, axis=0)
    return signs.shifted_class(examined.labeled, examined.codes, mean, variance, classes, columns)


def too_few_rows(fit: MixtureFit, n_labeled: NDArray[np.int64], classes: list[Any]) -> Suspicion | None:
    """Return that covariances are learnt from too few rows, if they are.

    Ask of fits to unlabelled rows only: to labels alone the prior of the covariances is enough, as there is no EM that
    could go astray.
    """
    form = fit.parameters.form
    if not form.correlated:
        return None
    weights = np.exp(fit.parameters.log_weights)
    n_rows = weights / weights.sum() * fit.weight_of_classes
    component_class = np.repeat(np.arange(len(classes)), fit.options.sizes)
    n_labels, whose = n_labeled[component_class], [classes[k] for k in component_class]
    if form.shared:
        n_rows, n_labels, whose = n_rows.sum(keepdims=True), n_labeled.sum(keepdims=True), [None]
    return signs.too_few_rows(n_rows, n_labels, form.directions(fit.parameters.n_features), whose)


def is_explained(fit: MixtureFit, suspicion: Suspicion) -> bool:
    """Return whether what was asked of the fit explains a sign, so that it is none."""
    if fit.label_mechanism is not None and suspicion.sign in fit.label_mechanism.explains:
        return True
    if fit.confusion is not None and suspicion.sign == Sign.SHIFTED_CLASS:
        # Rows with wrong labels lie elsewhere than their class.
        return True
    return isinstance(suspicion, WildValues) and _bears_values_far_out(fit)


def _bears_values_far_out(fit: MixtureFit) -> bool:
    """Return whether there are tails, or noise, for values far out.

    But if these stretch the scale of a column so far that variances end at the floor, which is relative to it.
    """
    parameters = fit.parameters
    if parameters.degrees_of_freedom is None and (fit.no_class is None or fit.no_class.noise is None):
        return False
    variances = parameters.form.variances(parameters.covariances, *parameters.means.shape)
    return not (variances <= _AT_FLOOR * fit.prior.floor).any()
