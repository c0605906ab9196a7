"""Transformers that work within an estimator give arrays, whatever `sklearn.set_config(transform_output=...)` says."""

from __future__ import annotations

from typing import Any


def giving_arrays(transformer: Any) -> Any:
    """Have a transformer, or each step of a pipeline, give arrays; clones of it do as well.

    `transform_output` asks for the frames of transformers that the caller sees. One inside an estimator would hand a
    frame to code that computes with arrays.
    """
    return transformer.set_output(transform="default")
