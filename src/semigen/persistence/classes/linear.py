"""Linear classifiers and naive Bayes of scikit-learn, by their coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from semigen.persistence.restorable import Estimator, Restorable, expect
from semigen.persistence.schema import Array, Integer, Kind, Labels, Text
from semigen.persistence.value_kinds import CLASS_NAMES, Having, Instance, Number

_LINES: dict[str, Kind] = {
    "classes_": CLASS_NAMES,
    "coef_": Array("f", ("lines", "columns")),
    "intercept_": Array("f", ("lines",)),
}
_MOMENTS = Array("f", ("classes", "columns"))
_SHARES = Array("f", ("classes",))


@dataclass(frozen=True)
class _Linear(Estimator):
    def complete(self, value: Any) -> None:
        n_classes = len(value.classes_)
        expect(len(value.coef_) == (n_classes if n_classes > 2 else 1), "its coefficients are of other classes")


CLASSES: tuple[Restorable, ...] = (
    _Linear(
        "sklearn.linear_model",
        "LogisticRegression",
        {**_LINES, "n_iter_": Array("iu", None)},
    ),
    _Linear("sklearn.svm", "LinearSVC", {**_LINES, "n_iter_": Integer()}),
    _Linear(
        "sklearn.discriminant_analysis",
        "LinearDiscriminantAnalysis",
        {
            **_LINES,
            "priors_": _SHARES,
            "means_": _MOMENTS,
            "_max_components": Integer(),
            "_n_features_out": Integer(),
            "covariance_": Array("f", ("columns", "columns")),
            "xbar_": Array("f", ("columns",)),
            "scalings_": Array("f", ("columns", "directions")),
            "explained_variance_ratio_": Array("f", None),
        },
        ("covariance_", "xbar_", "scalings_", "explained_variance_ratio_"),
    ),
    Estimator(
        "sklearn.naive_bayes",
        "GaussianNB",
        {
            "classes_": CLASS_NAMES,
            "theta_": _MOMENTS,
            "var_": _MOMENTS,
            "class_count_": _SHARES,
            "class_prior_": _SHARES,
            "epsilon_": Number(),
        },
    ),
    Estimator("sklearn.preprocessing", "LabelEncoder", {"classes_": CLASS_NAMES}),
    Estimator(
        "sklearn.semi_supervised",
        "SelfTrainingClassifier",
        {
            "estimator_": Having("predict"),
            "classes_": CLASS_NAMES,
            "transduction_": Labels("training rows"),
            "labeled_iter_": Array("fiu", ("training rows",)),
            "n_iter_": Integer(),
            "termination_condition_": Text(),
        },
    ),
    Estimator(
        "semigen.recommendation.candidates.logistic_regression",
        "TunedLogisticRegression",
        {"C_": Number(), "regression_": Instance("LogisticRegression"), "classes_": CLASS_NAMES},
    ),
)
