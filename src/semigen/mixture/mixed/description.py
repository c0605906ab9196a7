"""What a fitted mixture says of its classes in words: the values that tell each from the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.block import Block
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.blocks.counts import Counts
from semigen.mixture.blocks.words import Words
from semigen.mixture.gaussian.scaling import in_original_units
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.mixed.block_encoder import BlockEncoder
from semigen.mixture.mixed.table_reading import TableReading


def telling_values(fit: MixtureFit, reading: TableReading, encoder: BlockEncoder, n_values: int) -> list[list[str]]:
    """Return, for each class, descriptions of the values that speak most for it, the first before others.

    A value weighs p log(p / q), with its probability p in the class and q in all; a mean weighs by how many standard
    deviations it lies from that of all.
    """
    if n_values < 1:
        raise ValueError(f"n_values={n_values} names no value of a class; it must be at least 1.")
    weights = np.exp(fit.parameters.log_weights)
    share = np.zeros((len(fit.class_first) - 1, len(weights)))
    for k, (first, last) in enumerate(zip(fit.class_first[:-1], fit.class_first[1:], strict=True)):
        share[k, first:last] = weights[first:last] / weights[first:last].sum()
    found: list[list[tuple[float, str]]] = [[] for _ in share]
    for of_class, told in zip(found, _of_numbers(fit, reading, share, weights), strict=True):
        of_class += told
    names = _names(reading, encoder)
    for block, parameters in zip(encoder.blocks, fit.parameters.blocks or (), strict=True):
        for of_class, told in zip(found, _of_block(block, parameters, next(names), share, weights), strict=True):
            of_class += told
    return [[text for _, text in sorted(each, key=lambda pair: -pair[0])[:n_values]] for each in found]


def _of_numbers(
    fit: MixtureFit, reading: TableReading, share: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[list[tuple[float, str]]]:
    if not reading.has_numbers:
        return [[] for _ in share]
    means, _, _ = in_original_units(fit.parameters, fit.scaling)
    overall, deviation = weights @ means, np.sqrt(fit.scaling.variance) / fit.scaling.scale
    apart = np.abs(share @ means - overall) / np.where(deviation > 0, deviation, 1.0)
    return [
        [
            (float(apart[k, j] ** 2 / 2), f"{name} is {own[j]:.4g} on average ({overall[j]:.4g} in all)")
            for j, name in enumerate(reading.numbers())
        ]
        for k, own in enumerate(share @ means)
    ]


def _of_block(
    block: Block,
    parameters: NDArray[np.float64],
    names: list[str],
    share: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> list[list[tuple[float, str]]]:
    if isinstance(block, Counts):
        mean = parameters if parameters.ndim == 2 else parameters[0]
        own, overall = share @ mean.T, weights @ mean.T
        weight = own * np.log(own / overall) - own + overall
        forms = "{} is {:.3g} on average ({:.3g} in all)"
    elif isinstance(block, Categorical | Words):
        probability = np.exp(parameters)
        own, overall = share @ probability.T, weights @ probability.T
        weight = own * np.log(np.maximum(own, 1e-300) / np.maximum(overall, 1e-300))
        forms = (
            "{} {:.1%} ({:.1%} in all)" if isinstance(block, Categorical) else "the word {!r} {:.2%} ({:.2%} in all)"
        )
    else:
        return [[] for _ in share]
    return [
        [(float(w), forms.format(name, p, q)) for w, name, p, q in zip(weight[k], names, own[k], overall, strict=True)]
        for k in range(len(share))
    ]


def _names(reading: TableReading, encoder: BlockEncoder) -> Iterator[list[str]]:
    """Yield the names of each block's columns, or of its cells."""
    if encoder.levels:
        yield [
            f"{column} = {text}"
            for column, levels in zip(reading.categories(), encoder.levels, strict=True)
            for text in (*levels.texts, *(["another value"] if levels.pools else []))
        ]
    yield from reading.counts()
    words = reading.words()
    if words is not None:
        yield words
    yield from (list(each) for each in encoder.vocabularies)
