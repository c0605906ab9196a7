"""Panels of lines: rows of a group as lines across the columns, around their median, over the range of all groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semigen.display._shared.names import short_names
from semigen.display._shared.points import quiet_frame
from semigen.display._shared.style import INK, UNLABELED, look, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# More columns than these are numbered here and there, not named.
_MOST_NAMED = 24


def draw_line_panels(
    ax: Axes | None,
    rows: Sequence[NDArray[Any]],
    names: Sequence[Any],
    column_names: Sequence[str] | None,
    **kwargs: Any,
) -> tuple[list[Axes], list[list[Any]]]:
    """Draw a panel for each group of rows, standardised by the mean and deviation of all.

    Parameters
    ----------
    ax : matplotlib Axes or None
        Panels take its place; None makes a new figure.
    rows : sequence of arrays of shape (rows, d)
    names : sequence
        Of the groups.
    column_names : sequence of str or None
    **kwargs
        Passed on to matplotlib's ``plot`` for the rows.

    Returns
    -------
    axes : list of matplotlib Axes
    lines : list of list of matplotlib Line2D
        Of each group: rows, then the median.
    """
    standard = standardised(rows)
    every = np.concatenate(standard)
    low, high = np.nanquantile(every, [0.1, 0.9], axis=0)
    least, most = np.nanquantile(every, [0.005, 0.995])
    margin = 0.1 * (most - least) or 1.0
    at = np.arange(every.shape[1])
    axes, n_across = _grid(ax, len(rows), len(at), column_names is not None)
    lines = []
    for k, (place, some, name) in enumerate(zip(axes, standard, short_names(names, 20), strict=True)):
        place.sharex(axes[0])
        place.sharey(axes[0])
        place.set_ylim(least - margin, most + margin)
        place.fill_between(at, low, high, color=UNLABELED, alpha=0.25, linewidth=0)
        lines.append(_draw_group(place, some, k, kwargs) if len(some) else [])
        place.set_title(f"{name} ({len(some)})", fontsize="medium")
        _name_columns(place, len(at), column_names, k >= len(rows) - n_across)
        cell = place.get_subplotspec()
        first_of_its_line = cell is None or cell.is_first_col()
        place.tick_params(labelleft=first_of_its_line)
        if first_of_its_line:
            place.set_ylabel("standardised")
        quiet_frame(place)
    return axes, lines


def standardised(groups: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
    """Return columns less the mean of all rows, by their deviation; columns that do not vary are zero."""
    every = np.concatenate(groups).astype(np.float64)
    centre, scale = np.nanmean(every, axis=0), np.nanstd(every, axis=0)
    scale[~(scale > 0)] = 1
    return [(rows - centre) / scale for rows in groups]


def _grid(ax: Axes | None, n_groups: int, n_columns: int, named: bool) -> tuple[list[Axes], int]:
    """Return panels, wider for more columns, and how many of them stand side by side."""
    width = float(np.clip(0.28 * n_columns, 2.6, 8.0))
    n_across = n_groups if n_groups <= 3 else min(math.ceil(math.sqrt(n_groups)), 6 if width < 4 else 3)
    # Names of columns stand below the last line of panels only.
    below = 1.2 / math.ceil(n_groups / n_across) if named and n_columns <= _MOST_NAMED else 0.0
    return panels(ax, n_groups, (width, 2.2 + below), n_across), n_across


def _draw_group(place: Axes, rows: NDArray[np.float64], k: int, kwargs: dict[str, Any]) -> list[Any]:
    at = np.arange(rows.shape[1])
    thin: dict[str, Any] = {"color": look(k).colour, "linewidth": 0.7, "alpha": 0.6}
    middle: dict[str, Any] = {"color": INK, "linewidth": 1.4}
    middle |= {"marker": look(k).marker, "markerfacecolor": look(k).colour, "markevery": max(len(at) // 20, 1)}
    drawn = place.plot(at, rows.T, **{**thin, **kwargs})
    return [*drawn, *place.plot(at, np.nanmedian(rows, axis=0), **middle)]


def _name_columns(place: Axes, n_columns: int, names: Sequence[str] | None, lowest: bool) -> None:
    if n_columns > _MOST_NAMED:
        place.locator_params(axis="x", integer=True, nbins=6)
        place.set_xlabel("column" if lowest else "")
    else:
        place.set_xticks(np.arange(n_columns), short_names(names or range(n_columns), 18))
        if names is not None:
            place.tick_params(axis="x", rotation=90)
        elif lowest:
            place.set_xlabel("column")
    place.tick_params(labelbottom=lowest)
