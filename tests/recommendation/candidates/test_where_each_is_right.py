"""Each candidate has rows on which it errs less than all others that recommend lets compete for them.

The stacked ensemble takes as long as all others together, and follows the best of its members where there is a best: it
is compared with them in a test of its own. There it errs as rarely as the best of them, and its log-loss is the least,
as is to be expected of an average. Deep models need more rows than a test has time for.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss

from semigen.labels import encode
from semigen.recommendation import fit_named
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.training_rows import prepare
from tests.recommendation.samples import few


def waves(rng):
    """A smooth border that bends, in turned columns; all rows are labelled."""
    rows = rng.uniform(-2, 2, size=(600, 4))
    return turned(rng, rows), (np.sin(1.6 * rows).sum(axis=1) > 0).astype(int), 100, False


def lattice(rng):
    """Clumps on a turned lattice, whose class says nothing of their neighbours'; all rows are labelled."""
    points = np.stack(np.meshgrid(*[np.arange(3.0)] * 4), axis=-1).reshape(-1, 4)
    clump = rng.integers(0, 81, 700)
    rows = points[clump] + 0.12 * rng.normal(size=(700, 4))
    return turned(rng, rows), rng.integers(0, 2, 81)[clump], 120, False


def spirals(rng):
    """Two spirals that grow by half with each radian; all rows are labelled."""
    truth, angle = rng.integers(0, 2, 900), rng.uniform(0, 5 * np.pi, 900)
    radius, angle = np.exp(0.45 * angle + 0.35 * rng.normal(size=900)), angle + np.pi * truth
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), truth, 60, False


def boxes(rng):
    """Thresholds of three of six columns."""
    rows = rng.normal(size=(400, 6))
    return rows, ((rows[:, 0] > 0.3) & (rows[:, 1] < 0.5) | (rows[:, 2] > 1)).astype(int), 50, True


def one_factor(rng):
    """Sixty columns that move together more than classes differ, beside fifty on a larger scale that say nothing."""
    truth = rng.integers(0, 3, 400)
    means, loadings = 0.5 * rng.normal(size=(3, 60)), 2 * rng.normal(size=60)
    told = means[truth] + rng.normal(size=(400, 1)) * loadings + rng.normal(size=(400, 60))
    return np.hstack([told, 8 * rng.normal(size=(400, 50))]), truth, 3, True


def digits(rng):
    """Digits: nearly clouds."""
    rows, truth = load_digits(return_X_y=True)
    kept = rng.permutation(len(truth))[:1000]
    return rows[kept], truth[kept], 20, True


def clumps(rng):
    """Two clouds a class, near those of other classes."""
    clump = rng.integers(0, 6, 900)
    return 2 * rng.normal(size=(6, 5))[clump] + rng.normal(size=(900, 5)), clump % 3, 12, True


def rings_and_steps(rng):
    """Rings tell three sorts apart, which neighbours find, and ranges of another column the two classes of each."""
    ring, step = np.divmod(rng.integers(0, 6, 800), 2)
    angle, radius = rng.uniform(0, 2 * np.pi, 800), 1 + ring + 0.06 * rng.normal(size=800)
    column = 1.7 * (2 * rng.integers(0, 2, 800) + step + rng.uniform(0.05, 0.95, 800))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), column]), 2 * ring + step, 10, True


def turned(rng, rows):
    return rows @ np.linalg.qr(rng.normal(size=(rows.shape[1],) * 2))[0]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("SVM", waves),
        ("nearest neighbours", lattice),
        ("extra trees", spirals),
        ("gradient boosting", boxes),
        ("low-rank mixture", one_factor),
        ("forest on columns and mixture", digits),
        ("mixtures by cross-validation", clumps),
        ("ensemble", rings_and_steps),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_it_errs_least_on_rows_of_its_kind(name, made):
    rows, truth, per_class, unlabeled = made(np.random.default_rng(0))
    y = few(truth, per_class)
    new = y < 0
    seen = np.full(len(y), unlabeled) | ~new
    answers = answers_of(rows[seen], y[seen], rows[new], ["ensemble"] if name == "ensemble" else [])
    errors = {each: float((answer.argmax(axis=1) != truth[new]).mean()) for each, answer in answers.items()}
    if name == "ensemble":
        losses = {each: log_loss(truth[new], answer) for each, answer in answers.items()}
        assert errors[name] <= 1.02 * min(errors.values()), errors
    else:
        losses = errors
    assert losses[name] < 0.95 * min(loss for each, loss in losses.items() if each != name), losses


def answers_of(rows, y, new, stacked):
    """Class probabilities of new rows by every candidate that suits, averages by those of their members."""
    prepared = prepare(rows, encode(y))
    all_labelled = not (y < 0).any()
    answers = {}
    for each, candidate in CANDIDATES.items():
        if candidate.deep or not candidate.suits(prepared) or (candidate.needs_unlabeled and all_labelled):
            continue
        if candidate.average_of and each not in stacked:
            members = [answers[member] for member in candidate.average_of if member in answers]
            if len(members) == len(candidate.average_of) and not candidate.stacked:
                answers[each] = np.average(members, axis=0, weights=list(candidate.average_of.values()))
        else:
            answers[each] = fit_named(each, rows, y, random_state=0).predict_proba(new)
    return answers
