"""Names of classes written on a picture, where they cover neither each other nor its edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semigen.display._shared.names import ON_THE_PICTURE, short_names
from semigen.display._shared.style import figure_of, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# How far a name may be moved from its place, in its own widths and heights: farther off, it would name something else.
_FARTHEST = (1.5, 6.0)
_STEPS = 12

# Around a name, in parts of its letters' size: its frame, and a gap. And half of a dot of a labelled row.
_FRAME = 0.45
_DOT = 0.35


def name_groups(
    ax: Axes,
    places: NDArray[np.float64],
    codes: NDArray[np.int64],
    names: Sequence[Any],
    shown: NDArray[np.float64],
) -> list[Any]:
    """Write the name of each class near the median of its rows, off the dots that must stay to be seen."""
    present = [k for k in range(len(names)) if np.isfinite(places[codes == k]).any()]
    medians = [np.nanmedian(places[codes == k], axis=0) for k in present]
    return name_places(ax, medians, present, names, shown)


def name_places(
    ax: Axes,
    places: Sequence[Any],
    classes: Sequence[int],
    names: Sequence[Any],
    shown: NDArray[np.float64] | None = None,
) -> list[Any]:
    """Write the name of a class at each place, framed in its colour.

    Names that would cover others, the edge or the dots at `shown` move to the nearest free place; where there is none
    near, a name is left out, and the legend tells. To be called when all else is drawn, as names are measured in the
    layout of the figure.

    Returns
    -------
    list of matplotlib Text
    """
    figure = figure_of(ax)
    figure.draw_without_rendering()
    short = short_names(names, ON_THE_PICTURE)
    written: list[Any] = []
    taken: list[NDArray[np.float64]] = []
    dots = np.empty((0, 2)) if shown is None else ax.transData.transform(shown[np.isfinite(shown).all(axis=1)])
    for place, k in zip(places, classes, strict=True):
        frame = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": look(k).colour, "linewidth": 1.8}
        text = ax.text(place[0], place[1], short[k], weight="bold", ha="center", va="center", bbox=frame, zorder=4)
        size = float(text.get_fontsize()) * figure.dpi / 72
        box = text.get_window_extent()
        half = np.array([box.width, box.height]) / 2 + _FRAME * size
        off = [*taken, *(np.stack([dot, np.full(2, _DOT * size)]) for dot in dots)]
        middle = _nearest_free(ax.transData.transform(place), half, off, np.array(ax.bbox.extents))
        if middle is None:
            text.remove()
            continue
        x, y = ax.transData.inverted().transform(middle)
        text.set_position((float(x), float(y)))
        taken.append(np.stack([middle, half]))
        written.append(text)
    return written


def _nearest_free(
    wanted: NDArray[np.float64],
    half: NDArray[np.float64],
    taken: Sequence[NDArray[np.float64]],
    edges: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Return the nearest place for a box of this half width and height within the edges and off the boxes taken."""
    least, most = edges[:2], edges[2:]
    if (2 * half > most - least).any():
        return None
    inside = np.clip(wanted, least + half, most - half)
    steps = np.linspace(-1, 1, 2 * _STEPS + 1)
    moves = np.stack(np.meshgrid(*(2 * half[:, None] * np.array(_FARTHEST)[:, None] * steps)), axis=-1).reshape(-1, 2)
    candidates = np.clip(inside + moves, least + half, most - half)
    free = np.ones(len(candidates), dtype=bool)
    for middle, other in taken:
        free &= (np.abs(candidates - middle) >= half + other).any(axis=1)
    if not free.any():
        return None
    distance = ((candidates[free] - wanted) ** 2).sum(axis=1)
    nearest: NDArray[np.float64] = candidates[free][distance.argmin()]
    return nearest
