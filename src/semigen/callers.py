"""Who called: the line that a warning points to, and meta-estimators of scikit-learn that took a marker for a class."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from sklearn.preprocessing import LabelBinarizer, LabelEncoder

# Functions of scikit-learn that fit to some of the rows, to answer for the others.
_CROSS_FITTING = ("_fit_and_score", "_fit_and_predict", "_fit_classifier_calibrator_pair", "_fit_calibrator")

# Where scikit-learn's meta-estimators keep the classes of the y that they were given.
_KEPT_IN = ("classes_", "le_", "_label_encoder", "label_binarizer_")


def outside() -> int:
    """Return the `stacklevel` that points a warning, given where this is called, to the line outside this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("semigen."):
        level, frame = level + 1, frame.f_back
    return level


def is_outermost(estimator: Any) -> bool:
    """Return whether a running `fit` is one that a user called, and no part of another function of this package.

    Nor is the fit of a fold of scikit-learn's cross-validation. In threads and processes, of ours or of joblib, what
    they run is among the callers as well.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not (frame.f_code.co_name == "fit" and frame.f_locals.get("self") is estimator):
        frame = frame.f_back
    while frame is not None:
        frame = frame.f_back
        name = "" if frame is None else frame.f_globals.get("__name__", "")
        # What `arithmetic` wraps `fit` in calls nothing of its own accord.
        if name.startswith("semigen.") and name != "semigen.arithmetic":
            return False
        if frame is not None and name.startswith("sklearn.") and frame.f_code.co_name in _CROSS_FITTING:
            return False
    return True


def warn_of_marker_made_a_class(is_marker: Callable[[Any], bool], marker: object) -> None:
    """Warn if what called this fit has a marker of unlabelled rows among its classes.

    `VotingClassifier` and its like number the classes of y before their members see it, and the marker becomes one of
    them: nothing in the numbers says so, but the encoder that made them still knows. It is looked for among the callers
    within this process; in the processes of ``n_jobs`` there are none.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("sklearn."):
            for owner, classes in _classes_known_to(frame):
                if any(is_marker(name) for name in classes):
                    warnings.warn(
                        f"{owner} has numbered the classes of y, and {marker!r}, which marks unlabelled rows, became "
                        "one of them. Give it the labelled rows alone, and the others by X_unlabeled=, with scikit-"
                        "learn's metadata routing and set_fit_request(X_unlabeled=True).",
                        UserWarning,
                        stacklevel=outside(),
                    )
                    return
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
