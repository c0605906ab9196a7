"""Free text and sparse rows: TF-IDF and truncated SVD, taught by all rows, wherever they come in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from semigen import (
    GenerativeFeatures,
    SemiSupervisedEnsemble,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    encoder_for,
    recommend,
)
from semigen.tables.free_text import SparseReduction, TextVectors
from tests.cli.commands import run

_LATE = "parcel late again waiting delivery courier missed date promised week still nothing arrived".split()  # noqa: SIM905
_BROKEN = "box open broken glass damaged screen cracked return refund replacement part scratched".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def messages() -> tuple[list[str], np.ndarray]:
    """Complaints of two kinds, which share a third of their words."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    shared = ["please", "help", "me", "with", "my", "order"]
    texts = [
        " ".join(rng.permutation([*rng.choice((_LATE, _BROKEN)[k], 6), *rng.choice(shared, 3)]).tolist()) for k in truth
    ]
    return texts, np.array(["late", "broken"])[truth]


def few(truth: np.ndarray) -> list[str | None]:
    return [label if i < 40 else None for i, label in enumerate(truth)]


@pytest.mark.parametrize("make", [pd.Series, pl.Series, list, lambda texts: pd.DataFrame({"message": texts})])
def test_texts_alone_are_enough_for_recommend(messages, make):
    texts, truth = messages
    X = make(texts)
    found = recommend(X, few(truth), candidates=["LDA"], budget=2, random_state=0)
    assert found.columns[0].kind == "text"
    assert np.mean(found.best_estimator_.predict(X)[40:] == truth[40:]) > 0.9


def test_a_table_of_messages_is_labelled(tmp_path, messages):
    texts, truth = messages
    path, out = tmp_path / "t.csv", tmp_path / "out.csv"
    pd.DataFrame({"message": texts, "kind": few(truth)}).to_csv(path, index=False)
    result = run("label", path, "-t", "kind", "-o", out, "--model", "LDA")
    assert result.exit_code == 0, result.stderr
    assert "'message' holds free text (TF-IDF" in result.stderr
    assert (pl.read_csv(out)["kind_predicted"].to_numpy() == truth).mean() > 0.9


def test_all_rows_teach_the_directions_of_texts(messages):
    texts, _ = messages
    table = pd.DataFrame({"message": texts})
    encoder = encoder_for(table).fit(table)
    assert 10 < encoder.transform(table).shape[1] <= 50
    np.testing.assert_allclose(encoder.transform(table[:5]), encoder.transform(table)[:5], atol=1e-12)
    assert not encoder.transform(pd.DataFrame({"message": [None]})).any()


PROBLEMS = [
    lambda X, y: SemiSupervisedGMMCV(missing="marginal").fit(X, y),
    lambda X, y: SemiSupervisedEnsemble().fit(X, y),
    lambda X, y: GenerativeFeatures(SemiSupervisedGMM()).fit(X, y),
    lambda X, y: recommend(X, y, budget=1),
    lambda X, y: SemiSupervisedGMMCV().fit(X[:20], y[:20], X_unlabeled=X),
]


@pytest.mark.filterwarnings("ignore:.*sparse columns are reduced")
@pytest.mark.parametrize("fit", PROBLEMS)
@pytest.mark.parametrize(("value", "called"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_a_gap_in_sparse_rows_is_told_of_with_its_place_and_what_to_do(fit, value, called):
    dense = np.eye(60)[np.arange(40)] + np.eye(60)[np.arange(40) // 2]
    dense[25, 17] = value
    X, y = csr_matrix(dense), np.where(np.arange(40) < 20, np.arange(40) % 2, -1)
    X.data[0] = 0.0  # explicit, and no gap
    told = rf"is sparse and contains {called} in row 25, column 17\..*SimpleImputer.*X\.toarray\(\)"
    with pytest.raises(ValueError, match=told) as caught:
        fit(X, y)
    assert "HistGradientBoosting" not in str(caught.value)


@pytest.mark.parametrize("make", [csr_matrix, lambda rows: rows.tocsc(), lambda rows: rows.tocoo()])
def test_a_hybrid_takes_sparse_rows(messages, make):
    texts, truth = messages
    rows = make(TfidfVectorizer(ngram_range=(1, 2)).fit_transform(texts))
    hybrid = GenerativeFeatures(SemiSupervisedGMM("diag"), LogisticRegression(), unlabeled=None)
    with pytest.warns(UserWarning, match="sparse columns are reduced"):
        hybrid.fit(rows, few(truth))
    assert np.mean(hybrid.predict(rows) == truth) > 0.9
    assert hybrid.n_features_in_ == rows.shape[1]
    with pytest.raises(ValueError, match="features"):
        hybrid.predict(csr_matrix((3, 2)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SemiSupervisedGMMCV(("diag",), transforms=("none",), n_components=1, unlabeled=None, random_state=0),
        lambda: SemiSupervisedEnsemble(
            SemiSupervisedGMM("diag"), [("line", LogisticRegression())], unlabeled=None, random_state=0
        ),
    ],
    ids=["mixtures", "ensemble"],
)
def test_sparse_rows_are_fitted_as_their_reduction_is(messages, make):
    texts, truth = messages
    rows = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(texts)
    with pytest.warns(UserWarning, match="sparse columns are reduced"):
        model = make().fit(rows, few(truth))
    dense = SparseReduction().fit(rows).transform(rows)
    np.testing.assert_allclose(model.predict_proba(rows), make().fit(dense, few(truth)).predict_proba(dense))
    assert model.n_features_in_ == rows.shape[1]
    zeros = rows.tolil()
    zeros[0, 0] = 7.0
    zeros = zeros.tocsr()
    zeros.data[0] = rows[0, 0]
    np.testing.assert_allclose(model.predict_proba(zeros), model.predict_proba(rows))
    gap = rows.copy()
    gap.data[0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        make().fit(gap, few(truth))


def test_rows_of_x_unlabeled_teach_the_reduction_of_a_hybrid(messages):
    texts, truth = messages
    rows = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(texts)
    hybrid = GenerativeFeatures(SemiSupervisedGMM("diag"), unlabeled=None)
    with pytest.warns(UserWarning, match="sparse columns are reduced"):
        hybrid.fit(rows[:40], truth[:40], X_unlabeled=rows[40:])
    np.testing.assert_allclose(hybrid.reduction_.transform(rows), SparseReduction().fit(rows).transform(rows))


def test_texts_without_a_common_word_are_texts_all_the_same():
    texts = [chr(97 + i) * 3 for i in range(20)]
    assert TextVectors().fit(texts).transform(["aaa", "", "zzz"]).shape[0] == 3
