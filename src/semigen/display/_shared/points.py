"""Rows as dots: unlabelled ones small and grey, labelled ones large, outlined, in the look of their class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semigen.display._shared.names import in_lines, short_names
from semigen.display._shared.style import INK, UNLABELED, legend_beside, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Spreads dots within a lane without clumps and without chance.
_GOLDEN = 0.6180339887498949


# So many rows are drawn at full size; more get smaller and fainter, so that none hides what lies below.
_FEW_LABELED, _FEW_UNLABELED = 300, 300


@dataclass(frozen=True)
class Dots:
    """What was drawn: a collection for the unlabelled rows, one for the labelled ones, either None without such rows.

    Attributes
    ----------
    unlabeled, labeled : matplotlib PathCollection or None
    shown : list of int
        Classes of the labelled rows.
    in_their_looks : bool
        Whether unlabelled rows were drawn in the looks of predicted classes.
    """

    unlabeled: Any
    labeled: Any
    shown: list[int]
    in_their_looks: bool


def draw_rows(
    ax: Axes,
    places: NDArray[np.float64],
    codes: NDArray[np.int64],
    names: Sequence[Any],
    predicted: NDArray[np.int64] | None = None,
    **kwargs: Any,
) -> Dots:
    """Draw rows, labelled ones on top; places of one column are laid out in lanes, one for each class.

    Rows come in a shuffled order, always the same, so that no class lies over the others.

    Parameters
    ----------
    ax : matplotlib Axes
    places : array of shape (n, 2) or (n, 1)
        Rows with NaN are left out.
    codes : array of shape (n,)
        Classes; negative where there is no label.
    names : sequence
        Of the classes.
    predicted : array of shape (n,), optional
        Classes in whose look unlabelled rows are drawn, in place of grey.
    **kwargs
        Passed on to matplotlib's ``scatter`` for the labelled rows.
    """
    in_lanes = places.shape[1] == 1
    if in_lanes:
        places = laid_in_lanes(places[:, 0], codes)
        name_lanes(ax, names)
    order = np.random.default_rng(0).permutation(len(places))
    order = order[np.isfinite(places[order]).all(axis=1)]
    few, many = order[codes[order] >= 0], order[codes[order] < 0]
    unlabeled = labeled = None
    if len(many):
        crowd = min(_FEW_UNLABELED / len(many), 1.0)
        size = 9 * max(crowd**0.25, 0.5)
        drawn: dict[str, Any] = {"alpha": max(0.8 * crowd**0.5, 0.25), "linewidths": 0, "zorder": 2}
        drawn["rasterized"] = len(many) > 2000
        if predicted is None:
            unlabeled = ax.scatter(places[many, 0], places[many, 1], s=size, c=UNLABELED, **drawn)
        else:
            unlabeled = _in_their_looks(
                ax, places[many], predicted[many], {**drawn, "s": 1.8 * size, "alpha": max(0.8 * crowd**0.3, 0.3)}
            )
    if len(few):
        crowd = min(_FEW_LABELED / len(few), 1.0)
        size = max(46 * crowd**0.5, 6)
        drawn = {"s": size, "alpha": max(crowd**0.25, 0.3), "edgecolors": "black", "linewidths": 0.8 * size / 46}
        drawn |= {"zorder": 3, "rasterized": len(few) > 2000}
        labeled = _in_their_looks(ax, places[few], codes[few], {**drawn, **kwargs})
    return Dots(unlabeled, labeled, np.unique(codes[few]).tolist(), predicted is not None)


def _in_their_looks(ax: Axes, places: NDArray[np.float64], codes: NDArray[np.int64], drawn: dict[str, Any]) -> Any:
    """Draw rows of all classes as one collection, each in its colour and with its marker."""
    from matplotlib.markers import MarkerStyle

    dots = ax.scatter(places[:, 0], places[:, 1], c=[look(k).colour for k in codes], **drawn)
    shapes = [MarkerStyle(look(k).marker) for k in range(int(codes.max()) + 1)]
    outlines = [shape.get_path().transformed(shape.get_transform()) for shape in shapes]
    dots.set_paths([outlines[k] for k in codes])
    return dots


def legend_of_rows(
    ax: Axes, dots: Dots, names: Sequence[Any], n_left_out: int, more: Sequence[Any], n_outside: int
) -> Any:
    """Say what the dots are: how many unlabelled ones, and which class has which look.

    Parameters
    ----------
    ax : matplotlib Axes
    dots : Dots
    names : sequence
        Of the classes.
    n_left_out : int
        Rows that could not be drawn, since they have gaps.
    more : sequence of (handle, str)
        Other entries, first in the legend.
    n_outside : int
        Rows that lie outside the axes.
    """
    from matplotlib.lines import Line2D

    entries = list(more)
    if dots.unlabeled is not None:
        said = f"{len(dots.unlabeled.get_offsets()):,} unlabelled"
        entries.append(
            (_unlabeled_handle(dots), f"{said}, in the look\nof the predicted class" if dots.in_their_looks else said)
        )
    if n_left_out:
        entries.append((Line2D([], [], linestyle=""), f"{n_left_out:,} with gaps left out"))
    if n_outside:
        beyond = "1 row lies" if n_outside == 1 else f"{n_outside:,} rows lie"
        entries.append((Line2D([], [], linestyle=""), f"{beyond} beyond the edges"))
    written = in_lines(names)
    entries += [(class_handle(k), written[k]) for k in dots.shown]
    title = None
    if len(names) > 10:
        title = "Classes: colours repeat,\nthe marker tells"
    if not entries:
        return None
    handles, texts = zip(*entries, strict=True)
    return legend_beside(ax, handles, texts, title)


def _unlabeled_handle(dots: Dots) -> Any:
    """Return what stands for unlabelled rows in a legend: a grey dot of their size, whichever looks they have."""
    from matplotlib.lines import Line2D

    return Line2D(
        [],
        [],
        linestyle="",
        marker="o",
        color=UNLABELED,
        markersize=float(np.sqrt(dots.unlabeled.get_sizes()[0])),
        markeredgewidth=0,
        alpha=dots.unlabeled.get_alpha(),
    )


def class_handle(k: int, line: bool = False) -> Any:
    """Return what stands for a class in a legend: its marker, and its line if that is drawn."""
    from matplotlib.lines import Line2D

    return Line2D(
        [],
        [],
        color=look(k).colour,
        marker=look(k).marker,
        linestyle=look(k).line if line else "",
        markersize=6.5,
        markeredgecolor="black",
        markeredgewidth=0.8,
    )


def laid_in_lanes(values: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return places of rows of a single column: lane 0 if unlabelled, k + 1 for class k."""
    within = (np.arange(len(values)) * _GOLDEN) % 1 - 0.5
    return np.column_stack([values, np.maximum(codes, -1) + 1 + 0.5 * within])


def name_lanes(ax: Axes, names: Sequence[Any]) -> None:
    """Write the classes beside their lanes."""
    ax.set_yticks(np.arange(len(names) + 1), ["unlabelled", *short_names(names)])
    ax.set_ylim(-0.6, len(names) + 0.6)
    ax.tick_params(axis="y", length=0)


def quiet_frame(ax: Axes) -> None:
    """Leave only the two axes lines that are read."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(INK)
