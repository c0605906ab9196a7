"""A pass over cells: the C++ kernels held against plain loops, with every other part of a pass."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import logsumexp

from semigen import _core
from semigen.labels import UNSURE_CODE
from semigen.mixture.blocks.block_cells import beside
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.blocks.counts import distinct_counts
from semigen.mixture.blocks.poisson import Poisson
from semigen.mixture.blocks.product import BlockCells
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from semigen.mixture.rows.scoring import Scoring
from tests.mixture import twin
from tests.mixture.problems import random_parameters

FAMILIES = ["full", "tied", "diag", "spherical", "low_rank"]


def problem(seed, n=150, d=3, sizes=(2, 1, 9), dtype=np.float64, gaps=0.0):
    """Rows of numbers, categories and counts, with labels of all sorts and weights."""
    rng = np.random.default_rng(seed)
    sizes = np.array(sizes)
    X = rng.normal(size=(n, d)).astype(dtype)
    X[rng.random(X.shape) < gaps] = np.nan
    counts = np.where(rng.random((n, 2)) < 0.1, np.nan, rng.poisson(3.0, (n, 2)))
    codes = np.column_stack([rng.integers(-1, 4, n), rng.integers(-1, 2, n)])
    blocks = Categorical(np.array([4, 2])), Poisson(distinct_counts(counts))
    cells = BlockCells(blocks, beside([blocks[0].cells(codes), blocks[1].cells(counts)]))
    m = int(sizes.sum())
    parameters = tuple(b.estimate(rng.gamma(1.0, 1.0, (b.n_cells, m))) for b in blocks)
    labels = rng.integers(-2, len(sizes), n)
    log_prior = np.log(rng.dirichlet(np.ones(len(sizes)), n))
    weights = rng.uniform(0.0, 2.0, n)
    weights[:5] = 0.0
    rows = ArrayRows(X, labels, weights, 0.7, log_prior, incomplete=gaps > 0, cells=cells)
    return rows, sizes, parameters, rng


def expected(rows, class_first, parameters):
    """Log joint of every row and component, those that a row may not use at minus infinity."""
    values = (rows.cells.cells.as_matrix() @ rows.cells.tables(parameters.blocks)).astype(float)
    joint = twin.log_joint(rows.X.astype(float), parameters) + values
    classes = np.repeat(np.arange(len(class_first) - 1), np.diff(class_first))
    for row, code in enumerate(rows.codes):
        if code >= 0:
            joint[row, classes != code] = -np.inf
        elif code == UNSURE_CODE:
            joint[row] += rows.log_prior[row][classes]
    return joint


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("dtype", "gaps"), [(np.float64, 0.0), (np.float32, 0.0), (np.float64, 0.3)])
def test_a_pass_sums_what_plain_loops_sum(family, dtype, gaps):
    rows, sizes, of_blocks, rng = problem(1, dtype=dtype, gaps=gaps)
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters = replace(random_parameters(family, sizes, 3, rng), blocks=of_blocks)
    passes = ArrayPasses(rows, Scaling.none(3), class_first, 2)
    found = passes.expectation(parameters)
    joint = expected(rows, class_first, parameters)
    evidence = logsumexp(joint, axis=1)
    weights = rows.effective_weights()
    shares = np.exp(joint - evidence[:, None]) * weights[:, None]
    exact = {"rtol": 1e-9, "atol": 1e-9} if dtype == np.float64 else {"rtol": 2e-4, "atol": 2e-4}
    assert np.isclose(found.log_likelihood, weights @ evidence, **exact)
    np.testing.assert_allclose(found.mass, shares.sum(axis=0), **exact)
    np.testing.assert_allclose(found.cell_sums, rows.cells.cells.sums(shares), **exact)
    # Moments of numbers are those of a pass over the numbers at the same shares.
    if gaps == 0:
        moments = shares.T @ (rows.X - 0.0) - found.mass[:, None] * parameters.means
        np.testing.assert_allclose(found.first, moments, **exact)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_scores_are_densities_of_numbers_and_cells(gaps):
    rows, sizes, of_blocks, rng = problem(2, gaps=gaps)
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters = replace(random_parameters("full", sizes, 3, rng), blocks=of_blocks)
    scoring = Scoring(Scaling.none(3), parameters, class_first, 1, incomplete=gaps > 0, cells=rows.cells)
    free = replace(rows, codes=np.full(len(rows.codes), -1))
    joint = expected(free, class_first, parameters)
    of_classes = np.stack([logsumexp(joint[:, a:b], axis=1) for a, b in pairwise(class_first)], axis=1)
    np.testing.assert_allclose(scoring.class_scores(rows.X), of_classes, rtol=1e-9, atol=1e-9)
    some = np.random.default_rng(0).permutation(150)[:40]
    assert (scoring.likeliest_classes(rows.X, some) == of_classes[some].argmax(axis=1)).all()


@pytest.mark.parametrize("instruction_set", _core.instruction_sets())
def test_sums_are_the_same_for_every_number_of_threads(instruction_set):
    rows, sizes, of_blocks, rng = problem(3, n=4000)
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters = replace(random_parameters("diag", sizes, 3, rng), blocks=of_blocks)
    before = _core.instruction_set()
    try:
        _core.use_instruction_set(instruction_set)
        flat = [ArrayPasses(rows, Scaling.none(3), class_first, t).expectation(parameters).flat for t in (1, 2, 5)]
    finally:
        _core.use_instruction_set(before)
    assert (flat[0] == flat[1]).all()
    assert (flat[0] == flat[2]).all()


def test_parameters_of_numbers_alone_do_not_see_the_cells():
    rows, sizes, _, rng = problem(4)
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters = random_parameters("full", sizes, 3, rng)
    with_cells = ArrayPasses(rows, Scaling.none(3), class_first, 1).expectation(parameters)
    without = ArrayPasses(replace(rows, cells=None), Scaling.none(3), class_first, 1).expectation(parameters)
    assert (with_cells.flat == without.flat).all()


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ((np.array([0, 1, 1]), np.array([0]), None, 2), "first has 3 entries"),
        ((np.array([0, 2, 1, 3]), np.array([0, 1, 0]), None, 2), "must rise"),
        ((np.array([0, 1, 2, 3]), np.array([0, 1, 2]), None, 2), "a cell is not there"),
        ((np.array([0, 1, 2, 3]), np.array([0, -1, 1]), None, 2), "a cell is not there"),
        ((np.array([0, 1, 2, 3]), np.array([0, 1, 1]), np.ones(2), 2), "times has 2 entries"),
        ((np.array([0, 0, 0, 0]), np.array([], dtype=np.int32), None, 0), "must be a cell"),
    ],
)
def test_cells_that_do_not_fit_the_rows_are_refused(cells, message):
    common = {"centre": np.zeros(1), "scale": np.ones(1), "order": None, "weights": None}
    with pytest.raises(ValueError, match=message):
        _core.row_pass(np.zeros((3, 1)), groups=[[0, 3, 0, 1, -1]], group_weights=[1.0], cells=cells, **common)


def test_tables_of_other_cells_are_refused():
    rows, sizes, of_blocks, rng = problem(5)
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters = replace(random_parameters("full", sizes, 3, rng), blocks=of_blocks)
    other = replace(rows, cells=None)
    passing = ArrayPasses(other, Scaling.none(3), class_first, 1)._pass_for(parameters)
    with pytest.raises(ValueError, match="a row for each cell"):
        passing.expectation(
            parameters.form.core,
            parameters.log_weights,
            parameters.means,
            parameters.factors,
            1,
            tables=np.zeros((4, 12)),
        )
