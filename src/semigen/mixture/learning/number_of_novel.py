"""The number of novel components, by the Bayesian information criterion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from semigen.mixture.learning.number_of_components import criterion
from semigen.mixture.learning.problem import Problem
from semigen.mixture.learning.shared_work import SharedWork

# More unknown classes than this are a clustering rather than what labels have left out.
_MOST = 8


def with_novel_by_bic(problem: Problem, random_state: np.random.RandomState) -> Problem:
    """Return the problem with as many novel components as the criterion asks for, from none on, one by one.

    Each is worth a try if the rows without labels weigh d + 1 for every one of them.
    """
    seed = int(random_state.randint(2**31 - 1))
    d, rows = problem.rows.n_features, problem.rows
    unlabeled = rows.total_weight() - float(rows.labeled_weight(problem.n_classes).sum())
    found, best = problem, criterion(problem, problem.sizes, seed)[0]
    for n_novel in range(1, _MOST + 1):
        if unlabeled < n_novel * (d + 1):
            break
        tried = with_novel(problem, n_novel)
        value = criterion(tried, tried.sizes, seed)[0]
        if not value < best:
            break
        found, best = tried, value
    return found


def with_novel(problem: Problem, n_novel: int) -> Problem:
    """Return the problem with so many classes more, of a component each, that no labelled row is of."""
    sizes = np.append(problem.sizes, np.ones(n_novel, dtype=np.int64))
    options = replace(problem.options, sizes=sizes, n_novel=problem.options.n_novel + n_novel)
    # What fits share is by the number of classes.
    return replace(problem, options=options, shared=SharedWork())
