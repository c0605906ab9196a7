"""The search: what candidates say of rows held out, and the weights that follow from it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_blobs

from semigen.mixture.cv.candidates import Candidate
from semigen.mixture.cv.search import Search
from semigen.model_selection.cross_fit import Fold, hold_out
from tests.mixture.cv.problems import small

SUPERVISED = (True, False, True, False)


class Said:
    """Stands for the fits: candidates say what was drawn at random for each row."""

    class Progress:
        def expect(self, more):
            pass

    def __init__(self, probability):
        self.probability = probability
        self.progress = self.Progress()

    def held_out(self, candidates, folds):
        rows = np.concatenate([fold.test for fold in folds])
        return self.probability[[int(each.shrinkage) for each in candidates]][:, rows]


def drawn(seed=0, n_rows=40, n_classes=3):
    rng = np.random.default_rng(seed)
    codes = np.tile(np.arange(n_classes), n_rows)[:n_rows]
    # Better and worse candidates: more and less weight on the true class.
    right = np.eye(n_classes)[codes]
    probability = np.array(
        [
            share * right + (1 - share) * rng.dirichlet(np.ones(n_classes), n_rows)
            for share in np.linspace(0.1, 0.6, len(SUPERVISED))
        ]
    )
    # The shrinkage stands for the number of the candidate.
    candidates = [
        Candidate("none", "full", float(number), 0.0 if alone else 1.0) for number, alone in enumerate(SUPERVISED)
    ]
    return candidates, codes, probability


def searched(search, candidates, folds, codes, probability):
    rows = np.concatenate([fold.test for fold in folds])
    found = search.run(candidates, Said(probability), folds, codes[rows], np.ones(len(rows)))
    return found, rows


@pytest.mark.parametrize("combine", ["average", "best"])
@pytest.mark.parametrize("guard", [False, True])
@pytest.mark.parametrize(("n_folds", "number"), [(3, 0), (5, 2), (5, 4)])
def test_cross_fitted_answers_of_a_fold_have_weights_that_its_labels_never_touched(combine, guard, n_folds, number):
    # But for the first two of four folds or more, which say who is dropped early.
    candidates, codes, probability = drawn()
    search = Search(8.0, combine, guard)
    folds = hold_out(codes, n_folds, np.random.default_rng(0))
    found, rows = searched(search, candidates, folds, codes, probability)
    mine = np.isin(rows, folds[number].test)
    other = codes.copy()
    other[folds[number].test] = (codes[folds[number].test] + 1) % 3
    changed, _ = searched(search, candidates, folds, other, probability)
    assert_array_equal(changed.cross_fitted[mine], found.cross_fitted[mine])
    # The best may stay the best.
    assert combine == "best" or not np.allclose(changed.cross_fitted[~mine], found.cross_fitted[~mine])
    assert_allclose(found.cross_fitted.sum(axis=1), 1)


def test_cross_fitted_answers_are_those_of_a_search_on_the_other_folds():
    candidates, codes, probability = drawn(1)
    search = Search(8.0, "average", False)
    folds = hold_out(codes, 3, np.random.default_rng(0))
    found, rows = searched(search, candidates, folds, codes, probability)
    for fold in folds:
        others = [each for each in folds if each is not fold]
        # To them the held-out rows are new ones: the weights and powers of that search, tempered and averaged.
        selection = searched(search, candidates, others, codes, probability)[0].selection
        expected = np.zeros((len(fold.test), 3))
        for each, weight, power in zip(selection.candidates, selection.weight, selection.power, strict=True):
            raised = probability[int(each.shrinkage)][fold.test] ** power
            expected += weight * raised / raised.sum(axis=1, keepdims=True)
        assert_allclose(found.cross_fitted[np.isin(rows, fold.test)], expected, rtol=1e-10)


def test_without_a_row_held_out_there_are_no_answers():
    candidates, codes, probability = drawn()
    none = [Fold(test=np.empty(0, dtype=np.int64), train=np.arange(len(codes)))]
    found, _ = searched(Search(8.0, "average", False), candidates, none, codes, probability)
    assert found.cross_fitted.shape == found.average.shape == (0, 3)
    alone = small().fit(np.random.default_rng(0).normal(size=(30, 2)), np.r_[0, 1, np.full(28, -1)])
    assert alone.cross_fitted_proba_.shape == (0, 2)


def test_errors_counted_on_cross_fitted_answers_are_about_those_on_new_rows():
    own, new = [], []
    for seed in range(8):
        X, truth = make_blobs(800, n_features=6, centers=4, cluster_std=6.0, random_state=seed)
        y = np.full(800, -1)
        y[:60] = truth[:60]
        model = small(transforms=("none",), cv=5).fit(X, y)
        own.append((model.cross_fitted_proba_.argmax(axis=1) != truth[model.held_out_rows_]).mean())
        new.append((model.predict(X[60:]) != truth[60:]).mean())
    # The standard error of eight times sixty labels.
    assert abs(np.mean(own) - np.mean(new)) < 3 * np.sqrt(np.mean(new) / (8 * 60))
