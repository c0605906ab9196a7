"""Estimators made of others: pipelines, hybrids, averages, ensembles, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from semigen.persistence.classes.mixtures import OF_CLASSIFIERS, OPTIONAL
from semigen.persistence.restorable import Data, Enumeration, Estimator, Restorable, expect
from semigen.persistence.schema import Array, Flag, Integer, Kind, Labels, Nullable, Text
from semigen.persistence.value_kinds import CLASS_NAMES, Anything, Each, Having, Instance, Keyed, Nothing, Number

_REDUCTION: dict[str, Kind] = {"reduction_": Nullable(Instance("SparseReduction"))}
_OF_COLUMNS = Array("f", ("columns",))
_OF_MEMBERS = Array("f", ("members",))


@dataclass(frozen=True)
class _Ensemble(Estimator):
    def complete(self, value: Any) -> None:
        names = value.selection_.names[: len(value.weights_)]
        expect({*names} - {"mixtures"} <= set(value._fits) == set(value.estimators_), "members are lost")
        fits = [value._generative, *value._fits.values()]
        expect(all(len(each.names) == len(value.classes_) for each in fits), "its members are of other classes")


@dataclass(frozen=True)
class _Average(Estimator):
    def complete(self, value: Any) -> None:
        expect(len(value._shares) == len(value.estimators_) > 0, "its weights are not as many as its members")


@dataclass(frozen=True)
class _Isotonic(Estimator):
    def complete(self, value: Any) -> None:
        expect(len(value.X_thresholds_) > 0, "it has no thresholds")
        value._build_f(value.X_thresholds_, value.y_thresholds_)


CLASSES: tuple[Restorable, ...] = (
    Estimator("sklearn.pipeline", "Pipeline", parameters={"memory": Nothing()}),
    Estimator("sklearn.pipeline", "FeatureUnion"),
    Estimator("sklearn.frozen", "FrozenEstimator", parameters={"estimator": Having()}),
    Estimator(
        "sklearn.compose",
        "ColumnTransformer",
        {
            "transformers_": Each(Each(Anything(), tuple, 3)),
            "_columns": Each(Anything()),
            "_transformer_to_input_indices": Keyed(Text(), Anything()),
            "_remainder": Each(Anything(), tuple, 3),
            "sparse_output_": Flag(),
            "output_indices_": Keyed(Text(), Anything()),
            "_n_features": Integer(),
            "_name_to_fitted_passthrough": Keyed(Text(), Anything()),
            "_transformers_feature_names_out": Labels(None, text=True),
        },
        ("_n_features", "_name_to_fitted_passthrough", "_transformers_feature_names_out", "sparse_output_"),
    ),
    Estimator(
        "sklearn.calibration",
        "CalibratedClassifierCV",
        {
            "classes_": CLASS_NAMES,
            "calibrated_classifiers_": Each(Instance("_CalibratedClassifier")),
        },
    ),
    Restorable(
        "sklearn.calibration",
        "_CalibratedClassifier",
        {
            "estimator": Having("predict"),
            "calibrators": Each(Instance("_SigmoidCalibration", "IsotonicRegression")),
            "classes": CLASS_NAMES,
            "method": Text(["sigmoid", "isotonic"]),
        },
    ),
    Estimator("sklearn.calibration", "_SigmoidCalibration", {"a_": Number(), "b_": Number()}),
    _Isotonic(
        "sklearn.isotonic",
        "IsotonicRegression",
        {
            "X_thresholds_": Array("f", ("thresholds",)),
            "y_thresholds_": Array("f", ("thresholds",)),
            "X_min_": Number(),
            "X_max_": Number(),
            "increasing_": Flag(),
        },
        again=("f_",),
    ),
    Estimator(
        "semigen.compose.generative_features",
        "GenerativeFeatures",
        {
            **OF_CLASSIFIERS,
            **_REDUCTION,
            "model_": Having("transform"),
            "classifier_": Having("predict"),
            "_held_out": Flag(),
            "_in_codes": Flag(),
            "_n_features_out": Integer(),
        },
        (*OPTIONAL, "_held_out"),
        parameters={"model": Having("transform"), "classifier": Nullable(Having("predict"))},
    ),
    _Ensemble(
        "semigen.compose.ensemble",
        "SemiSupervisedEnsemble",
        {
            **OF_CLASSIFIERS,
            **_REDUCTION,
            "_generative": Instance("AnyFit"),
            "mixtures_": Having("predict_proba"),
            "_prepare": Having("transform"),
            "_as_given": Anything(),
            "selection_": Instance("EnsembleSelection"),
            "weights_": _OF_MEMBERS,
            "_fits": Keyed(Text(), Instance("AnyFit")),
            "estimators_": Keyed(Text(), Having("predict_proba")),
        },
        OPTIONAL,
    ),
    Data("semigen.compose.ensemble_selection", "EnsembleSelection"),
    Data(
        "semigen.model_selection.any_classifier",
        "AnyFit",
        {"model": Having("predict_proba"), "names": Labels("classes")},
    ),
    _Average(
        "semigen.compose.average",
        "ProbabilityAverage",
        {**OF_CLASSIFIERS, "_shares": _OF_MEMBERS, "estimators_": Each(Having("predict_proba"))},
        OPTIONAL,
    ),
    Estimator(
        "semigen.prior_shift.prior_shift_classifier",
        "PriorShiftClassifier",
        {
            "_fitted": Instance("AnyFit"),
            "_held_out": Nullable(Each(Array("fiu", None), tuple, 2)),
            "estimator_": Having("predict_proba"),
            "classes_": CLASS_NAMES,
            "class_prior_": Array("f", ("classes",)),
            "prior_shift_": Instance("PriorShift"),
        },
    ),
    Data("semigen.prior_shift.shift", "PriorShift"),
    Enumeration("semigen.prior_shift.shift", "Outcome"),
    Estimator(
        "semigen.compose.number_scaler",
        "NumberScaler",
        {"mean_": _OF_COLUMNS, "scale_": _OF_COLUMNS},
        parameters={"one_scale": Flag()},
    ),
)
