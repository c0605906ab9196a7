"""The number of novel components, by the Bayesian information criterion or Akaike's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from semigen.mixture.learning.number_of_components import criterion
from semigen.mixture.learning.problem import Problem
from semigen.mixture.learning.shared_work import SharedWork

BIC, AIC = "bic", "aic"

# More unknown classes than this are a clustering rather than what labels have left out.
_MOST = 8
# Numbers that are tried beyond the best so far: one component may begin in a corner of a known class where two do not.
_PATIENCE = 2


def with_novel_by_criterion(problem: Problem, random_state: np.random.RandomState) -> Problem:
    """Return the problem with the number of novel components that the criterion likes best.

    Numbers are tried from none on, as long as one of the last few was better than all before, and rows without labels
    weigh d + 1 for every component.
    """
    seed = int(random_state.randint(2**31 - 1))
    d, rows = problem.rows.n_features, problem.rows
    unlabeled = rows.total_weight() - float(rows.labeled_weight(problem.n_classes).sum())
    penalty = 2.0 if problem.options.novel_by == AIC else None
    found, best = problem, criterion(problem, problem.sizes, seed, penalty)[0]
    for n_novel in range(1, _MOST + 1):
        if unlabeled < n_novel * (d + 1) or n_novel > found.options.n_novel + _PATIENCE:
            break
        tried = with_novel(problem, n_novel)
        value = criterion(tried, tried.sizes, seed, penalty)[0]
        if value < best:
            found, best = tried, value
    return found


def with_novel(problem: Problem, n_novel: int) -> Problem:
    """Return the problem with so many classes more, of a component each, that no labelled row is of."""
    sizes = np.append(problem.sizes, np.ones(n_novel, dtype=np.int64))
    options = replace(problem.options, sizes=sizes, n_novel=problem.options.n_novel + n_novel)
    # What fits share is by the number of classes.
    return replace(problem, options=options, shared=SharedWork())
