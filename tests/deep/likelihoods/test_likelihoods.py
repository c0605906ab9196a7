"""Likelihoods are probabilities of what they say they are, and stable."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats

from semigen.deep.likelihoods import Bernoulli, Categorical, Gaussian, NegativeBinomial, Poisson, Product
from semigen.deep.likelihoods.standardised_counts import StandardisedCounts
from tests.deep.problems import generator


@pytest.mark.parametrize("logit", [-80.0, -3.0, 0.0, 1e-3, 25.0, 200.0])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_bernoulli_is_exact_for_logits_of_any_size(logit, value):
    ours = Bernoulli(1).log_prob(
        torch.tensor([[logit]], dtype=torch.float64), torch.tensor([[value]], dtype=torch.float64)
    )
    with mpmath.workdps(150):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(logit)))
        exact = mpmath.mpf(value) * mpmath.log(p) + (1 - mpmath.mpf(value)) * mpmath.log(1 - p)
    assert float(ours[0]) == pytest.approx(float(exact), rel=1e-12, abs=1e-13)


def test_gaussian_is_scipy_s_normal():
    parameters = torch.tensor([[0.5, -1.0, 0.2, -0.7]], dtype=torch.float64)
    x = np.array([[1.0, 2.0]])
    expected = stats.norm([0.5, -1.0], np.exp(np.array([0.1, -0.35]))).logpdf(x).sum()
    assert float(Gaussian(2).log_prob(parameters, torch.from_numpy(x))[0]) == pytest.approx(expected, rel=1e-12)


def test_categorical_sums_to_one_over_all_categories():
    likelihood = Categorical((3, 2))
    parameters = torch.randn((1, 5), generator=generator()).double()
    total = 0.0
    for i in range(3):
        for j in range(2):
            x = torch.zeros(1, 5).double()
            x[0, i], x[0, 3 + j] = 1, 1
            total += math.exp(float(likelihood.log_prob(parameters, x)[0]))
    assert total == pytest.approx(1, rel=1e-12)


def test_a_product_is_the_sum_of_its_blocks():
    blocks = [Bernoulli(2), Gaussian(1), Categorical((3,))]
    product = Product(blocks)
    parameters = torch.randn((4, product.n_parameters), generator=generator())
    x = torch.cat([torch.rand(4, 2), torch.randn(4, 1), torch.eye(3)[[0, 2, 1, 0]]], dim=1)
    apart = (
        blocks[0].log_prob(parameters[:, :2], x[:, :2])
        + blocks[1].log_prob(parameters[:, 2:4], x[:, 2:3])
        + blocks[2].log_prob(parameters[:, 4:], x[:, 3:])
    )
    torch.testing.assert_close(product.log_prob(parameters, x), apart)


@pytest.mark.parametrize(
    "likelihood", [Bernoulli(2), Gaussian(2), Categorical((2, 3))], ids=lambda each: type(each).__name__
)
def test_draws_have_the_expectation(likelihood):
    parameters = torch.randn((1, likelihood.n_parameters), generator=generator(4)).expand(40_000, -1)
    drawn = likelihood.sample(parameters, generator(5)).mean(dim=0)
    torch.testing.assert_close(drawn, likelihood.expectation(parameters)[0], rtol=0, atol=0.05)


@pytest.mark.parametrize(
    "likelihood", [Bernoulli(784), Gaussian(784), Categorical((400, 384))], ids=lambda each: type(each).__name__
)
def test_likelihoods_are_computed_in_float32_where_products_of_matrices_are_not(likelihood):
    parameters = torch.randn((2, likelihood.n_parameters), generator=generator())
    values = torch.rand((2, 784), generator=generator(1))
    with torch.autocast("cpu", torch.bfloat16):
        inside = likelihood.log_prob(parameters, values)
    assert inside.dtype == torch.float32
    torch.testing.assert_close(inside, likelihood.log_prob(parameters, values), rtol=1e-6, atol=1e-4)
    assert likelihood.log_prob(parameters.bfloat16(), values).dtype == torch.float32


COUNTS = np.array([[0.0, 1.0, 7.0, 100_000.0]])
COLUMNS = StandardisedCounts((0.5, 1.0, 2.0, 11.0), (0.7, 1.0, 0.1, 2.0))
CENTRE, SCALE = np.array(COLUMNS.centre), np.array(COLUMNS.scale)
ENCODED = (np.log1p(COUNTS) - CENTRE) / SCALE


def test_poisson_is_scipy_s():
    output = np.array([[-1.0, 0.5, 2.0, 0.3]])
    expected = stats.poisson(np.exp(output * SCALE + CENTRE)).logpmf(COUNTS).sum()
    found = Poisson(COLUMNS).log_prob(torch.from_numpy(output), torch.from_numpy(ENCODED))
    assert float(found[0]) == pytest.approx(expected, rel=1e-10)


def test_negative_binomial_is_scipy_s_of_the_same_mean():
    output, log_size = np.array([[-1.0, 0.5, 2.0, 0.3]]), np.array([[0.3, -4.0, 9.0, 1.0]])
    size, mean = np.exp(log_size), np.exp(output * SCALE + CENTRE)
    expected = stats.nbinom(size, size / (size + mean)).logpmf(COUNTS).sum()
    parameters = torch.from_numpy(np.hstack([output, log_size]))
    found = NegativeBinomial(COLUMNS).log_prob(parameters, torch.from_numpy(ENCODED))
    assert float(found[0]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", [Poisson, NegativeBinomial])
def test_counts_are_known_to_the_digit_in_float32_and_finite_for_outputs_of_any_size(kind):
    likelihood = kind(COLUMNS)
    values = torch.from_numpy(ENCODED.astype(np.float32))
    parameters = torch.zeros(1, likelihood.n_parameters)
    exact = likelihood.log_prob(parameters.double(), torch.from_numpy(ENCODED))
    assert float(likelihood.log_prob(parameters, values)[0]) == pytest.approx(float(exact[0]), rel=1e-6)
    for size in (-1e4, 1e4):
        wild = torch.full((1, likelihood.n_parameters), size, requires_grad=True)
        likelihood.log_prob(wild, values).sum().backward()
        assert torch.isfinite(wild.grad).all()


@pytest.mark.parametrize(("kind", "variance"), [(Poisson, 4.0), (NegativeBinomial, 4.0 + 16.0 / 2)])
def test_counts_that_are_drawn_have_the_mean_and_the_variance(kind, variance):
    column = StandardisedCounts((1.0,), (0.5,))
    likelihood = kind(column)
    outputs = torch.tensor([[(math.log(4.0) - 1.0) / 0.5, math.log(2.0)]])
    parameters = outputs[:, : likelihood.n_parameters].expand(40_000, -1)
    drawn = (likelihood.sample(parameters, generator()) * 0.5 + 1.0).expm1()
    np.testing.assert_allclose(drawn, drawn.round(), atol=1e-4)
    assert float(drawn.mean()) == pytest.approx(4, rel=0.03)
    assert float(drawn.var()) == pytest.approx(variance, rel=0.05)
    expected = (likelihood.expectation(parameters)[0, 0] * 0.5 + 1.0).expm1()
    assert float(expected) == pytest.approx(4, rel=1e-5)
