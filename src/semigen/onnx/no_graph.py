"""The error of a converter of semigen's, told apart from those of other packages."""

from __future__ import annotations


class NoGraphError(ValueError):
    """A fitted estimator has no graph; the message says why and what to do."""
