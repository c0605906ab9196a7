"""scikit-learn's own checks of what an estimator must be."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from semigen import SemiSupervisedGMM, SemiSupervisedMixture

# This check uses -1 as a class, which is the marker of unlabelled rows here.
NEEDS_MINUS_ONE_AS_A_CLASS = {"check_classifiers_classes": "-1 marks unlabelled rows"}


@parametrize_with_checks([SemiSupervisedGMM(unlabeled=None), SemiSupervisedMixture(unlabeled=None)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_check_holds_without_a_marker(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [SemiSupervisedGMM(), SemiSupervisedMixture()],
    expected_failed_checks=lambda estimator: NEEDS_MINUS_ONE_AS_A_CLASS,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_check_but_one_holds_with_the_default_marker(estimator, check):
    check(estimator)
