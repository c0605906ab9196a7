"""Checks of every plot before it draws: of the axes, and of what is passed on to matplotlib."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

# Options that tell the classes apart, which the display sets.
OF_THE_CLASSES = ("c", "color", "facecolor", "facecolors", "fc", "marker")


def check_axes(ax: Any) -> None:
    """Refuse what is not one Axes, such as the array that ``subplots`` makes.

    Raises
    ------
    TypeError
    """
    if ax is not None and not (hasattr(ax, "plot") and hasattr(ax, "get_position")):
        raise TypeError(f"ax is of type {type(ax).__name__}; give one matplotlib Axes, as axes[0] of an array of them.")


def check_options(method: str, options: dict[str, Any], ours: Collection[str]) -> None:
    """Refuse what a method of Axes does not take, tried on hidden axes, and what the display sets itself.

    Parameters
    ----------
    method : {"scatter", "plot", "imshow"}
    options : dict
        Keyword arguments that are passed on.
    ours : collection of str
        Those that the display sets itself.

    Raises
    ------
    TypeError
    """
    if not options:
        return
    chosen = [name for name in options if name in ours]
    if chosen:
        raise TypeError(
            f"{', '.join(chosen)} cannot be given: the display sets it, so that it tells the classes apart."
        )
    from matplotlib.figure import Figure

    draw = getattr(Figure().subplots(), method)
    try:
        draw([[0.0]], **options) if method == "imshow" else draw([0.0], [0.0], **options)
    except (AttributeError, TypeError, ValueError) as error:
        raise TypeError(f"{', '.join(options)}: matplotlib's {method} says: {error}") from error
