"""The table of covariance families: both halves of each are there, and none lacks a part."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from semigen import _core
from semigen.mixture.families import FAMILIES, Family
from semigen.mixture.families.diag import Diag
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.prior import MixturePrior


def test_every_family_has_both_halves():
    assert set(FAMILIES) == set(_core.Family.__members__)
    assert all(form.core.name == name for name, form in FAMILIES.items())


@pytest.mark.parametrize("attribute", sorted(Family.__annotations__))
def test_a_family_that_does_not_say_something_cannot_be_made(attribute, monkeypatch):
    owner = next(cls for cls in Diag.__mro__ if attribute in vars(cls))
    monkeypatch.delattr(owner, attribute)
    with pytest.raises(TypeError, match=f"Diag must say {attribute}"):
        Diag()


def test_a_family_that_lacks_a_method_cannot_be_made():
    class Half(Family):
        name = "half"

    assert inspect.isabstract(Half)
    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_covariances_have_the_shape_and_the_matrices_that_the_family_says(family):
    form, n_components, d = FAMILIES[family], 3, 4
    covariances = form.expand(form.target(np.arange(1.0, d + 1)), n_components, d)
    assert covariances.shape == form.covariance_shape(n_components, d)
    matrices = np.stack([form.matrix(covariances, m, d) for m in range(n_components)])
    diagonals = np.diagonal(matrices, axis1=1, axis2=2)
    np.testing.assert_array_equal(form.variances(covariances, n_components, d), diagonals)


def test_whitened_rows_of_the_first_component_have_the_identity_for_covariance(family):
    form, d, rng = FAMILIES[family].of_rank(2), 3, np.random.default_rng(0)
    target = form.target(np.array([1.0, 4.0, 9.0]))
    if form.rank:
        target[1:] = rng.normal(size=(2, d))
    floor = form.floor(np.ones(d), 0.0)
    prior = MixturePrior(family, 0.0, target, floor, np.arange(3))
    factors = with_factors(family, np.ones(2), np.zeros((2, d)), form.expand(target, 2, d), prior).factors
    noise = rng.standard_normal((1000, d))
    coloured = form.colour(noise.copy(), factors, np.zeros(1000, dtype=np.int64))
    np.testing.assert_allclose(form.whiten(coloured, factors), noise, rtol=1e-12)
