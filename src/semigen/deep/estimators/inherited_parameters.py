"""Constructors that take what their base's take, and say so to whoever asks for their signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any


def inherits_parameters(
    base: Callable[..., None], *, without: Sequence[str] = (), **defaults: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let `**others` of a constructor stand for the keyword parameters of its base, with other defaults if given.

    Parameters named in `without` keep the base's defaults and cannot be given.

    scikit-learn reads an estimator's parameters from the signature of `__init__`. Thirty parameters written out in
    each of four estimators would have to be changed in four places; written once, they are merged into the signature.
    """

    def decorate(init: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(init).parameters.values() if p.kind is not p.VAR_KEYWORD]
        names = {p.name for p in own}
        inherited = []
        for parameter in inspect.signature(base).parameters.values():
            if parameter.name in names or parameter.name in without:
                continue
            default = defaults.get(parameter.name, parameter.default)
            inherited.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, default=default))

        @wraps(init)
        def construct(self: Any, *positional: Any, **given: Any) -> None:
            unknown = given.keys() - names - {parameter.name for parameter in inherited}
            if unknown:
                raise TypeError(f"{type(self).__name__} has no parameters {sorted(unknown)}; see its documentation.")
            init(self, *positional, **{**defaults, **given})

        construct.__signature__ = inspect.Signature([*own, *inherited])  # type: ignore[attr-defined]
        return construct

    return decorate
