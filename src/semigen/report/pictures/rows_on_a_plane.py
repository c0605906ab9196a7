"""The rows seen from where the classes look most different."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.utils import _safe_indexing
from sklearn.utils.extmath import randomized_svd

from semigen.report.contents import Picture, Place
from semigen.report.pictures.drawing import draw_picture
from semigen.report.pictures.material import Material, some_rows

# Labelled and unlabelled rows, and classes, that can be told apart in a picture.
_ROWS = (1000, 2000)
_CLASSES = 20
# Of the variance that rows have on average, what is added to that within classes in every direction.
_RIDGE = 0.1
# Rows of more columns are first brought to so many principal components.
_WIDEST = 50

# Names of the axes.
_CLASSES_MOST = "mix of columns that tells the classes apart best"
_CLASSES_NEXT = "mix of columns that tells them apart next best"
_ROWS_MOST = "other mix of columns, in which the rows differ most"
_ROWS_NEXT = "mix of columns in which they differ next most"

_ABOUT_ROWS = (
    "Each dot is a row. Large outlined dots have a label that was given; small ones have the colour and the shape of "
    "the class that the chosen classifier predicts. Both directions of the picture mix all columns, so they have no "
    "unit: they are chosen so that the classes look most different, and look further apart than they are. Classes that "
    "lie over each other here may still differ in columns that a flat picture cannot show. Rows beyond the edges are "
    "so unlike the others that showing them would squeeze all others together; the legend counts them."
)


def picture(material: Material) -> Picture:
    """Draw labels given and labels guessed: of many rows a part, of many classes those with the most labels."""
    from semigen.display import LatentMapDisplay

    labels = material.labels
    some = some_rows(labels, *_ROWS, seed=0)
    guessed = material.found.best_estimator_.predict(_safe_indexing(material.X, some))
    predicted = np.searchsorted(labels.classes, guessed)
    classes = np.where(labels.labeled[some], labels.codes[some], predicted)
    drawn = np.sort(np.argsort(-labels.counts, kind="stable")[:_CLASSES])
    of_drawn = np.isin(classes, drawn)
    some, classes, predicted = some[of_drawn], classes[of_drawn], predicted[of_drawn]
    places, axis_names = on_a_plane(material.numbers[some], classes)
    guesses = np.searchsorted(drawn, np.where(np.isin(predicted, drawn), predicted, classes))
    codes = np.where(labels.labeled[some], np.searchsorted(drawn, classes), -1)
    names = [str(labels.names[k]) for k in drawn]

    def draw(ax: Any) -> None:
        LatentMapDisplay(points=places, codes=codes, class_names=names, axis_names=axis_names, predicted=guesses).plot(
            ax=ax
        )
        # Mixtures of columns have no unit.
        ax.set_xticks([])
        if len(axis_names) > 1:
            ax.set_yticks([])

    return draw_picture(
        draw,
        5.4,
        Place.SEEN,
        "The rows in one picture",
        f"Map of {len(places):,} rows, coloured by the class that was given or is guessed.",
        how_to_read(len(places), len(labels.codes), len(names), len(labels.classes)),
    )


def how_to_read(n_drawn: int, n_rows: int, n_classes_drawn: int, n_classes: int) -> str:
    """Return how to read the map of so many of the rows and classes."""
    said = _ABOUT_ROWS
    if n_classes_drawn < n_classes:
        said += f" Of the {n_classes:,} classes, the {n_classes_drawn} with the most labels are shown."
    if n_drawn < n_rows:
        said += f" Of the {n_rows:,} rows, {n_drawn:,} are drawn, taken at random."
    return said


def on_a_plane(rows: NDArray[np.float64], classes: NDArray[np.int64]) -> tuple[NDArray[np.float64], list[str]]:
    """Return places of rows seen from where the classes look most different, and the names of the axes.

    Fisher's discriminant analysis gives as many directions as there are classes less one; if that is one, the second
    axis is the first principal component of what is left. Rows of one column stay on a line.
    """
    centred = rows - rows.mean(axis=0)
    if rows.shape[1] > _WIDEST:
        centred = centred @ randomized_svd(centred, _WIDEST, random_state=0)[2].T
    onto = _discriminants(centred, classes)
    names = [_CLASSES_MOST, _CLASSES_NEXT][: onto.shape[1]]
    places = centred @ onto
    n_more = min(2, rows.shape[1]) - onto.shape[1]
    if n_more > 0:
        left = centred - places @ np.linalg.lstsq(places, centred, rcond=None)[0] if names else centred
        directions = np.linalg.eigh(left.T @ left)[1][:, ::-1][:, :n_more]
        places = np.hstack([places, left @ directions])
        names += [_ROWS_MOST, _ROWS_NEXT][:n_more]
    return places, names


def _discriminants(centred: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return up to two directions in which classes lie apart, measured by how far their rows are spread."""
    n, d = centred.shape
    within, between = np.zeros((d, d)), np.zeros((d, d))
    found = np.unique(classes)
    for k in found:
        of_class = centred[classes == k]
        mean = of_class.mean(axis=0)
        within += (of_class - mean).T @ (of_class - mean) / n
        between += len(of_class) * np.outer(mean, mean) / n
    within += _RIDGE * max(np.trace(within + between) / d, np.finfo(float).tiny) * np.eye(d)
    n_directions = min(len(found) - 1, d, 2)
    directions: NDArray[np.float64] = eigh(between, within)[1][:, ::-1][:, :n_directions]
    return directions
