"""The guard of SemiSupervisedGMMCV: unlabelled rows are used only where held-out labels favour it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.mixture.cv.problems import labels_of, small, two_clouds


class TestGuard:
    def test_without_proof_only_supervised_candidates_are_used(self):
        X, truth = two_clouds()
        y = labels_of(truth, 3)
        model = small(guard=True, transforms=("none",)).fit(X, y)
        assert all(each.unlabeled_weight == 0 for each in model.estimators_)
        assert "Kept the supervised average" in model.report()
        assert model.selection_.weight.sum() == pytest.approx(1)

    def test_with_proof_the_guard_changes_nothing(self):
        X, truth = two_clouds()
        y = labels_of(truth, 60)
        options = {"transforms": ("none",), "covariance_types": ("full",), "shrinkages": (0.1,)}
        guarded, free = small(guard=True, **options).fit(X, y), small(**options).fit(X, y)
        assert "Kept the semi-supervised average" in guarded.report()
        assert np.array_equal(guarded.predict_proba(X), free.predict_proba(X))

    def test_best_is_then_the_best_supervised_one(self):
        X, truth = two_clouds()
        model = small(guard=True, combine="best", transforms=("none",)).fit(X, labels_of(truth, 3))
        assert [each.unlabeled_weight for each in model.estimators_] == [0.0]

    def test_nothing_to_compare_is_said(self):
        X, truth = two_clouds()
        assert "no candidate uses unlabelled rows" in small(guard=True).fit(X, truth).report()
        with pytest.raises(ValueError, match="guard=True"):
            small().fit(X, truth).report()


def test_a_guard_without_anything_to_fall_back_on_says_so():
    X, truth = two_clouds()
    y = np.where(truth == 1, -1, labels_of(truth, 10))
    with pytest.raises(ValueError, match="guard=True needs candidates without"):
        small(guard=True, classes=[0, 1]).fit(X, y)


def test_a_report_belongs_to_its_fit():
    X, truth = two_clouds()
    model = small().fit(X, labels_of(truth, 5))
    with pytest.raises(ValueError, match="guard=True"):
        model.set_params(guard=True).report()
    model.fit(X, labels_of(truth, 5))
    assert model.report()
    with pytest.raises(ValueError, match="guard=True"):
        model.set_params(guard=False).fit(X, labels_of(truth, 5)).report()
