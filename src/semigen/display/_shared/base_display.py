"""Base classes of displays: `plot`, which leaves nothing behind where it fails, and rows drawn as dots."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from semigen.display._shared.names import ALONG, short_name
from semigen.display._shared.plot_arguments import OF_THE_CLASSES, check_axes, check_options
from semigen.display._shared.points import draw_rows, legend_of_rows, quiet_frame
from semigen.display._shared.style import axes_or_new, figure_of, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Display(ABC):
    """Base of all displays.

    A subclass draws in `_draw`, where it sets `ax_`, `figure_` and what else it offers.
    """

    ax_: Axes
    figure_: Figure
    # The method of Axes that gets the keyword arguments of `plot`, and those of them that the display sets itself.
    _method: str = "plot"
    _own_options: ClassVar[Sequence[str]] = ()

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw. A failure leaves the display as it was, and no new figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Default: those of a new figure. Where a display draws several panels, these take the place of `ax`.
        **kwargs
            Passed on to matplotlib: to ``scatter`` for labelled rows, to ``imshow`` for images, else to ``plot``.

        Returns
        -------
        self
        """
        check_axes(ax)
        attributes = dict(vars(self))
        # Axes that were given are not cleaned up after a failure: what can be wrong is checked before.
        figures = set() if ax is not None else set(pyplot().get_fignums())
        check_options(self._method, kwargs, self._own_options)
        try:
            self._draw(ax, kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(attributes)
            if ax is None:
                for number in set(pyplot().get_fignums()) - figures:
                    pyplot().close(number)
            raise
        return self

    @abstractmethod
    def _draw(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        """Draw on these axes, or on new ones."""


class RowsDisplay(Display):
    """Base of displays of rows as dots; a subclass adds what lies below and above them."""

    points: NDArray[np.float64]
    codes: NDArray[np.int64]
    class_names: Sequence[Any]
    axis_names: Sequence[str] | None
    predicted: NDArray[np.int64] | None = None
    _method = "scatter"
    _own_options = OF_THE_CLASSES
    _size: ClassVar[tuple[float, float]] = (7.2, 4.8)

    def _draw(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        self.ax_ = axes_or_new(ax, self._size)
        self.figure_ = figure_of(self.ax_)
        points, below = self._draw_below()
        dots = draw_rows(self.ax_, points, self.codes, self.class_names, self.predicted, **kwargs)
        self.unlabeled_, self.labeled_ = dots.unlabeled, dots.labeled
        above = self._draw_above()
        self._name_axes()
        n_left_out = int((~np.isfinite(points).all(axis=1)).sum())
        n_outside = self._limit_axes()
        legend_of_rows(self.ax_, dots, self.class_names, n_left_out, [*below, *above], n_outside)
        quiet_frame(self.ax_)
        self.names_: list[Any] = self._name_classes()

    def _draw_below(self) -> tuple[NDArray[np.float64], list[Any]]:
        """Draw what lies below the rows; return the places of the rows, and entries of the legend."""
        return self.points, []

    def _draw_above(self) -> list[Any]:
        """Draw what lies above the rows; return entries of the legend."""
        return []

    def _name_axes(self) -> None:
        """Write the names of the axes beside them."""
        if self.axis_names is not None:
            self.ax_.set_xlabel(short_name(self.axis_names[0], ALONG))
            if len(self.axis_names) > 1:
                self.ax_.set_ylabel(short_name(self.axis_names[1], ALONG))

    def _limit_axes(self) -> int:
        """Set limits, and return the number of rows outside."""
        return 0

    @abstractmethod
    def _name_classes(self) -> list[Any]:
        """Write names of classes where there is room, and return the texts."""
