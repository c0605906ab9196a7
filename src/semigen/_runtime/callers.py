"""Callers of a function: the line to which a warning points, and what scikit-learn does with the labels."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import LabelBinarizer, LabelEncoder

# Functions of scikit-learn that fit to some of the rows, to answer for the others.
_CROSS_FITTING = ("_fit_and_score", "_fit_and_predict")
# And modules of it that fit many classifiers to make one.
_OF_MANY = ("sklearn.calibration", "sklearn.ensemble", "sklearn.multiclass", "sklearn.multioutput")

# Where scikit-learn's meta-estimators keep the classes of the y that they were given.
_KEPT_IN = ("classes_", "le_", "_label_encoder", "label_binarizer_")

# What the call of a deep estimator's `fit` or `fit_transform` passes through on its way to the training.
_OF_THE_FIT = ("semigen.deep.", "semigen._runtime.arithmetic", "sklearn.base", "sklearn.utils._set_output", "torch.")


def outside() -> int:
    """Return the `stacklevel` that points a warning, given where this is called, to the line outside this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("semigen."):
        level, frame = level + 1, frame.f_back
    return level


def is_outermost(estimator: Any) -> bool:
    """Return whether a running `fit` is one that a user called, and no part of another function of this package.

    Nor is the fit of a fold of scikit-learn's cross-validation, or of a member of its ensembles. In threads and
    processes, of ours or of joblib, what they run is among the callers as well.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not (frame.f_code.co_name == "fit" and frame.f_locals.get("self") is estimator):
        frame = frame.f_back
    while frame is not None:
        frame = frame.f_back
        name = "" if frame is None else frame.f_globals.get("__name__", "")
        # What `arithmetic` wraps `fit` in calls nothing of its own accord.
        if name.startswith("semigen.") and name != "semigen._runtime.arithmetic":
            return False
        if name.startswith(_OF_MANY):
            return False
        if frame is not None and name.startswith("sklearn.") and frame.f_code.co_name in _CROSS_FITTING:
            return False
    return True


def warn_of_marker_made_a_class(is_marker: Callable[[Any], bool], marker: object) -> None:
    """Warn if what called this fit, or prediction, has a marker of unlabelled rows among its classes.

    `VotingClassifier` and its like number the classes of y before their members see it, and the marker becomes one of
    them: nothing in the numbers says so, but the encoder that made them still knows. `CalibratedClassifierCV` hands y
    on as it is, and still counts the marker among its own classes. It is looked for among the callers within this
    process; in the processes of ``n_jobs`` there are none.
    """
    for frame in _frames_of_sklearn():
        for owner, classes in _classes_known_to(frame):
            if any(is_marker(name) for name in classes):
                warnings.warn(
                    f"{owner} took {marker!r}, which marks unlabelled rows, for a class of y. Give it X[known], "
                    "y[known] and X_unlabeled=X[~known] (cross_val_predict takes the last in params), after "
                    "sklearn.set_config(enable_metadata_routing=True) and model.set_fit_request(X_unlabeled=True).",
                    UserWarning,
                    stacklevel=outside(),
                )
                return


def is_fitted_beforehand_for_a_caller() -> bool:
    """Return whether this prediction is for a meta-estimator of scikit-learn that does not fit its members."""
    for frame in _frames_of_sklearn():
        if frame.f_code.co_name == "fit" and "self" in frame.f_locals:
            fitting = frame.f_locals["self"]
            if getattr(fitting, "cv", None) == "prefit" or isinstance(
                getattr(fitting, "estimator", None), FrozenEstimator
            ):
                return True
    return False


def warn_of_marker_scored(has_marker: Callable[[Any], bool], marker: object) -> None:
    """Warn if what called this prediction is a scorer of scikit-learn with a marker of unlabelled rows in its y.

    The marker is never predicted, so that every unlabelled row counts as an error; the scorer cannot know.
    """
    for frame in _frames_of_sklearn():
        if frame.f_globals["__name__"] == "sklearn.metrics._scorer" and "y_true" in frame.f_locals:
            if has_marker(frame.f_locals["y_true"]):
                warnings.warn(
                    f"A scorer compares predictions with {marker!r}, which marks unlabelled rows: each counts as an "
                    "error. Pass scoring=labeled_scorer(...), or cv=LabeledStratifiedKFold(...), whose test sets are "
                    "of labelled rows.",
                    UserWarning,
                    stacklevel=outside(),
                )
            return


def called_by_a_library() -> bool:
    """Return whether a library lies between a deep estimator, whose training calls this, and the user's own code.

    Functions are looked at from the training outwards, up to the code of a module: a script, a cell of a notebook, an
    interpreter's prompt. What runs those is no caller. All that is installed counts, so that a search of whatever
    library is stopped, and does not score a model that was interrupted.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_flags & CO_OPTIMIZED:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(_OF_THE_FIT):
            of_a_library = name.partition(".")[0] in ("semigen", "sklearn", "joblib")
            if of_a_library or {"site-packages", "dist-packages"} & set(Path(frame.f_code.co_filename).parts):
                return True
        frame = frame.f_back
    return False


def estimators_of_callers() -> Iterator[Any]:
    """Yield the estimators that the functions of scikit-learn among the callers are about."""
    for frame in _frames_of_sklearn():
        for name in ("estimator", "self"):
            if hasattr(frame.f_locals.get(name), "get_params"):
                yield frame.f_locals[name]


def _frames_of_sklearn() -> Iterator[FrameType]:
    """Yield the callers that are functions of scikit-learn, from the innermost on."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] == "sklearn":
            yield frame
        frame = frame.f_back


def _classes_known_to(frame: FrameType) -> Iterator[tuple[str, list[Any]]]:
    known = frame.f_locals
    if "self" in known:
        for name in _KEPT_IN:
            kept = getattr(known["self"], "__dict__", {}).get(name)
            classes = getattr(kept, "classes_", kept)
            if classes is not None and hasattr(classes, "tolist"):
                yield type(known["self"]).__name__, classes.tolist()
    for value in known.values():
        if isinstance(value, LabelEncoder | LabelBinarizer) and hasattr(value, "classes_"):
            yield frame.f_code.co_name, value.classes_.tolist()
