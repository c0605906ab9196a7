"""What a fitted mixture says of its classes in words: the values that tell each from the others."""

from __future__ import annotations

from itertools import chain

import numpy as np

from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.mixed.block_encoder import BlockEncoder
from semigen.mixture.mixed.column_kinds import GAUSSIAN
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
    told = [GAUSSIAN.told(reading.numbers(), fit, share, weights)]
    for (kind, learnt), own in zip(encoder.learnt(reading.blocks()), fit.parameters.blocks or (), strict=True):
        told.append(kind.told(learnt, own, share, weights))
    of_classes = (sorted(chain(*each), key=lambda pair: -pair[0]) for each in zip(*told, strict=True))
    return [[text for _, text in each[:n_values]] for each in of_classes]
