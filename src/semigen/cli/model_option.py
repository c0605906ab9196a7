"""What `semigen label` may label with, besides the candidates of `semigen recommend` by their names."""

from __future__ import annotations

# A mixture of Gaussians over columns of numbers, with options of its own; and whatever is recommended.
MIXTURE = "mixture"
AUTO = "auto"
# The candidate that is called a mixture as well: of all columns, once they are encoded, with gaps and all.
ENCODED_MIXTURE = "mixture of encoded columns"


def candidate_name(model: str) -> str:
    """What `semigen.recommendation` calls a model that is typed."""
    return MIXTURE if model == ENCODED_MIXTURE else model


def typed_name(candidate: str) -> str:
    """What is typed for a candidate of `semigen.recommendation`."""
    return ENCODED_MIXTURE if candidate == MIXTURE else candidate
