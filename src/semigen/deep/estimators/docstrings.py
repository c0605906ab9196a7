"""Paragraphs of docstrings that deep estimators share, and the decorator that inserts them."""

from __future__ import annotations

import re
from typing import TypeVar

_Class = TypeVar("_Class", bound=type)

_PARAGRAPHS = {
    "labels": """
classes : array-like, optional
    All classes, in the order wanted; may name classes without a labelled row. Default: those in `y`, sorted.
unlabeled : object, default=-1
    The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
""",
    "class_prior": """
class_prior : {"uniform", "empirical"}, array-like or mapping, default="uniform"
    p(y): equal, as in the labelled rows (one row added to each class), or given.
""",
    "labeled_batch_size": """
labeled_batch_size : int, optional
    Labelled rows in a step; by default half of `batch_size`, or all if there are fewer.
""",
    "schedule": """
schedule : {"cosine", "constant"}, default="cosine"
    How the learning rate changes over `max_epochs`: "cosine" falls to zero.
""",
    "calibrate": """
calibrate : bool, default=False
    Fit a temperature of the class probabilities by cross-fitting on the labelled rows, which takes up to five more
    fits.
""",
    "transduction": """
transduction_ : array of shape (n,)
    The label of every training row, given or predicted: the rows of `X`, then those of `X_unlabeled`.
""",
    "history": """
history_ : array of shape (epochs,)
    The objective per row, larger is better; mean over each epoch.
""",
    "vae_attributes": """
classes_ : array of shape (classes,)
class_prior_ : array of shape (classes,)
%(transduction)s
%(history)s
training_history_ : dict of arrays
    All terms: "bound", "labeled_bound", "unlabeled_bound", "cross_entropy", "labeled_error", "loss"; "adversarial",
    the virtual adversarial loss, if it has a weight.
%(training)s
%(classifier)s
%(columns)s
""",
    "training": """
n_iter_ : int
    Number of epochs.
converged_ : bool
    Whether the training ended as planned, neither interrupted nor broken off.
""",
    "classifier": """
temperature_ : float
    1 unless `calibrate`.
n_labeled_ : array of shape (classes,)
    Number of labelled rows of each class.
n_unlabeled_ : int
    Number of unlabelled rows.
""",
    "columns": """
n_features_in_ : int
feature_names_in_ : array of shape (d,)
    Only if `X` had names for its columns.
""",
    "grids": """
Columns whose values lie on a grid (counts, grades, flags) get uniform noise as wide as its step in training, so that
their density is that of the cells the values stand for. Rows far from the training rows keep finite densities: far
enough out in any direction, the map is affine. Predictions are computed in float64.
""",
    "couplings": """
n_couplings : int, default=8
    Affine couplings. Each scales and shifts half of the (rotated) columns by functions of the other half. A flow of a
    single column has none: it is a monotone spline.
hidden_dims : sequence of int, default=(128, 128)
    Widths of the hidden layers of the network in each coupling.
""",
}


def with_shared_paragraphs(cls: _Class) -> _Class:
    """Replace each line ``%(name)s`` of a class's docstring by the paragraph of that name."""
    if cls.__doc__ is not None:  # None under ``python -OO``
        cls.__doc__ = _filled(cls.__doc__)
    return cls


def _filled(text: str) -> str:
    def paragraph(found: re.Match[str]) -> str:
        indent, name = found.groups()
        return "\n".join(indent + line for line in _filled(_PARAGRAPHS[name]).strip("\n").splitlines())

    return re.sub(r"^( *)%\((\w+)\)s$", paragraph, text, flags=re.MULTILINE)
