"""Densities and estimates of blocks, held against SciPy and against what maximises them."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.stats import nbinom
from sklearn.naive_bayes import CategoricalNB, MultinomialNB

from semigen.mixture.blocks.block_cells import Cells, below, beside
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.blocks.counts import distinct_counts
from semigen.mixture.blocks.negative_binomial import NegativeBinomial
from semigen.mixture.blocks.poisson import Poisson
from semigen.mixture.blocks.product import prior_of, tables_of
from semigen.mixture.blocks.words import Words
from tests.mixture.blocks import twin

RNG = np.random.default_rng(0)
COUNTS = np.where(RNG.random((40, 3)) < 0.1, np.nan, RNG.poisson([0.5, 4.0, 30.0], (40, 3)))
VALUES = {
    "categorical": np.column_stack([RNG.integers(-1, 3, 40), RNG.integers(-1, 5, 40)]),
    "poisson": COUNTS,
    "negative_binomial": COUNTS,
    "words": RNG.poisson(0.7, (40, 12)).astype(float),
}
BLOCKS = {
    "categorical": Categorical(np.array([3, 5])),
    "poisson": Poisson(distinct_counts(COUNTS)),
    "negative_binomial": NegativeBinomial(distinct_counts(COUNTS)),
    "words": Words(12, 6.0),
}
KINDS = list(BLOCKS)


def dense(cells: Cells) -> np.ndarray:
    return cells.as_matrix().toarray()


def estimated(kind: str, shares: np.ndarray) -> np.ndarray:
    block = BLOCKS[kind]
    cells = block.cells(csr_matrix(VALUES[kind]) if kind == "words" else VALUES[kind])
    prior = block.pseudo_sums(cells.sums(np.ones((40, 1)))[:, 0])
    return block.estimate(cells.sums(shares) + prior[:, None])


@pytest.mark.parametrize("kind", KINDS)
def test_the_cells_of_a_row_add_up_to_its_density(kind):
    block, values = BLOCKS[kind], VALUES[kind]
    parameters = estimated(kind, RNG.dirichlet(np.ones(3), 40))
    cells = block.cells(csr_matrix(values) if kind == "words" else values)
    expected = twin.log_density(block, parameters, values)
    # SciPy's negative binomial loses digits where its size is large; the long calculation below has them.
    exact = 1e-6 if kind == "negative_binomial" else 1e-9
    np.testing.assert_allclose(cells.as_matrix() @ block.table(parameters), expected, rtol=exact, atol=exact)


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_of_an_estimate_makes_its_rows_likelier(kind):
    block = BLOCKS[kind]
    sums = RNG.gamma(1.0, 2.0, (block.n_cells, 2))
    best = block.estimate(sums)
    reached = (sums * block.table(best)).sum()
    for _ in range(50):
        moved = best * np.exp(RNG.normal(0, 0.05, best.shape)) if kind not in ("categorical", "words") else best
        if kind in ("categorical", "words"):
            free = best + RNG.normal(0, 0.05, best.shape)
            moved = block.estimate(np.exp(free))
        assert (sums * block.table(moved)).sum() <= reached + 1e-9 * abs(reached)


def test_the_size_of_a_negative_binomial_is_that_of_a_general_optimiser():
    values = nbinom.rvs(2.5, 0.3, size=(300, 1), random_state=1).astype(float)
    block = NegativeBinomial(distinct_counts(values))
    sums = block.cells(values).sums(np.ones((300, 1)))
    found = minimize(
        lambda p: -(sums * block.table(np.exp(p).reshape(2, 1, 1))).sum(),
        np.zeros(2),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10},
    )
    np.testing.assert_allclose(block.estimate(sums).ravel(), np.exp(found.x), rtol=1e-4)


def test_counts_that_vary_less_than_poisson_s_are_poisson_s():
    values = np.array([[3.0], [3.0], [4.0], [3.0]])
    block = NegativeBinomial(distinct_counts(values))
    sums = block.cells(values).sums(np.ones((4, 1)))
    mean, size = block.estimate(sums)
    assert size[0, 0] > 1e6
    np.testing.assert_allclose(block.table(np.stack([mean, size])), Poisson(block.values).table(mean), atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e5), st.floats(1e-3, 1e6))
def test_the_negative_binomial_has_the_digits_of_a_long_calculation(count, mean, size):
    block = NegativeBinomial((np.array([float(count)]),))
    with mpmath.workdps(50):
        m, r, v = mpmath.mpf(mean), mpmath.mpf(size), mpmath.mpf(count)
        ways = mpmath.loggamma(v + r) - mpmath.loggamma(r) - mpmath.loggamma(v + 1)
        exact = ways + r * mpmath.log(r / (r + m)) + v * mpmath.log(m / (r + m))
    found = block.table(np.array([[[mean]], [[size]]]))[0, 0]
    # Of counts in the thousands, the logarithm of v! takes digits with it.
    assert abs(found - float(exact)) <= 1e-12 + 1e-14 * (abs(float(exact)) + count * np.log(count + 2))


def test_estimates_are_those_of_naive_bayes_with_the_same_prior():
    codes, y = np.maximum(VALUES["categorical"], 0), np.arange(40) % 2
    shares = np.eye(2)[y]
    block = BLOCKS["categorical"]
    found = block.estimate(block.cells(codes).sums(shares) + 1.0)
    theirs = CategoricalNB(alpha=1.0, min_categories=[3, 5]).fit(codes, y).feature_log_prob_
    np.testing.assert_allclose(found.T, np.hstack(theirs), rtol=1e-12)
    words = csr_matrix(VALUES["words"])
    scaled = words.multiply(6.0 / words.sum(axis=1)).tocsr()
    block = BLOCKS["words"]
    sums = block.cells(words).sums(shares)
    found = block.estimate(sums + block.pseudo_sums(sums.sum(axis=1))[:, None])
    np.testing.assert_allclose(found.T, MultinomialNB().fit(scaled, y).feature_log_prob_, rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_the_prior_is_the_log_likelihood_of_its_rows(kind):
    block = BLOCKS[kind]
    sums = RNG.gamma(1.0, 2.0, block.n_cells)
    prior = prior_of([block], sums)
    parameters = prior.mode(np.zeros((block.n_cells, 2)))
    assert np.isclose(prior.log_density(parameters), (prior.pseudo_sums @ tables_of([block], parameters)).sum())
    assert (prior.pseudo_sums > 0).all()
    nothing = block.pseudo_sums(np.zeros(block.n_cells))
    assert np.isfinite(nothing).all()


def test_cells_lie_beside_and_below_one_another_as_matrices_do():
    parts = [BLOCKS[kind].cells(VALUES[kind]) for kind in ("categorical", "poisson")]
    parts.append(BLOCKS["words"].cells(csr_matrix(VALUES["words"])))
    together = beside(parts)
    np.testing.assert_allclose(dense(together), np.hstack([dense(each) for each in parts]))
    chosen = RNG.permutation(40)[:17]
    np.testing.assert_allclose(dense(together.take(chosen)), dense(together)[chosen])
    twice = below([together, together.take(slice(3, 9))])
    np.testing.assert_allclose(dense(twice), np.vstack([dense(together), dense(together)[3:9]]))
