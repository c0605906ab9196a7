"""Pickles that say which version of semigen wrote them, and what is wrong where another version lacks something."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from sklearn.exceptions import InconsistentVersionWarning

from semigen._legible import legible
from semigen._version import __version__

_WRITER = "_semigen_version"

# Of an object that another version wrote, in its `__dict__`.
_ORIGIN = "_unpickled_from"

# The writer of a pickle that does not say.
_EARLIER = "unknown"


class OtherVersionWarning(InconsistentVersionWarning):  # type: ignore[misc]
    """An object was unpickled that another version of semigen had pickled."""

    def __str__(self) -> str:
        return (
            f"This {self.estimator_name} was pickled by {_shown(self.original_sklearn_version)} and is "
            f"unpickled by semigen {self.current_sklearn_version}: it may fail, or give other results. Fit it again, "
            "or unpickle it with the semigen that pickled it."
        )


class IncompletePickleError(ValueError, AttributeError):
    """An object that another version of semigen pickled lacks what this version needs.

    It is an AttributeError for `hasattr`, as scikit-learn's `NotFittedError` is.
    """


def forget_origin(value: Any) -> None:
    """Note that an object is of this version from now on, as it was fitted again."""
    value.__dict__.pop(_ORIGIN, None)


class VersionedPickle:
    """Base of what users may pickle: its state says which version of semigen wrote it.

    Unpickled by another version, it warns; where it then lacks an attribute, the error says why.
    """

    # A part of what users pickle leaves the warning to the whole.
    _warns_of_other_version = True

    def __getstate__(self) -> dict[str, Any]:
        return {**(super().__getstate__() or {}), _WRITER: __version__}  # type: ignore[dict-item]

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        writer = state.pop(_WRITER, _EARLIER)
        if writer != __version__:
            state[_ORIGIN] = writer
            if self._warns_of_other_version:
                warnings.warn(
                    OtherVersionWarning(
                        estimator_name=type(self).__name__,
                        current_sklearn_version=__version__,
                        original_sklearn_version=writer,
                    ),
                    stacklevel=2,
                )
        self.__dict__.update(state)

    if not TYPE_CHECKING:  # for a type checker, every attribute would be there

        def __getattr__(self, name: str) -> Any:
            try:
                # Whatever was raised in a property or by `available_if` is raised again.
                return object.__getattribute__(self, name)
            except AttributeError as error:
                origin = self.__dict__.get(_ORIGIN)
                if origin is None or error.name != name or error.obj is not self:
                    raise
            raise IncompletePickleError(
                f"This {type(self).__name__} has no {name!r}: it was pickled by {_shown(origin)}, and this is "
                f"semigen {__version__}. Fit it again, or unpickle it with the semigen that pickled it."
            )


class VersionedPart(VersionedPickle):
    """Base of the parts of such objects that predictions need."""

    _warns_of_other_version = False


def _shown(version: object) -> str:
    if version == _EARLIER:
        return "an early semigen (its pickle names no version)"
    return f"semigen {legible(str(version))}"
