"""Densities of blocks once more, in plain loops over rows, columns and components."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp
from scipy.stats import nbinom, poisson

from semigen.mixture.blocks.block import Block
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.blocks.negative_binomial import NegativeBinomial
from semigen.mixture.blocks.poisson import Poisson
from semigen.mixture.blocks.words import Words


def log_density(block: Block, parameters: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Log density of each row (of codes, counts, or counts of words) under each component."""
    found = np.zeros((len(values), parameters.shape[-1]))
    for row, x in enumerate(values):
        for m in range(found.shape[1]):
            if isinstance(block, Words):
                found[row, m] = block.length / max(x.sum(), 1e-300) * (x @ parameters[:, m])
                continue
            for j, value in enumerate(x):
                if isinstance(block, Categorical):
                    first = int(block.sizes[:j].sum())
                    found[row, m] += parameters[first + value, m] if value >= 0 else 0.0
                elif np.isnan(value):
                    continue
                elif isinstance(block, Poisson):
                    found[row, m] += poisson.logpmf(value, parameters[j, m])
                elif isinstance(block, NegativeBinomial):
                    mean, size = parameters[0][j, m], parameters[1][j, m]
                    found[row, m] += nbinom.logpmf(value, size, size / (size + mean))
    return found


def responsibilities(log_joint: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Shares of components in rows, of those that each row may belong to."""
    joint = np.where(allowed, log_joint, -np.inf)
    return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
