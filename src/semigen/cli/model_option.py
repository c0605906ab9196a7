"""Values of `semigen label --model`, besides the names of candidates of `semigen recommend`."""

from __future__ import annotations

# A mixture of Gaussians over columns of numbers, with options of its own; and whatever is recommended.
MIXTURE = "mixture"
AUTO = "auto"
# The candidate that is called a mixture as well: of all columns, once they are encoded, with gaps and all.
ENCODED_MIXTURE = "mixture of encoded columns"


def candidate_name(model: str) -> str:
    """Return the name in `semigen.recommendation` of a model that is typed."""
    return MIXTURE if model == ENCODED_MIXTURE else model


def typed_name(candidate: str) -> str:
    """Return what is typed for a candidate of `semigen.recommendation`."""
    return ENCODED_MIXTURE if candidate == MIXTURE else candidate
