"""Words: columns that count one each, and columns of texts, each with a vocabulary of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from semigen.mixture.blocks.words import Words, mean_length
from semigen.mixture.mixed.column_kinds.counts import read_counts
from semigen.mixture.mixed.column_kinds.kind import Array, KindOfCells, Learnt, Told, told_of_cells
from semigen.tables.cells import Cells, Distinct
from semigen.tables.declare import declare
from semigen.tables.free_text import is_sparse
from semigen.tables.kinds import Column, Kind
from semigen.tables.values import words_of

# A word that fewer texts have is left out.
_FREQUENT = 2.0


class WordCountKind(KindOfCells):
    """Columns with the counts of a word each, or sparse rows of them, which are one block."""

    name = "words"
    synonyms = ("text", "texts", "multinomial")
    takes_dates = False
    block = Words

    def declared(self, name: str, cells: Cells) -> Column:
        return declare(name, cells, Kind.NUMBER if cells.values is not None else Kind.TEXT)

    def holds(self, column: Column) -> bool:
        return column.kind.numeric

    def read(self, cells: Cells, column: Column) -> Any:
        return np.nan_to_num(read_counts(cells, column, whole=False), nan=0.0)

    def learn(self, columns: Sequence[Any], names: Sequence[Any], weights: Array) -> Learnt:
        counts = self.encoded(columns, Learnt(names, None))
        return Learnt(names, Words(len(names), mean_length(counts, weights)))

    def encoded(self, columns: Sequence[Any], learnt: Learnt) -> Any:
        return columns[0] if is_sparse(columns[0]) else csr_matrix(np.column_stack(columns))

    def fits(self, learnt: Learnt) -> bool:
        return super().fits(learnt) and learnt.block.n_words == len(_words(learnt))

    def told(self, learnt: Learnt, parameters: Array, share: Array, weights: Array) -> Told:
        words = map(str, _words(learnt))
        return told_of_cells("the word {!r} {:.2%} ({:.2%} in all)", words, parameters, share, weights)


class TextKind(WordCountKind):
    """Columns of texts, of which each is a block."""

    default_for = (Kind.TEXT,)
    apart = True
    kept_in = "vocabularies"

    def holds(self, column: Column) -> bool:
        return not column.kind.numeric

    def read(self, cells: Cells, column: Column) -> Distinct:
        return words_of(cells)

    def learn(self, columns: Sequence[Distinct], names: Sequence[Any], weights: Array) -> Learnt:
        vocabulary = vocabulary_of(columns[0], weights)
        if not vocabulary:
            raise ValueError(
                f"The column {names[0]!r} has no word of two letters or more that occurs in two texts, so there is "
                "nothing to count. Put it into blocks['categorical'], or into blocks['ignored']."
            )
        counts = word_counts(columns[0], vocabulary)
        return Learnt(names, Words(len(vocabulary), mean_length(counts, weights)), (vocabulary,))

    def encoded(self, columns: Sequence[Distinct], learnt: Learnt) -> Any:
        return word_counts(columns[0], learnt.kept[0])


def _words(learnt: Learnt) -> Sequence[Any]:
    """Return the words of a block: a vocabulary, or the names of columns."""
    return learnt.kept[0] if learnt.kept else learnt.names


def vocabulary_of(column: Distinct, weights: Array) -> tuple[str, ...]:
    """Return the words that occur in more than one text."""
    there = column.codes >= 0
    of_texts = np.bincount(column.codes[there], weights[there], minlength=len(column.texts))
    vectorizer = _vectorizer(None)
    try:
        counts = vectorizer.fit_transform(column.texts)
    except ValueError:  # There is no word.
        return ()
    frequent = of_texts @ (counts > 0) >= _FREQUENT
    return tuple(str(word) for word in vectorizer.get_feature_names_out()[frequent])


def word_counts(column: Distinct, vocabulary: tuple[str, ...]) -> Any:
    """Return how often each word occurs in the text of each row, as a sparse matrix."""
    counts = _vectorizer(vocabulary).transform([*column.texts, ""])
    return csr_matrix(counts, dtype=np.float64)[column.codes]


def _vectorizer(vocabulary: tuple[str, ...] | None) -> CountVectorizer:
    return CountVectorizer(strip_accents="unicode", vocabulary=vocabulary)
