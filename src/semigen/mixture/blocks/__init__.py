"""Columns that are no numbers: what a component's density is in categories, counts and words, a file for each."""

from semigen.mixture.blocks.counts import Counts
from semigen.mixture.blocks.negative_binomial import NegativeBinomial
from semigen.mixture.blocks.poisson import Poisson

__all__ = ["COUNTS"]

# Distributions of counts, each for columns of its own.
COUNTS: dict[str, type[Counts]] = {each.kind: each for each in (Poisson, NegativeBinomial)}
