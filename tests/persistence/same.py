"""Whether an estimator that was loaded is the one that was saved, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone

METHODS = ("predict", "predict_proba", "decision_function", "score_samples", "transform")


def check_same(before: Any, after: Any, X: Any) -> None:
    """Compare classes, parameters, answers, and attributes that a user reads."""
    assert type(after) is type(before)
    assert_equal(after.get_params(deep=False), before.get_params(deep=False))
    assert_equal(public_attributes(after), public_attributes(before))
    assert repr(clone(after)) == repr(clone(before))
    for name in METHODS:
        assert hasattr(after, name) == hasattr(before, name), name
        if hasattr(before, name):
            assert_equal(getattr(after, name)(X), getattr(before, name)(X))


def public_attributes(estimator: Any) -> dict[str, Any]:
    """Fitted attributes by name."""
    named = sorted(vars(estimator).items())
    return {name: value for name, value in named if name.endswith("_") and not name.startswith("_")}


def assert_equal(one: Any, other: Any) -> None:
    """The same types all the way down, and the same bits."""
    assert type(one) is type(other), (one, other)
    if issparse(one):
        one, other = one.toarray(), other.toarray()
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        if one.dtype.names:  # whatever lies between fields
            assert_equal(*({name: each[name] for name in each.dtype.names} for each in (one, other)))
        elif one.dtype == object:
            assert_equal(one.ravel().tolist(), other.ravel().tolist())
        else:
            assert np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            assert_equal(one[name], other[name])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for each, its in zip(one, other, strict=True):
            assert_equal(each, its)
    elif hasattr(one, "__dict__") and not isinstance(one, type):
        # An estimator, or a value of semigen's.
        public = [{name: each for name, each in sorted(vars(of).items()) if name[0] != "_"} for of in (one, other)]
        assert_equal(*public)
    elif type(one).__name__ == "Tree":
        assert_equal(one.__getstate__(), other.__getstate__())
    elif isinstance(one, float) and one != one:
        assert other != other
    else:
        assert one == other or (type(one).__module__ == "builtins" and repr(one) == repr(other)), (one, other)
