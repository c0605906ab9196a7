"""The progress bar of SemiSupervisedGMMCV, and the work that its fits share."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from semigen import SemiSupervisedGMMCV
from semigen.mixture.rows import arrays as rows

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 10 == 0, SPECIES, -1)
FEW = {
    "transforms": ("none",),
    "covariance_types": ("tied", "full"),
    "unlabeled_weights": (0.0, 1.0),
    "n_components": 1,
}


def test_a_fit_is_silent_unless_asked(capfd):
    SemiSupervisedGMMCV(**FEW).fit(X, Y)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_bar_ends_with_every_fit_counted(capfd, n_jobs):
    model = SemiSupervisedGMMCV(**FEW, random_state=0, n_jobs=n_jobs, verbose=1).fit(X, Y)
    out, err = capfd.readouterr()
    fits = 5 * len(model.selection_) + len(model.estimators_)
    assert out == ""
    assert f"{fits}/{fits}" in err
    assert "SemiSupervisedGMMCV" in err


def test_candidates_that_see_the_same_rows_group_them_by_pattern_once(monkeypatch):
    holed = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
    groupings = []
    original = rows.ArrayPasses._pass_by_patterns
    monkeypatch.setattr(
        rows.ArrayPasses, "_pass_by_patterns", lambda self, *given: groupings.append(1) or original(self, *given)
    )
    model = SemiSupervisedGMMCV(**FEW, missing="marginal", random_state=0, n_jobs=1).fit(holed, Y)
    weights = {each.unlabeled_weight for each in model.selection_}
    assert len(groupings) <= 6 * len(weights) < len(model.selection_) * 5


def test_mixtures_of_the_fit_know_the_labels_of_its_rows():
    model = SemiSupervisedGMMCV(**FEW, random_state=0).fit(X, Y)
    assert all((each.transduction_[Y >= 0] == Y[Y >= 0]).all() for each in model.estimators_)
