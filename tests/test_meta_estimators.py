"""Within scikit-learn's meta-estimators: a marker that became a class is told, and unlabelled rows are routed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score, cross_validate
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from semigen import GenerativeFeatures, LabeledStratifiedKFold, SemiSupervisedGMM, SuspectFitWarning, labeled_scorer

X, SPECIES = load_iris(return_X_y=True)
KNOWN = np.arange(150) % 5 == 0
Y = np.where(KNOWN, SPECIES, -1)
NAMED = np.where(KNOWN, load_iris().target_names[SPECIES], "?")

# What numbers the classes of y before the classifiers within see them.
NUMBERING = {
    "VotingClassifier": lambda model: VotingClassifier([("one", model), ("two", model)], voting="soft"),
    "StackingClassifier": lambda model: StackingClassifier([("one", model)], cv=3),
    "BaggingClassifier": lambda model: BaggingClassifier(model, 3, random_state=0),
    "OneVsRestClassifier": OneVsRestClassifier,
    "OneVsOneClassifier": OneVsOneClassifier,
    "OutputCodeClassifier": lambda model: OutputCodeClassifier(model, random_state=0),
}
# What hands y on as it is, but counts the marker among its own classes.
COUNTING = {"CalibratedClassifierCV": lambda model: CalibratedClassifierCV(model, cv=LabeledStratifiedKFold(3))}
# What hands y on as it is.
FAITHFUL = {
    "SelfTrainingClassifier": SelfTrainingClassifier,
    "GridSearchCV": lambda model: GridSearchCV(model, {}, cv=LabeledStratifiedKFold(3)),
    "Pipeline": lambda model: make_pipeline(StandardScaler(), model),
    "GenerativeFeatures": lambda model: GenerativeFeatures(model, SemiSupervisedGMM()),
}
TAKING = NUMBERING | COUNTING


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", TAKING)
def test_a_marker_that_became_a_class_is_told(name):
    remedy = r".*X\[known\], y\[known\] and X_unlabeled=.*enable_metadata_routing=True.*set_fit_request"
    with pytest.warns(UserWarning, match=f"{name} took -1, {remedy}"):
        TAKING[name](SemiSupervisedGMM()).fit(X, Y)


def test_a_marker_of_ones_own_that_became_a_class_is_told():
    with pytest.warns(UserWarning, match=r"VotingClassifier took '\?'"):
        NUMBERING["VotingClassifier"](SemiSupervisedGMM(unlabeled="?")).fit(X, NAMED)
    with pytest.warns(UserWarning, match="cross_val_predict took -1"):
        cross_val_predict(SemiSupervisedGMM(), X, Y, cv=3, method="predict_proba")


@pytest.mark.parametrize("name", [*TAKING, *FAITHFUL])
def test_nothing_is_told_where_no_marker_became_a_class(name):
    make = (TAKING | FAITHFUL)[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SuspectFitWarning)
        warnings.filterwarnings("ignore", "y contains no unlabeled samples")
        make(SemiSupervisedGMM()).fit(X, SPECIES)
        if name in FAITHFUL:
            assert make(SemiSupervisedGMM()).fit(X, Y).score(X, SPECIES) > 0.9
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cross_val_score(SemiSupervisedGMM(), X, SPECIES, cv=3)


def test_two_classes_are_calibrated_with_unlabelled_rows_that_are_routed():
    """With the marker among its classes, CalibratedClassifierCV makes one class of two."""
    rows, kind = load_breast_cancer(return_X_y=True)
    known = np.arange(len(rows)) % 5 == 0
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("error")
        model = CalibratedClassifierCV(SemiSupervisedGMM("tied").set_fit_request(X_unlabeled=True), cv=5)
        model.fit(rows[known], kind[known], X_unlabeled=rows[~known])
    assert model.classes_.tolist() == [0, 1]
    assert model.score(rows[~known], kind[~known]) > 0.9


@pytest.mark.parametrize("name", ["VotingClassifier", "BaggingClassifier", "OneVsRestClassifier"])
def test_unlabelled_rows_that_are_routed_are_learnt_from(name):
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SuspectFitWarning)
        model = NUMBERING[name](SemiSupervisedGMM().set_fit_request(X_unlabeled=True))
        model.fit(X[KNOWN], SPECIES[KNOWN], X_unlabeled=X[~KNOWN])
        within = model.estimators_[0]
        assert within.n_unlabeled_ == (~KNOWN).sum()
        assert model.score(X, SPECIES) > 0.85


@pytest.mark.parametrize("scoring", ["accuracy", "balanced_accuracy", ["accuracy", "f1_macro"]])
def test_a_scorer_that_compares_with_the_marker_is_told(scoring):
    for model in (SemiSupervisedGMM(), make_pipeline(StandardScaler(), SemiSupervisedGMM())):
        with pytest.warns(UserWarning, match=r"compares predictions with -1.*labeled_scorer.*LabeledStratifiedKFold"):
            cross_validate(model, X, Y, cv=3, scoring=scoring)


def test_scores_of_labelled_rows_are_not_complained_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cross_val_score(SemiSupervisedGMM(), X, SPECIES, cv=3, scoring="accuracy")
        cross_val_score(SemiSupervisedGMM(), X, Y, cv=3)
        cross_val_score(SemiSupervisedGMM(), X, Y, cv=3, scoring=labeled_scorer("accuracy"))
        cross_val_score(SemiSupervisedGMM(), X, Y, cv=LabeledStratifiedKFold(3), scoring="accuracy")


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda model: StackingClassifier([("one", model)], cv="prefit"),
        lambda model: CalibratedClassifierCV(FrozenEstimator(model)),
    ],
    ids=["StackingClassifier", "CalibratedClassifierCV"],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_marker_among_the_classes_around_members_that_were_fitted_before_is_told(wrapped):
    model = SemiSupervisedGMM("tied").fit(X, Y)
    with pytest.warns(UserWarning, match="took -1, which marks unlabelled rows"):
        wrapped(model).fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert wrapped(model).fit(X[KNOWN], SPECIES[KNOWN]).score(X, SPECIES) > 0.9
