"""Pairs of rows and classes."""

from __future__ import annotations

import math

import pytest
import torch

from semigen.deep.layers.enumeration import Pairs


@pytest.mark.parametrize("n_given", [0, 3])
def test_the_two_ways_of_enumerating_list_the_same_pairs(n_given):
    given_classes = torch.tensor([2, 0, 1])[:n_given]
    uniform = torch.full((4, 3), math.log(1 / 3), dtype=torch.float64)
    every = Pairs.every(given_classes, 4, 3)
    listed = Pairs.that_matter(given_classes, uniform, 1e-9)
    assert torch.equal(every.rows, listed.rows)
    assert torch.equal(every.classes, listed.classes)
    values = torch.arange(2.0 * (n_given + 4)).reshape(-1, 2)
    assert torch.equal(every.spread(values), listed.spread(values))
