"""How many trees a forest may have, so that it fits into memory: each leaf counts every class."""

from __future__ import annotations

_MOST_TREES, _LEAST_TREES = 300, 20
_MOST_BYTES = 2 << 30


def number_of_trees(n_labeled: int, n_classes: int) -> int:
    """Return 300 trees, or as many as take 2 GB at most; 20 at least.

    A tree that tells all labelled rows apart has up to two nodes for each, and a node holds eight bytes for each class.
    Three labels of each of 1,000 classes would take 14 GB in 300 trees.
    """
    of_tree = 16 * n_labeled * n_classes
    return max(_LEAST_TREES, min(_MOST_TREES, _MOST_BYTES // max(of_tree, 1)))
