"""What makes numbers of tables and text: encoders, their columns, and vectors of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from semigen.persistence.restorable import Data, Enumeration, Estimator, Groups, Restorable, expect
from semigen.persistence.schema import Array, Flag, Integer, Kind, Nullable, Text
from semigen.persistence.value_kinds import Each, Having, Instance, Keyed, Nothing, Only

_COLUMNS = Each(Instance("Column"), tuple)


@dataclass(frozen=True)
class _TableEncoder(Estimator):
    def complete(self, value: Any) -> None:
        expect(len(value.columns_) == value.n_features_in_, "it is of other columns")
        for number, column in enumerate(value.columns_):
            if column.used and not column.kind.numeric:
                expected = "TextVectors" if column.kind == "text" else "OneHotEncoder"
                found = type(value._parts.get(number)).__name__
                expect(found == expected, f"column {number} has no {expected}")


@dataclass(frozen=True)
class _TableClassifier(Estimator):
    def put_together(self, groups: Groups, device: str) -> Any:
        value = super().put_together(groups, device)
        numeric = all(column.kind.numeric for column in value.seen.columns)
        expect(numeric or not value.of_numbers, "it takes numbers, and has columns that are none")
        return value


@dataclass(frozen=True)
class _SeenColumns(Data):
    def complete(self, value: Any) -> None:
        names = [column.name for column in value.columns]
        expect(bool(names) and len(set(names)) == len(names), "it has no columns, or some twice")
        expect(all(column.used for column in value.columns), "it has columns that are not used")
        expect(set(value.values) <= set(names), "it has values of other columns")
        expect(set(value.medians) <= value.typed_names, "it has medians of other columns")


@dataclass(frozen=True)
class _Vectorizer(Estimator):
    """Numbers of words are columns of a sparse matrix, which SciPy does not check."""

    def complete(self, value: Any) -> None:
        numbers = sorted(value.vocabulary_.values())
        expect(numbers == list(range(len(numbers))), "its words have no numbers one after the other")
        weights = getattr(value, "_tfidf", None)
        if weights is not None:
            expect(weights.n_features_in_ == len(numbers), "its weights are of other words")
        value._stop_words_id = id(value.stop_words)


@dataclass(frozen=True)
class _Reduction(Estimator):
    def complete(self, value: Any) -> None:
        svd = value.svd_
        expect(svd is None or svd.components_.shape[1] == value.n_features_in_, "it is of other columns")


# Patterns of words that take time in proportion to a text, as scikit-learn and semigen use them; others may take for
# ever.
_WORDS = (r"(?u)\b\w\w+\b", r"(?u)\b\w+\b", r"\b\w\w+\b", r"\b\w+\b", r"(?u)\w+", r"\w+", r"\S+", r"(?s).+")
_OF_WORDS: dict[str, Kind] = {
    "input": Only(("content",)),
    "token_pattern": Only(_WORDS),
    "preprocessor": Nothing(),
    "tokenizer": Nothing(),
    "analyzer": Text(["word", "char", "char_wb"]),
}
_VOCABULARY: dict[str, Kind] = {"vocabulary_": Keyed(Text(), Integer()), "fixed_vocabulary_": Flag()}

CLASSES: tuple[Restorable, ...] = (
    _TableEncoder(
        "semigen.tables.encoder",
        "TableEncoder",
        {
            "columns_": _COLUMNS,
            "_named": Flag(),
            "_parts": Keyed(Integer(), Instance("OneHotEncoder", "TextVectors")),
        },
        parameters={"columns": Nullable(_COLUMNS)},
    ),
    _TableClassifier(
        "semigen.tables.table_classifier",
        "TableClassifier",
        parameters={
            "classifier": Having("predict_proba"),
            "seen": Instance("SeenColumns"),
            "of_numbers": Flag(),
            "origin": Instance("Origin"),
        },
    ),
    Estimator(
        "semigen.tables.free_text",
        "TextVectors",
        {"vectorizer_": Instance("TfidfVectorizer"), "reduction_": Instance("SparseReduction")},
        parameters={"n_components": Integer(1)},
    ),
    _Reduction(
        "semigen.tables.free_text",
        "SparseReduction",
        {"svd_": Nullable(Instance("TruncatedSVD"))},
        parameters={"n_components": Integer(1)},
    ),
    _Vectorizer(
        "sklearn.feature_extraction.text",
        "TfidfVectorizer",
        {**_VOCABULARY, "_tfidf": Instance("TfidfTransformer")},
        parameters=_OF_WORDS,
        again=("_stop_words_id",),
    ),
    _Vectorizer(
        "sklearn.feature_extraction.text",
        "CountVectorizer",
        _VOCABULARY,
        parameters=_OF_WORDS,
        again=("_stop_words_id",),
    ),
    Estimator("sklearn.feature_extraction.text", "TfidfTransformer", {"idf_": Array("f", ("columns",))}, ("idf_",)),
    _SeenColumns("semigen.tables.new_cells", "SeenColumns"),
    *(Data("semigen.tables.table_classifier", name) for name in ("Origin", "HeldOut")),
    *(Data("semigen.tables.kinds", name) for name in ("Column", "NumberFormat", "DateFormat")),
    *(Enumeration("semigen.tables.kinds", name) for name in ("Kind", "Why", "Ambiguity")),
)
