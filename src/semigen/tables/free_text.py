"""Free text and sparse rows as a few numbers each: TF-IDF and truncated SVD, taught by all rows."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.validation import check_is_fitted

from semigen._validation import checked_sparse_rows
from semigen.persistence.pickled import VersionedPickle
from semigen.persistence.saves import Saves
from semigen.tables.kinds import DIMENSIONS


class TextVectors(TransformerMixin, VersionedPickle, BaseEstimator):  # type: ignore[misc]
    """Latent semantic analysis: texts as TF-IDF, reduced by truncated SVD.

    Parameters
    ----------
    n_components : int, default=50
        Numbers that a text becomes; fewer where there are fewer rows or words.
    """

    def __init__(self, n_components: int = DIMENSIONS):
        self.n_components = n_components

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn words and directions from texts, a list of str."""
        X = [text or " " for text in X]
        self.vectorizer_ = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode", min_df=2 if len(X) > 20 else 1)
        try:
            words = self.vectorizer_.fit_transform(X)
        except ValueError:
            # No word occurs twice, or there is none.
            self.vectorizer_ = TfidfVectorizer(token_pattern=r"(?s).+", use_idf=False)
            words = self.vectorizer_.fit_transform(X)
        self.reduction_ = SparseReduction(self.n_components).fit(words)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return a row of numbers for each text."""
        check_is_fitted(self)
        words = self.vectorizer_.transform([text or " " for text in X])
        return self.reduction_.transform(words)


class SparseReduction(TransformerMixin, Saves, BaseEstimator):  # type: ignore[misc]
    """Truncated SVD that has as many components as there may be.

    Parameters
    ----------
    n_components : int, default=50
    """

    def __init__(self, n_components: int = DIMENSIONS):
        self.n_components = n_components

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the directions in which sparse rows differ."""
        X = checked_sparse_rows(csr_matrix(X))
        self.n_features_in_ = X.shape[1]
        # Few columns stay as they are.
        self.svd_ = None
        if X.shape[1] > self.n_components:
            self.svd_ = TruncatedSVD(min(self.n_components, X.shape[0]), random_state=0).fit(X)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return dense rows of at most `n_components` numbers."""
        check_is_fitted(self)
        X = checked_sparse_rows(csr_matrix(X))
        if X.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {X.shape[1]} features, but SparseReduction is expecting {self.n_features_in_}.")
        rows = X.toarray() if self.svd_ is None else self.svd_.transform(X)
        return np.asarray(rows, dtype=np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return names of the numbers, direction 1 and so on."""
        check_is_fitted(self)
        n = self.n_features_in_ if self.svd_ is None else self.svd_.n_components
        return np.array([f"direction {i + 1}" for i in range(n)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Say that sparse rows are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def is_sparse(X: Any) -> bool:
    """Return whether rows are a sparse matrix."""
    return bool(issparse(X))
