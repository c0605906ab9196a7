"""Candidates that a sample has chosen, fitted to rows that come in parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sklearn.base import clone
from sklearn.utils import check_random_state

from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv.transforms import Transformer, transformed
from semigen.mixture.partitions.engine import Engine, Transformed
from semigen.mixture.partitions.surveyed import Surveyed, first_pass
from semigen.mixture.training import learn

# Unlabelled rows among which candidates compete.
MOST_COMPARED = 5_000
# Candidates that are fitted to the parts, each of which takes passes of its own.
MOST_FITTED = 5


def fitted_to_parts(
    estimators: Sequence[SemiSupervisedGMM],
    transforms: Sequence[Transformer],
    engine: Engine,
    found: Surveyed,
    n_compared: int,
) -> list[SemiSupervisedGMM]:
    """Return mixtures fitted to all parts, from where fits to a sample have ended.

    An unlabelled row counts less than it did in the sample by as much as there are more of them, so that the balance
    between labelled and unlabelled rows is the one that held-out labels have judged.

    Parameters
    ----------
    estimators : sequence of SemiSupervisedGMM
        Fitted to the labelled rows and the sample.
    transforms : sequence of Transformer
        Of the columns, for each.
    engine : Engine
        Of the parts as they are.
    found : Surveyed
        Of the same.
    n_compared : int
        Unlabelled rows of the sample.
    """
    share = min(n_compared / max(found.n_unlabeled, 1), 1.0)
    surveyed: dict[int, Surveyed] = {}
    fitted = []
    for before, transform in zip(estimators, transforms, strict=True):
        model = clone(before)
        if id(transform) not in surveyed:
            surveyed[id(transform)] = first_pass(model, Transformed(engine, partial(transformed, transform)))
        weight = float(before.unlabeled_weight) * share
        start = before.weights_, before.means_, before.covariances_
        rows = surveyed[id(transform)]
        fit = learn(
            model,
            rows,
            check_random_state(model.random_state),
            lambda form, first, start=start: start,  # type: ignore[misc]
            unlabeled_weight=weight,
        )
        model.n_features_in_ = fit.parameters.n_features
        model._keep(fit, rows.known_rows(), weight)
        model.n_unlabeled_ = rows.n_unlabeled
        fitted.append(model)
    return fitted
