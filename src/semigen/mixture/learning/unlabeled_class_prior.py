"""Class probabilities of rows without labels, by EM with the components held fixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from semigen.mixture.gaussian.class_weights import drawn_by_class, log_likelihood, log_weights
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.rows.source import Rows


def with_class_prior_of(rows: Rows, fit: MixtureFit) -> MixtureFit:
    """Return a supervised mixture with class probabilities that make the unlabelled rows most likely.

    With class_prior="unlabeled" that is where fits go as lambda goes to zero: the labelled rows alone say what classes
    look like, and the unlabelled ones how frequent they are (Saerens, Latinne and Decaestecker, "Adjusting the outputs
    of a classifier to new a priori probabilities", Neural Computation 14, 2002).

    Parameters
    ----------
    rows : Rows
        Labelled and unlabelled ones, which count as much.
    fit : MixtureFit
        To the labelled rows.
    """
    options, first = fit.options, fit.class_first
    drawn = drawn_by_class(rows.labeled_weight(len(options.sizes)), rows.unlabeled_weight)
    prior = replace(fit.prior, drawn_by_class=drawn)
    passes = rows.passes(fit.scaling, first, options.threads, prune=options.prune)
    parameters, before = fit.parameters, -np.inf
    within = parameters.log_weights - np.repeat(
        np.logaddexp.reduceat(parameters.log_weights, first[:-1]), options.sizes
    )
    for _ in range(options.max_iter):
        statistics = passes.expectation(parameters)
        objective = log_likelihood(statistics, parameters, prior) / passes.total_weight
        if objective - before < options.tol:
            break
        before = objective
        of_classes = np.logaddexp.reduceat(log_weights(statistics.mass, prior), first[:-1])
        parameters = replace(parameters, log_weights=np.repeat(of_classes, options.sizes) + within)
    return replace(fit, parameters=parameters, prior=prior, options=replace(options, drawn_by_class=True))
