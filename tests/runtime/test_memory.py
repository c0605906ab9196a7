"""What takes more memory than there is is refused in words before any of it is taken."""

from __future__ import annotations

import re

import numpy as np
import pytest

from semigen import GenerativeFeatures, SemiSupervisedEnsemble, SemiSupervisedGMM, SemiSupervisedGMMCV, recommend
from semigen._runtime import memory
from semigen.base import TrainingSet
from semigen.labels import encode
from semigen.mixture.cv.candidates import Candidate, fits_at_once
from semigen.mixture.families import FAMILIES
from semigen.mixture.options import memory_of_fit

ROWS = np.random.default_rng(0).normal(size=(40, 1500))
Y = np.where(np.arange(40) < 12, np.arange(40) % 3, -1)


@pytest.fixture
def little(monkeypatch):
    """A machine with 300 MB left."""
    monkeypatch.setattr(memory, "available_memory", lambda: 300_000_000)


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        (SemiSupervisedGMM("full"), "792 MB"),
        (SemiSupervisedGMM("tied"), "360 MB"),
        (SemiSupervisedGMMCV(("full",), transforms=["pca-5", "none"], n_components=1), "792 MB"),
        (GenerativeFeatures(SemiSupervisedGMM("tied")), "360 MB"),
        (SemiSupervisedEnsemble(SemiSupervisedGMMCV(("full",), transforms=["none"])), "792 MB"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_too_many_columns_are_refused_with_the_amount_and_what_to_do(little, model, takes):
    told = rf"1,500 columns .* take about {takes}.*300 MB are available.*low_rank.*diag.*PCA\(40\).*pca-40"
    with pytest.raises(MemoryError, match=told):
        model.fit(ROWS, Y)
    assert not hasattr(model, "classes_")


def test_few_numbers_a_column_and_leading_components_are_let_through(little):
    assert SemiSupervisedGMM("diag", max_iter=1, tol=1e9).fit(ROWS, Y).n_iter_ == 1
    assert SemiSupervisedGMMCV(("full",), transforms=["pca-5"], random_state=0).fit(ROWS, Y).score(ROWS, Y) > 0
    wide = np.tile(ROWS, (1, 2))
    with pytest.raises(MemoryError, match=r"All principal components of 3,000 columns .*pca-40"):
        SemiSupervisedGMMCV(("diag",), transforms=["principal"]).fit(wide, Y)


def test_fits_run_side_by_side_only_as_memory_allows(monkeypatch):
    wide = [Candidate("none", "full", 1.0, 0.0)]
    training = TrainingSet(np.zeros((9, 2000)), encode(np.arange(9) % 3), None)
    need = memory_of_fit(FAMILIES["full"], 3, 2000)
    for room, expected in ((1.5 * need, 1), (3.5 * need, 3), (100 * need, 8)):
        monkeypatch.setattr("semigen.mixture.cv.candidates.available_memory", lambda room=room: int(room))
        assert fits_at_once(wide, training, threads=8) == expected


def test_a_candidate_without_memory_fails_in_the_race_alone(little):
    found = recommend(np.tile(ROWS, (1, 2)), Y, candidates=["LDA"], budget=600, random_state=0)
    lda = found.candidates[found.names.index("LDA")]
    assert re.search(r"Its covariances take about 360 MB .* and 300 MB are available", str(lda))
    assert found.names[found.chosen] == "logistic regression"


def test_what_the_system_tells_is_a_number_of_bytes(tmp_path, monkeypatch):
    available = memory.available_memory()
    assert available is None or 0 <= available < 1 << 50
    monkeypatch.setattr(memory, "_of_machine", lambda: iter(()))
    monkeypatch.setattr(memory, "_of_process", lambda: iter(()))
    (tmp_path / "memory.max").write_text("1000")
    (tmp_path / "memory.current").write_text("700")
    (tmp_path / "memory.stat").write_text("anon 600\ninactive_file 30\nactive_file 20\n")
    monkeypatch.setattr(memory, "_of_control_groups", lambda: memory._of_control_group(tmp_path))
    assert memory.available_memory() == 350
    (tmp_path / "memory.max").write_text("max")
    assert memory.available_memory() is None
