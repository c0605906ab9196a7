"""Words: how often each occurs in a text, by a multinomial distribution (Nigam et al. 2000)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from semigen.mixture.blocks.block import Block
from semigen.mixture.blocks.cells import Cells
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True, eq=False)
class Words(VersionedPart, Block):
    """Counts of words in texts, with log p(text) = sum of counts times log probabilities.

    How long a text is, and in how many orders its words could come, is the same for all components, and left out. The
    parameters are log probabilities, of shape (words, components). The prior is Laplace's: each word once more.

    Attributes
    ----------
    n_words : int
    """

    kind: ClassVar[str] = "words"
    n_words: int

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
        return Cells(
            rows.indptr.astype(np.int64), rows.indices.astype(np.int32), rows.data.astype(np.float64), self.n_words
        )

    def pseudo_sums(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one of each word."""
        return np.ones(self.n_words)

    def estimate(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log shares of the words."""
        return np.asarray(np.log(sums) - np.log(sums.sum(axis=0)))

    def table(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the parameters, which are log probabilities of cells."""
        return parameters

    @property
    def n_free(self) -> int:
        """Free parameters of a component."""
        return self.n_words - 1
