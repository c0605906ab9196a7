"""What every plot checks before it draws: the axes, and what is passed on to matplotlib; and what it leaves behind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar, cast

from semigen.display._shared.style import pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Plot = TypeVar("Plot", bound=Callable[..., Any])

# What tells the classes apart is not for the caller to choose.
OF_THE_CLASSES = ("c", "color", "facecolor", "facecolors", "fc", "marker")


def nothing_if_failed(plot: Plot) -> Plot:
    """Let a `plot` that fails leave its display as it was, and no new figure.

    Axes that were given are not cleaned up after a failure: what can be wrong is checked before anything is drawn.
    """

    @functools.wraps(plot)
    def guarded(self: Any, ax: Axes | None = None, **kwargs: Any) -> Any:
        check_axes(ax)
        attributes = dict(vars(self))
        figures = set() if ax is not None else set(pyplot().get_fignums())
        try:
            return plot(self, ax, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(attributes)
            if ax is None:
                for number in set(pyplot().get_fignums()) - figures:
                    pyplot().close(number)
            raise

    return cast(Plot, guarded)


def check_axes(ax: Any) -> None:
    """Refuse what is not one Axes, such as the array that ``subplots`` makes.

    Raises
    ------
    TypeError
    """
    if ax is not None and not (hasattr(ax, "plot") and hasattr(ax, "get_position")):
        raise TypeError(f"ax is of type {type(ax).__name__}; give one matplotlib Axes, as axes[0] of an array of them.")


def check_options(method: str, options: dict[str, Any], ours: Collection[str] = ()) -> None:
    """Refuse what a method of Axes does not take, tried on axes that nobody sees, and what the display chooses itself.

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
