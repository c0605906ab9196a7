"""Mixtures: estimators, fits with their parts, cross-validation, and the signs that a fit is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from semigen.persistence.restorable import Data, Enumeration, Estimator, Restorable, expect
from semigen.persistence.schema import Array, Flag, Integer, Kind, Labels, Nullable, Real, Text
from semigen.persistence.value_kinds import CLASS_NAMES, Dtype, Each, Instance, Keyed, finite

_SUSPICIONS = (
    "WildValues",
    "TooFewRows",
    "ShiftedClass",
    "ImprobableLabels",
    "Overconfidence",
    "DisagreementWithReference",
    "GuessedLabels",
    "UnbalancedAnswers",
)
_TRANSFORMS = Instance("FunctionTransformer", "YeoJohnson", "NormalScores", "PrincipalComponents", "UnitLength")
_SUSPECTED = Each(Instance(*_SUSPICIONS), tuple)
_COUNTS = Array("iu", ("classes",), least=0)

# Attributes of every classifier of semigen.
OF_CLASSIFIERS: dict[str, Kind] = {
    "classes_": CLASS_NAMES,
    "n_labeled_": _COUNTS,
    "n_unlabeled_": Integer(),
    "transduction_": Labels("training rows"),
    "suspicions_": _SUSPECTED,
}
OPTIONAL = ("transduction_", "suspicions_")


@dataclass(frozen=True)
class _Mixture(Estimator):
    def complete(self, value: Any) -> None:
        fit = value._fit
        expect(len(value.classes_) == len(fit.class_first) - 1, "its fit is of other classes")
        expect(value.n_features_in_ == fit.parameters.n_features, "its fit is of other columns")
        stream = value.__dict__.get("_stream")
        if stream is not None:
            of_stream = stream.statistics.n_components, stream.statistics.n_features, stream.statistics.family
            of_fit = *fit.parameters.means.shape, fit.parameters.family
            expect(of_stream == of_fit == (*stream.means.shape, fit.parameters.family), "its stream is of another fit")
        value._keep_parameters(fit)


@dataclass(frozen=True)
class _MixtureFit(Data):
    def complete(self, value: Any) -> None:
        parameters, prior, options, first = value.parameters, value.prior, value.options, value.prior.class_first
        n_components, n_features = parameters.means.shape
        expect(parameters.family == prior.family == options.family, "its parts are of several families")
        expect(len(parameters.log_weights) == n_components, "its weights are of other components than its means")
        form = parameters.form
        expect(form.rank == form.of_rank(options.rank).rank, "its covariances are of another rank")
        shapes = {
            "covariances": (parameters.covariances, form.covariance_shape(n_components, n_features)),
            "factors": (parameters.factors, form.covariance_shape(n_components, n_features)),
            "target": (prior.target, form.target(np.ones(n_features)).shape),
            "floor": (prior.floor, form.floor(np.ones(n_features), 1.0).shape),
            "scaling": (value.scaling.scale, (n_features,)),
            "class_prior": (prior.class_prior, (len(options.sizes),)),
            "history": (value.history, (max(len(value.history), 1),)),
        }
        for name, (array, shape) in shapes.items():
            if array is not None:
                fits = array.shape == shape and array.dtype == np.float64 and np.isfinite(array).all()
                expect(bool(fits), f"{name} is no array of finite numbers of the shape {shape}")
        _check_degrees_of_freedom(value)
        expect(bool((value.scaling.scale > 0).all()), "its scaling is not positive")
        expect(first.ndim == options.sizes.ndim == 1 and first.dtype == np.int64, "its components belong to no class")
        ordered = len(first) > 1 and first[0] == 0 and first[-1] == n_components and bool((np.diff(first) > 0).all())
        expect(ordered and np.array_equal(np.diff(first), options.sizes), "its components belong to no class")
        _check_label_noise(value, len(options.sizes))
        mechanism = value.label_mechanism
        if mechanism is not None:
            expect(len(mechanism.classes) == len(options.sizes), "its label mechanism is of other classes")
        _check_no_class(value)
        expect(value.dtype in (np.float64, np.float32), "its rows are of no precision that a mixture has")


def _check_label_noise(fit: Any, n_classes: int) -> None:
    noise, estimate = fit.options.label_noise, fit.parameters.confusion
    if noise is None:
        expect(estimate is None and fit.prior.label_noise is None, "its labels are right, and go wrong")
        return
    shape = (len(noise.start), n_classes, n_classes)
    for confusion in (noise.start, noise.pseudo_labels, estimate):
        if confusion is not None:
            fits = confusion.shape == shape and bool(np.isfinite(confusion).all() and (confusion >= 0).all())
            expect(fits, f"its label noise is no array of probabilities of the shape {shape}")
    expect((estimate is None) == (noise.pseudo_labels is None), "its label noise is both known and estimated")


def _check_degrees_of_freedom(value: Any) -> None:
    """Refuse components that are Student t in some parts of a fit only, or have no possible degrees of freedom."""
    degrees, asked = value.parameters.degrees_of_freedom, value.options.degrees_of_freedom
    expect((degrees is None) == (asked is None), "its degrees of freedom are of other components")
    if degrees is not None:
        fits = degrees.shape == value.parameters.log_weights.shape and degrees.dtype == np.float64
        expect(fits and bool((np.isfinite(degrees) & (degrees > 0)).all()), "degrees_of_freedom are not positive")
    learnt = value.options.learnt_degrees
    expect(learnt in (None, "shared", "per_component"), "its degrees of freedom are learnt in an unknown way")
    expect(value.prior.learnt_degrees == learnt, "its degrees of freedom are learnt in two ways")


def _check_no_class(fit: Any) -> None:
    """Refuse novel components and noise of other columns, or without a possible weight."""
    beside, parameters = fit.no_class, fit.parameters
    expect(parameters.noise is None, "its classes have noise, which is beside them")
    if beside is None:
        return
    novel, noise = beside.novel, beside.noise
    if noise is not None:
        fits = noise.log_sides.shape == (parameters.n_features,) and bool(np.isfinite(noise.log_sides).all())
        expect(fits and 0 < noise.weight < 1, "its noise is of other columns, or of no possible weight")
    expect((0 < beside.novel_weight < 1) if novel is not None else beside.novel_weight == 0, "its weights are no share")
    if novel is None:
        return
    kind = (novel.family, novel.n_features, novel.form.rank, novel.degrees_of_freedom is None, novel.noise)
    own = (parameters.family, parameters.n_features, parameters.form.rank, parameters.degrees_of_freedom is None, None)
    expect(kind == own and novel.confusion is None, "its novel components are of another kind than its classes")
    shape = novel.form.covariance_shape(*novel.means.shape)
    for array, wanted in ((novel.covariances, shape), (novel.factors, shape), (novel.log_weights, (len(novel.means),))):
        fits = array.shape == wanted and array.dtype == np.float64 and bool(np.isfinite(array).all())
        expect(fits, "its novel components are no finite numbers of one shape")
    if novel.degrees_of_freedom is not None:
        positive = bool((np.isfinite(novel.degrees_of_freedom) & (novel.degrees_of_freedom > 0)).all())
        expect(novel.degrees_of_freedom.shape == novel.log_weights.shape and positive, "degrees_of_freedom are wrong")


@dataclass(frozen=True)
class _LabelMechanism(Data):
    def complete(self, value: Any) -> None:
        expect(value.kind in ("entropy", "class"), "its label mechanism is of an unknown kind")
        n_classes = len(value.classes)
        size = 2 if value.kind == "entropy" else n_classes
        shapes = {"coefficients": (size,), "unlabeled_class_prior": (n_classes,)}
        for name, shape in shapes.items():
            array = getattr(value, name)
            fits = array is None or (array.shape == shape and bool(np.isfinite(array).all()))
            expect(fits, f"{name} is no array of finite numbers of the shape {shape}")
        if value.kind == "class":
            within = bool(((value.coefficients >= 0) & (value.coefficients <= 1)).all())
            expect(within and value.unlabeled_class_prior is not None, "its label mechanism has no probabilities")
        expect(value.statistic >= 0 and value.degrees_of_freedom >= 1, "its label mechanism has no test")


@dataclass(frozen=True)
class _Statistics(Data):
    def complete(self, value: Any) -> None:
        small = value.n_components > 0 and value.n_features > 0 and value.rank >= 0
        small = small and max(value.n_components * value.n_features, value.n_features * value.rank) <= value.flat.size
        expect(small and value.flat.ndim == 1 and value.flat.dtype == np.float64, "its numbers are not as many")
        expect(value.second.size + value.first.size + len(value.mass) <= value.flat.size, "its numbers are not as many")


@dataclass(frozen=True)
class _CrossValidated(Estimator):
    def complete(self, value: Any) -> None:
        for candidate, mixture in zip(value._chosen, value.estimators_, strict=True):
            expect(candidate.transform in value._transformers, "a mixture sees columns by a transform that lacks")
            expect(len(mixture.classes_) == len(value.classes_), "a mixture is of other classes")


_MIXTURE = _Mixture(
    "semigen.mixture",
    "SemiSupervisedGMM",
    {
        **OF_CLASSIFIERS,
        "_fit": Instance("MixtureFit"),
        "n_unsure_": Integer(),
        "kept_": Text(),
        "_report": Text(),
        "supervised_": Instance("SemiSupervisedGMM"),
        "_stream": Instance("RunningStatistics"),
        "_unlabeled_weight": Real(least=0),
        "_uses_unlabeled": Flag(),
        "suspect_labels_": Instance("SuspectLabels"),
        "outlier_threshold_": Real(),
        "n_held_out_": Integer(),
    },
    (*OPTIONAL, "kept_", "_report", "supervised_", "_stream", "suspect_labels_", "outlier_threshold_", "n_held_out_"),
    again=(
        "n_components_",
        "component_class_",
        "weights_",
        "class_prior_",
        "means_",
        "covariances_",
        "precisions_cholesky_",
        "n_iter_",
        "converged_",
        "history_",
        "log_likelihood_",
        "label_noise_",
    ),
)

_CROSS_VALIDATED = _CrossValidated(
    "semigen.mixture.cv",
    "SemiSupervisedGMMCV",
    {
        **OF_CLASSIFIERS,
        "reduction_": Nullable(Instance("SparseReduction")),
        "_seed": Integer(),
        "n_copies_": Integer(),
        "_transformers": Keyed(Text(), _TRANSFORMS),
        "selection_": Instance("Selection"),
        "_chosen": Each(Instance("Candidate"), list, "mixtures"),
        "estimators_": Each(Instance("SemiSupervisedGMM"), list, "mixtures"),
        "_report": Text(),
        "weights_": Array("f", ("mixtures",)),
        "powers_": Array("f", ("mixtures",)),
        "n_iter_": Integer(),
        "converged_": Flag(),
        "n_unsure_": Integer(),
        "held_out_rows_": Array("iu", ("rows held out",)),
        "held_out_proba_": Array("f", ("rows held out", "classes")),
        "cross_fitted_proba_": Array("f", ("rows held out", "classes")),
    },
    (*OPTIONAL, "_report", "cross_fitted_proba_"),
)

_SCORES = {name: Array("f", ("candidates",)) for name in ("log_loss", "error", "power", "weight")}

CLASSES: tuple[Restorable, ...] = (
    _MIXTURE,
    _CROSS_VALIDATED,
    _MixtureFit("semigen.mixture.learning.fit", "MixtureFit", {"dtype": Dtype()}),
    _LabelMechanism("semigen.mixture.label_mechanism", "LabelMechanism", {"classes": CLASS_NAMES}),
    Data(
        "semigen.mixture.gaussian.parameters",
        "Parameters",
        {"log_weights": finite("components"), "means": finite("components", "columns")},
    ),
    _Statistics("semigen.mixture.gaussian.parameters", "Statistics"),
    Data("semigen.mixture.gaussian.label_noise", "LabelNoise"),
    Data("semigen.mixture.gaussian.no_class", "NoClass"),
    Data("semigen.mixture.gaussian.noise", "UniformNoise"),
    Restorable(
        "semigen.mixture.suspect_labels",
        "SuspectLabels",
        {
            "rows": Array("iu", ("labels",), least=0),
            "given": Labels("labels"),
            "likeliest": Labels("labels"),
            "probability": Array("f", ("labels",)),
            "annotators": Array("iu", ("labels",), least=0),
        },
    ),
    Data("semigen.mixture.gaussian.prior", "MixturePrior"),
    Data(
        "semigen.mixture.gaussian.scaling",
        "Scaling",
        {"centre": finite("columns"), "scale": finite("columns"), "variance": finite("columns")},
    ),
    Data("semigen.mixture.learning.problem", "MixtureOptions"),
    Data("semigen.mixture.learning.stepwise", "RunningStatistics"),
    Data("semigen.mixture.cv.candidates", "Candidate"),
    Data(
        "semigen.mixture.cv.selection",
        "Selection",
        {"candidates": Each(Instance("Candidate"), list, "candidates"), **_SCORES},
    ),
    Restorable(
        "semigen.mixture.cv.transforms",
        "YeoJohnson",
        {
            "_power": Instance("PowerTransformer"),
            "_low": Array("f", ("columns",)),
            "_high": Array("f", ("columns",)),
        },
    ),
    Restorable(
        "semigen.mixture.cv.transforms",
        "NormalScores",
        {"_columns": Each(Each(Array("fiu", None), tuple, 2))},
    ),
    Restorable(
        "semigen.mixture.cv.transforms",
        "PrincipalComponents",
        {
            "_prepare": Instance("FunctionTransformer", "YeoJohnson"),
            "_standardise": Flag(),
            "_mean": Array("f", ("columns",)),
            "_deviation": Array("f", ("columns",)),
            "_directions": Array("f", ("columns", "components")),
        },
    ),
    Restorable("semigen.mixture.cv.transforms", "UnitLength"),
    *(Data("semigen.diagnostics.suspicions", name) for name in _SUSPICIONS),
    Enumeration("semigen.diagnostics.suspicions", "Sign"),
)
