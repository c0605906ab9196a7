"""The look of classes in every picture: a colour, a marker and a line, so that none depends on hue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# M. Petroff, "Accessible color sequences for data visualization", 2021: ten colours that stay distinct for
# colour-blind readers; in place of two greys, which look like unlabelled rows, a dark green and a navy blue.
COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#004d40",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#1a237e",
    "#92dadd",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))

UNLABELED = "#8a8d91"
INK = "#333333"

# Entries of a legend; what is more is counted.
_MOST_ENTRIES = 40


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of a class."""

    colour: str
    marker: str
    line: Any


def look(k: int) -> Look:
    """Return the look of class k: colours repeat after ten, with other markers; the first hundred differ."""
    return Look(COLOURS[k % 10], MARKERS[(k + k // 10) % 10], LINES[k % len(LINES)])


def pyplot() -> Any:
    """Import matplotlib's pyplot, or say what to install."""
    try:
        from matplotlib import pyplot as imported
    except ImportError as error:
        raise ImportError('Pictures need matplotlib: pip install "semigen[plot]"') from error
    return imported


def axes_or_new(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return the axes given, or those of a new figure of so many inches."""
    if ax is not None:
        return ax
    _, made = pyplot().subplots(figsize=size, layout="constrained")
    return made  # type: ignore[no-any-return]


def panels(ax: Axes | None, n_panels: int, size: tuple[float, float], n_columns: int) -> list[Axes]:
    """Return axes side by side: of a new figure, or in the place of the axes given, which are then switched off.

    Parameters
    ----------
    ax : matplotlib Axes or None
    n_panels : int
    size : (width, height)
        Inches of a panel of a new figure.
    n_columns : int

    Returns
    -------
    list of matplotlib Axes
        Line by line; the first line may be short, so that the last one has an axis for every column.
    """
    n_lines = math.ceil(n_panels / n_columns)
    if ax is None:
        figure = pyplot().figure(figsize=(size[0] * n_columns, size[1] * n_lines), layout="constrained")
        grid = figure.add_gridspec(n_lines, n_columns)
    else:
        figure = ax.figure
        ax.set_axis_off()
        whole = ax.get_subplotspec()
        if whole is not None:
            grid = whole.subgridspec(n_lines, n_columns)
        else:
            box = ax.get_position()
            grid = figure.add_gridspec(n_lines, n_columns, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)
    n_missing = n_lines * n_columns - n_panels
    cells = [divmod(i, n_columns) for i in range(n_lines * n_columns)]
    kept = cells[: n_columns - n_missing] + cells[n_columns:]
    return [figure.add_subplot(grid[cell]) for cell in kept]


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes are on, also those of a subfigure."""
    figure: Any = ax.figure
    while not hasattr(figure, "savefig"):
        figure = figure.figure
    return figure  # type: ignore[no-any-return]


def legend_beside(ax: Axes, handles: Sequence[Any], names: Sequence[str], title: str | None = None) -> Any:
    """Put a legend to the right of the axes, where it covers nothing; a long one in columns, a very long one cut."""
    handles, names = list(handles), list(names)
    if len(names) > _MOST_ENTRIES:
        from matplotlib.lines import Line2D

        n_more = len(names) - _MOST_ENTRIES
        handles = [*handles[:_MOST_ENTRIES], Line2D([], [], linestyle="")]
        names = [*names[:_MOST_ENTRIES], f"… {n_more} more"]
    return ax.legend(
        handles,
        names,
        title=title,
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        borderaxespad=0,
        frameon=False,
        ncols=math.ceil(len(names) / 16),
        columnspacing=1,
        handletextpad=0.5,
    )


def spread_apart(positions: Sequence[float], gap: float) -> np.ndarray:
    """Move positions as little as need be so that no two are nearer than the gap; their order stays.

    The least-squares answer: with the gaps taken out it is isotonic regression.
    """
    from sklearn.isotonic import isotonic_regression

    wanted = np.asarray(positions, dtype=np.float64)
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    moved = np.empty_like(wanted)
    moved[order] = isotonic_regression(wanted[order] - steps) + steps
    return moved
