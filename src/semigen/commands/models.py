"""What `semigen label` may label with, besides the candidates of `semigen recommend` by their names."""

from __future__ import annotations

# A mixture of Gaussians over columns of numbers, with options of its own; and whatever is recommended.
MIXTURE = "mixture"
AUTO = "auto"
