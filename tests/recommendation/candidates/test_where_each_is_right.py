"""Each candidate has rows on which it errs less than the others: averages than what they average, others than these."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from semigen.recommendation import fit_named
from tests.recommendation.samples import few

OTHERS = (
    *("logistic regression", "LDA", "nearest neighbours", "SVM", "extra trees", "gradient boosting"),
    *("label spreading", "mixture", "low-rank mixture", "forest on columns and mixture"),
)


def waves(rng):
    """A smooth border that bends, in turned columns; all rows are labelled."""
    rows = rng.uniform(-2, 2, size=(900, 4))
    return turned(rng, rows), (np.sin(1.6 * rows).sum(axis=1) > 0).astype(int), 100, False


def lattice(rng):
    """Clumps on a turned lattice, whose class says nothing of their neighbours'; all rows are labelled."""
    points = np.stack(np.meshgrid(*[np.arange(3.0)] * 4), axis=-1).reshape(-1, 4)
    clump = rng.integers(0, 81, 1000)
    rows = points[clump] + 0.12 * rng.normal(size=(1000, 4))
    return turned(rng, rows), rng.integers(0, 2, 81)[clump], 120, False


def spirals(rng):
    """Two spirals that grow by half with each radian; all rows are labelled."""
    truth, angle = rng.integers(0, 2, 900), rng.uniform(0, 5 * np.pi, 900)
    radius, angle = np.exp(0.45 * angle + 0.35 * rng.normal(size=900)), angle + np.pi * truth
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), truth, 60, False


def boxes(rng):
    """Thresholds of three of twelve columns."""
    rows = rng.normal(size=(700, 12))
    return rows, ((rows[:, 0] > 0.3) & (rows[:, 1] < 0.5) | (rows[:, 2] > 1)).astype(int), 50, True


def embeddings(rng):
    """Clouds in a few directions of many columns, brought to length one."""
    truth = rng.integers(0, 6, 500)
    inner = rng.normal(size=(6, 24))[truth] + 0.5 * rng.normal(size=(500, 24)) * np.linspace(2, 0.3, 24)
    rows = inner @ rng.normal(size=(24, 150)) / 24**0.5 + 1.6 * rng.normal(size=(500, 150))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), truth, 3, True


def digits(rng):
    """Digits: nearly clouds."""
    rows, truth = load_digits(return_X_y=True)
    kept = rng.permutation(len(truth))[:1000]
    return rows[kept], truth[kept], 20, True


def clumps(rng):
    """Two clouds a class, near those of other classes."""
    clump = rng.integers(0, 6, 900)
    return 2 * rng.normal(size=(6, 5))[clump] + rng.normal(size=(900, 5)), clump % 3, 12, True


def clouds_and_steps(rng):
    """Clouds tell three sorts apart, and alternating ranges of another column the two classes of each."""
    cloud, step = np.divmod(rng.integers(0, 6, 900), 2)
    inside = rng.uniform(0.05, 0.95, size=900)
    column = 1.7 * (2 * rng.integers(0, 2, 900) + step + inside)
    rows = rng.normal(size=(3, 10))[cloud] + rng.normal(size=(900, 10))
    return np.column_stack([rows, column]), 2 * cloud + step, 30, True


def turned(rng, rows):
    return rows @ np.linalg.qr(rng.normal(size=(rows.shape[1],) * 2))[0]


# Gradient boosting takes long with many classes.
@pytest.mark.parametrize(
    ("name", "made", "without"),
    [
        ("SVM", waves, ()),
        ("nearest neighbours", lattice, ()),
        ("extra trees", spirals, ()),
        ("gradient boosting", boxes, ()),
        ("low-rank mixture", embeddings, ("gradient boosting",)),
        ("forest on columns and mixture", digits, ("gradient boosting",)),
        ("mixtures by cross-validation", clumps, ()),
        ("ensemble", clouds_and_steps, ()),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_it_errs_least_on_rows_of_its_kind(name, made, without):
    rows, truth, per_class, unlabeled = made(np.random.default_rng(0))
    y = few(truth, per_class)
    new = y < 0
    seen = slice(None) if unlabeled else ~new
    errors = {}
    averages = {"mixtures by cross-validation": (name,), "ensemble": ("mixtures by cross-validation", name)}
    for each in (*OTHERS, *averages.get(name, ())):
        narrow = each == "low-rank mixture" and rows.shape[1] < 20
        if narrow or each in without or (each == "label spreading" and not unlabeled):
            continue
        model = fit_named(each, rows[seen], y[seen], random_state=0)
        errors[each] = float((model.predict(rows[new]) != truth[new]).mean())
    others = min(error for each, error in errors.items() if each != name)
    assert errors[name] < 0.95 * others, errors
