"""Rows in partitions are fitted as the same rows in one array, whoever computes which partition when."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from semigen.labels import UNSURE_CODE
from semigen.mixture.families import FAMILIES
from semigen.mixture.learning.fit import fit_mixture
from semigen.mixture.learning.problem import MixtureOptions
from semigen.mixture.rows.arrays import ArrayRows
from tests.mixture.rows.partitions import PartitionedRows

# Three partitions of uneven sizes, one of them empty.
ENDS = [40, 40]
KINDS = {
    "plain": {},
    "weights": {"weighted": True},
    "soft labels": {"unsure": True},
    "missing values": {"missing": True},
    "all of these": {"weighted": True, "unsure": True, "missing": True},
}


def rows_of(*, weighted=False, unsure=False, missing=False, labels=40, n=300) -> ArrayRows:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, n)
    X = rng.normal(size=(n, 4)) @ rng.normal(size=(4, 4)) + 3 * truth[:, None] * [1, -1, 0.5, 0]
    codes = np.where(np.arange(n) % (n // labels) == 0, truth, -1)
    log_prior = None
    if unsure:
        log_prior = np.zeros((n, 3))
        codes[1::9] = UNSURE_CODE
        log_prior[1::9] = np.log(rng.dirichlet(np.ones(3), len(log_prior[1::9])))
    if missing:
        X[rng.random(X.shape) < 0.15] = np.nan
    weights = rng.integers(0, 4, n).astype(float) if weighted else None
    return ArrayRows(X, codes, weights, 0.6, log_prior, incomplete=missing)


def fitted(rows, family, **options):
    sizes = options.pop("sizes", np.ones(3, dtype=np.int64))
    asked = MixtureOptions(family, sizes, tol=1e-8, **options)
    return fit_mixture(rows, asked, np.random.RandomState(0))


def assert_same(actual, expected):
    for name in ("log_weights", "means", "covariances"):
        np.testing.assert_allclose(
            getattr(actual.parameters, name), getattr(expected.parameters, name), rtol=1e-10, atol=1e-10
        )
    np.testing.assert_allclose(actual.history, expected.history, rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_partitions_give_the_fit_of_the_concatenation(family, kind):
    rows = rows_of(**KINDS[kind])
    # Where loadings are all but free to turn, quasi-Newton steps magnify rounding: in parameters, not in the objective.
    options = {"accelerate": None} if FAMILIES[family].rank else {}
    partitioned = PartitionedRows.of(rows, ENDS, [0, 1, 2])
    assert_same(fitted(partitioned, family, **options), fitted(rows, family, **options))
    accelerated = [fitted(each, family).history[-1] for each in (partitioned, rows)]
    assert accelerated[0] == pytest.approx(accelerated[1], rel=1e-7)


@pytest.mark.parametrize(
    "options",
    [
        {"sizes": np.array([2, 1, 3])},
        {"sizes": np.ones(4, dtype=np.int64)},  # a class without labels
        {"by_bic": True},
        {"accelerate": "quasi-newton"},
        {"n_init": 3},
        {"class_prior": np.array([0.2, 0.3, 0.5])},
    ],
    ids=["components", "a class without labels", "bic", "quasi-Newton", "starts", "class prior"],
)
def test_partitions_give_the_same_with_every_option(options):
    rows = rows_of()
    assert_same(fitted(PartitionedRows.of(rows, ENDS, [0, 1, 2]), "full", **options), fitted(rows, "full", **options))


def test_a_fit_is_the_same_to_the_last_bit_in_whatever_order_partitions_are_computed(family):
    rows = rows_of(weighted=True, unsure=True, missing=True)
    one, *others = (fitted(PartitionedRows.of(rows, ENDS, list(order)), family) for order in permutations(range(3)))
    for other in others:
        for name in ("log_weights", "means", "covariances"):
            assert np.array_equal(getattr(one.parameters, name), getattr(other.parameters, name))
        assert np.array_equal(one.history, other.history)
