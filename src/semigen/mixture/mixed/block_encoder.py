"""Blocks learnt from rows: which values are frequent, which words there are; rows brought to what blocks take."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from semigen._runtime.callers import outside
from semigen.mixture.blocks import COUNTS
from semigen.mixture.blocks.block import Block
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.blocks.words import Words, mean_length
from semigen.mixture.mixed.rows import EncodedRows, RawRows
from semigen.persistence.pickled import VersionedPart
from semigen.tables.cells import Distinct

# A value that rows of less weight have shares a probability with all other rare ones, and with those that training did
# not see; a word that fewer texts have is left out.
_FREQUENT_VALUE, _FREQUENT_WORD = 5.0, 2.0
# Rows up to which every value is kept: of few, five are many.
_FEW_ROWS = 50


@dataclass(frozen=True, eq=False)
class Levels(VersionedPart):
    """The values of a column that have a probability of their own.

    Attributes
    ----------
    texts : tuple of str
    pools : bool
        Whether rare values share one more probability. Where they do not, values that training did not see count as
        missing.
    """

    texts: tuple[str, ...]
    pools: bool

    @property
    def size(self) -> int:
        """Probabilities of the column."""
        return len(self.texts) + self.pools

    def codes(self, column: Distinct) -> NDArray[np.int64]:
        """Return the number of each row's value; -1 where it is missing, or was never seen."""
        number = {text: k for k, text in enumerate(self.texts)}
        other = len(self.texts) if self.pools else -1
        of_texts = np.array([*(number.get(text, other) for text in column.texts), -1], dtype=np.int64)
        return of_texts[column.codes]

    def unseen(self, column: Distinct) -> int:
        """Return in how many rows there is a value that counts as missing."""
        return int(((column.codes >= 0) & (self.codes(column) < 0)).sum())


def levels_of(column: Distinct, weights: NDArray[np.float64]) -> Levels:
    """Return the values of a column that are frequent enough."""
    there = column.codes >= 0
    weight = np.bincount(column.codes[there], weights[there], minlength=len(column.texts))
    least = _FREQUENT_VALUE if weights.sum() > _FEW_ROWS else 0.0
    kept = sorted(text for text, own in zip(column.texts, weight, strict=True) if own > 0 and own >= least)
    rare = bool(((weight > 0) & (weight < least)).any())
    return Levels(tuple(kept), rare or not kept)


@dataclass(frozen=True, eq=False)
class BlockEncoder(VersionedPart):
    """What makes blocks of rows that were read.

    Attributes
    ----------
    levels : tuple of Levels
        Of each column of categories.
    vocabularies : tuple of tuple of str
        Of each column of texts.
    blocks : tuple of Block
    """

    levels: tuple[Levels, ...]
    vocabularies: tuple[tuple[str, ...], ...]
    blocks: tuple[Block, ...]

    def encode(self, rows: RawRows) -> EncodedRows:
        """Return rows as their blocks take them."""
        values: list[Any] = []
        if self.levels:
            values.append(np.column_stack([own.codes(x) for own, x in zip(self.levels, rows.categories, strict=True)]))
        values += [rows.counts[kind] for kind in COUNTS if kind in rows.counts]
        if rows.words is not None:
            values.append(rows.words)
        pairs = zip(self.vocabularies, rows.texts, strict=True)
        values += [_word_counts(vocabulary, column) for vocabulary, column in pairs]
        numbers = rows.numbers
        if not numbers.shape[1]:
            # A column in which nothing was measured has a density of one, and stands for no column.
            numbers = np.full((len(rows), 1), np.nan)
        return EncodedRows(numbers, self.blocks, tuple(values), rows.n_columns)

    def warn_of_unseen(self, rows: RawRows, names: list[str]) -> None:
        """Warn of values that training did not see, where they do not share a probability."""
        for name, own, column in zip(names, self.levels, rows.categories, strict=True):
            n = own.unseen(column)
            if n:
                said, so = ("1 row has a value", "it counts") if n == 1 else (f"{n:,} rows have values", "they count")
                warnings.warn(
                    f"The column {name!r}: {said} that training did not see; {so} as missing.",
                    stacklevel=outside(),
                )


def encoder_of(
    rows: RawRows, weights: NDArray[np.float64], categories: Sequence[str], texts: Sequence[str]
) -> BlockEncoder:
    """Learn from rows, by what each counts, which values are frequent and which words there are.

    Parameters
    ----------
    rows : RawRows
    weights : array of shape (n,)
    categories, texts : sequences of str
        Names of the columns of each.

    Warns
    -----
    UserWarning
        If a category has rare values only, which are all one to the mixture.

    Raises
    ------
    ValueError
        If no text has a word that another has.
    """
    levels = tuple(levels_of(column, weights) for column in rows.categories)
    for name, own, column in zip(categories, levels, rows.categories, strict=True):
        if not own.texts and len(column.texts) > 1:
            warnings.warn(
                f"The column {name!r} says nothing: no value occurs in {_FREQUENT_VALUE:g} rows, and rarer ones are "
                "taken for the same. Join values that belong together, or leave the column out.",
                stacklevel=outside(),
            )
    blocks: list[Block] = []
    if levels:
        blocks.append(Categorical(np.array([each.size for each in levels], dtype=np.int64)))
    blocks += [kind(()) for name, kind in COUNTS.items() if name in rows.counts]
    if rows.words is not None:
        blocks.append(Words(int(rows.words.shape[1]), mean_length(rows.words, weights)))
    vocabularies = tuple(_vocabulary(column, weights, name) for column, name in zip(rows.texts, texts, strict=True))
    counts = (_word_counts(own, column) for own, column in zip(vocabularies, rows.texts, strict=True))
    blocks += [Words(len(own), mean_length(each, weights)) for own, each in zip(vocabularies, counts, strict=True)]
    return BlockEncoder(levels, vocabularies, tuple(blocks))


def _vocabulary(column: Distinct, weights: NDArray[np.float64], name: str) -> tuple[str, ...]:
    """Return the words that occur in more than one text."""
    there = column.codes >= 0
    of_texts = np.bincount(column.codes[there], weights[there], minlength=len(column.texts))
    vectorizer = _vectorizer(None)
    try:
        counts = vectorizer.fit_transform(column.texts)
    except ValueError:
        counts = csr_matrix((len(column.texts), 0))
    weight = of_texts @ (counts > 0)
    words = vectorizer.get_feature_names_out() if counts.shape[1] else np.empty(0, dtype=object)
    kept = tuple(str(word) for word in words[weight >= _FREQUENT_WORD])
    if not kept:
        raise ValueError(
            f"The column {name!r} has no word of two letters or more that occurs in two texts, so there is nothing to "
            "count. Put it into blocks['categorical'], or into blocks['ignored']."
        )
    return kept


def _word_counts(vocabulary: tuple[str, ...], column: Distinct) -> Any:
    counts = _vectorizer(vocabulary).transform([*column.texts, ""])
    return csr_matrix(counts, dtype=np.float64)[column.codes]


def _vectorizer(vocabulary: tuple[str, ...] | None) -> CountVectorizer:
    return CountVectorizer(strip_accents="unicode", vocabulary=vocabulary)
