"""Words: how often each occurs in a text, by a multinomial distribution (Nigam et al. 2000)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from semigen.mixture.blocks.block import Block
from semigen.mixture.blocks.block_cells import Cells
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True, eq=False)
class Words(VersionedPart, Block):
    """Counts of words in texts, with log p(text) = sum of counts times log probabilities.

    A text counts as many words as texts have on average, however long it is: words come again in a text more often
    than independent ones would, so that long texts would make a model too sure. How long a text is, and in how many
    orders its words could come, is left out. The parameters are log probabilities, of shape (words, components). The
    prior is Laplace's: each word once more.

    Attributes
    ----------
    n_words : int
    length : float
        Words that a text counts.
    """

    kind: ClassVar[str] = "words"
    n_words: int
    length: float

    @property
    def n_cells(self) -> int:
        """Number of words."""
        return self.n_words

    def for_rows(self, values: Any) -> Block:
        """Return the block itself: words are those of training."""
        return self

    def cells(self, values: Any) -> Cells:
        """Return the cells of a sparse matrix of counts, of shape (n, words)."""
        rows = csr_matrix(values)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        lengths = np.asarray(rows.sum(axis=1)).ravel()
        scale = self.length / np.where(lengths > 0, lengths, 1.0)
        times = rows.data * np.repeat(scale, np.diff(rows.indptr))
        return Cells(rows.indptr.astype(np.int64), rows.indices.astype(np.int32), times, self.n_words)

    def pseudo_sums(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one of each word."""
        return np.ones(self.n_words)

    def estimate(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log shares of the words."""
        return np.asarray(np.log(sums) - np.log(sums.sum(axis=0)))

    def table(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the parameters, which are log probabilities of cells."""
        return parameters


def mean_length(values: Any, weights: NDArray[np.float64]) -> float:
    """Return how many words texts have on average, those without any left out; 1 if none has any."""
    lengths = np.asarray(values.sum(axis=1)).ravel()
    total = float(weights[lengths > 0].sum())
    return float(weights @ lengths) / total if total > 0 else 1.0
