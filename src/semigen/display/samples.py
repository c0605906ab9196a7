"""SamplesDisplay: rows of each class side by side, images or lines across the columns."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils import check_scalar

from semigen.display.inputs import check_fitted, labels_for, names_after, rows_and_names
from semigen.display.names import short_names
from semigen.display.options import check_options, nothing_if_failed
from semigen.display.points import quiet_frame
from semigen.display.style import INK, UNLABELED, axes_or_new, figure_of, look, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Inches of an image in a new figure.
_INCHES = 0.6

# Rows drawn, for each that is wanted, of a model that cannot be asked for a class.
_DRAWN_FOR_ONE = 50


class SamplesDisplay:
    """What each class looks like, row by row: drawn by a model, or real.

    Images make a sheet, a line for each class. Rows of a table make a panel for each class: thin lines are rows across
    the columns, the black one with markers is their median, and the grey band holds the middle 80 % of all classes.
    Columns are standardised then, by the mean and deviation of all rows; the farthest hundredth may leave the panel.

    Parameters
    ----------
    rows : sequence of arrays of shape (rows, d)
        For each class; a class may have fewer rows than others, or none.
    names : sequence
        Of the classes.
    image_shape : (height, width), (channels, height, width), "square" or None, default=None
        What makes images of rows; "square" takes square grey ones, None draws lines. Three channels are red, green and
        blue between 0 and 1, one is grey, of any other number the mean is shown.
    column_names : sequence of str, optional
        For lines.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The first panel, for lines.
    axes_ : list of matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage or None
    lines_ : list of list of matplotlib Line2D
        Of each class: rows, then the median.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from semigen.display import SamplesDisplay
    >>> X, digit = load_digits(return_X_y=True)
    >>> display = SamplesDisplay.from_predictions(X, digit, n_samples=5, image_shape="square")
    >>> len(display.names)
    10
    """

    def __init__(
        self,
        *,
        rows: Sequence[NDArray[Any]],
        names: Sequence[Any],
        image_shape: Sequence[int] | str | None = None,
        column_names: Sequence[str] | None = None,
    ):
        if not any(len(some) for some in rows):
            raise ValueError("There is no row to draw.")
        if len(names) != len(rows):
            raise ValueError(f"rows has those of {len(rows)} classes, and names has {len(names)}.")
        self.rows = list(rows)
        self.names = list(names)
        self.image_shape = None if image_shape is None else checked_shape(image_shape, self.rows[0].shape[1])
        self.column_names = column_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        n_samples: int = 10,
        image_shape: Sequence[int] | str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Let a fitted model draw rows of each class with its `sample`.

        Of a model that cannot be asked for a class, many rows are drawn and sorted by its `predict`; of one that knows
        no classes, rows make one group. Of a pipeline the last step draws, rows as it sees them. Autoencoders give the
        mean of p(x | y, z) for each z that they draw.

        Parameters
        ----------
        estimator : fitted model with `sample`
        n_samples : int, default=10
            Of each class; fewer where so many did not turn up among fifty times as many rows.
        image_shape : (height, width), (channels, height, width), "square" or None, default=None
            None draws lines across the columns.
        ax : matplotlib Axes, optional
            Default: those of a new figure. Panels take its place.
        **kwargs
            Passed on to matplotlib's ``imshow``, or ``plot`` for the rows.

        Returns
        -------
        SamplesDisplay

        Raises
        ------
        TypeError
            If the estimator has no `sample`.
        ValueError
            If rows are no images of that shape.
        """
        check_fitted(estimator)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        columns = getattr(estimator, "feature_names_in_", None)
        if isinstance(estimator, Pipeline):
            columns = None if columns is None or len(estimator) == 1 else names_after(estimator[:-1])
            estimator = estimator[-1]
        if not hasattr(estimator, "sample"):
            raise TypeError(
                f"{type(estimator).__name__} has no sample. SamplesDisplay.from_predictions draws rows that you have."
            )
        classes = list(getattr(estimator, "classes_", ["rows"]))
        names = None if columns is None else [str(column) for column in columns]
        display = cls(rows=drawn_by(estimator, n_samples), names=classes, image_shape=image_shape, column_names=names)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        *,
        n_samples: int = 10,
        image_shape: Sequence[int] | str | None = None,
        unlabeled: object = -1,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the first rows of each class, given or predicted.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
            Unlabelled rows are left out.
        n_samples : int, default=10
            Of each class.
        image_shape : (height, width), (channels, height, width), "square" or None, default=None
            None draws lines across the columns.
        unlabeled : object, default=-1
            The value in `y` that marks an unlabelled row.
        ax : matplotlib Axes, optional
            Default: those of a new figure. Panels take its place.
        **kwargs
            Passed on to matplotlib's ``imshow``, or ``plot`` for the rows.

        Returns
        -------
        SamplesDisplay
        """
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rows, columns = rows_and_names(X)
        labels = labels_for(y, len(rows), None, unlabeled)
        groups = [rows[labels.codes == k][:n_samples] for k in range(len(labels.classes))]
        names = columns if hasattr(X, "columns") else None
        return cls(rows=groups, names=labels.names, image_shape=image_shape, column_names=names).plot(ax=ax, **kwargs)

    @nothing_if_failed
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Default: those of a new figure. Panels take its place.
        **kwargs
            Passed on to matplotlib's ``imshow``, or ``plot`` for the rows.

        Returns
        -------
        SamplesDisplay
        """
        check_options("plot" if self.image_shape is None else "imshow", kwargs)
        self.image_: Any = None
        self.lines_: list[list[Any]] = []
        if self.image_shape is None:
            self._draw_lines(ax, kwargs)
        else:
            self._draw_images(ax, kwargs)
        self.figure_ = figure_of(self.ax_)
        return self

    def _draw_images(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        assert self.image_shape is not None
        sheet, centres = sheet_of(self.rows, self.image_shape)
        height, width = sheet.shape[:2]
        self.ax_ = axes_or_new(ax, size_of_sheet(self.rows, self.image_shape))
        self.axes_ = [self.ax_]
        drawn = {"cmap": "gray_r", "interpolation": "nearest"}
        self.image_ = self.ax_.imshow(sheet, **{**drawn, **kwargs})
        self.ax_.set(xticks=[], xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        self.ax_.set_yticks(centres, short_names(self.names))
        self.ax_.tick_params(axis="y", length=0)
        for spine in self.ax_.spines.values():
            spine.set_visible(False)

    def _draw_lines(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        every = np.concatenate(self.rows).astype(np.float64)
        n_columns = every.shape[1]
        centre, scale = np.nanmean(every, axis=0), np.nanstd(every, axis=0)
        scale[~(scale > 0)] = 1
        low, high = np.nanquantile((every - centre) / scale, [0.1, 0.9], axis=0)
        at = np.arange(n_columns)
        width = float(np.clip(0.28 * n_columns, 2.6, 8.0))
        n_groups = len(self.rows)
        across = n_groups if n_groups <= 3 else min(math.ceil(math.sqrt(n_groups)), 6 if width < 4 else 3)
        # Names of columns stand below the last line of panels only.
        below = 1.2 / math.ceil(n_groups / across) if self.column_names is not None and n_columns <= 24 else 0.0
        self.axes_ = panels(ax, n_groups, (width, 2.2 + below), across)
        least, most = np.nanquantile((every - centre) / scale, [0.005, 0.995])
        margin = 0.1 * (most - least) or 1.0
        self.ax_ = self.axes_[0]
        names = short_names(self.names, 20)
        for k, (place, some) in enumerate(zip(self.axes_, self.rows, strict=True)):
            place.sharex(self.ax_)
            place.sharey(self.ax_)
            place.set_ylim(least - margin, most + margin)
            place.fill_between(at, low, high, color=UNLABELED, alpha=0.25, linewidth=0)
            standard = (some - centre) / scale
            thin: dict[str, Any] = {"color": look(k).colour, "linewidth": 0.7, "alpha": 0.6}
            self.lines_.append(place.plot(at, standard.T, **{**thin, **kwargs}) if len(some) else [])
            if len(some):
                middle: dict[str, Any] = {
                    "color": INK,
                    "marker": look(k).marker,
                    "linewidth": 1.4,
                    "markerfacecolor": look(k).colour,
                }
                few = max(n_columns // 20, 1)
                self.lines_[-1] += place.plot(at, np.nanmedian(standard, axis=0), markevery=few, **middle)
            place.set_title(f"{names[k]} ({len(some)})", fontsize="medium")
            self._name_columns(place, at, k >= n_groups - across)
            cell = place.get_subplotspec()
            first_of_its_line = cell is None or cell.is_first_col()
            place.tick_params(labelleft=first_of_its_line)
            if first_of_its_line:
                place.set_ylabel("standardised")
            quiet_frame(place)

    def _name_columns(self, place: Axes, at: NDArray[np.int64], lowest: bool) -> None:
        if len(at) > 24:
            place.locator_params(axis="x", integer=True, nbins=6)
            place.set_xlabel("column" if lowest else "")
        else:
            names = self.column_names or [str(j) for j in at]
            place.set_xticks(at, short_names(names, 18))
            if self.column_names is not None:
                place.tick_params(axis="x", rotation=90)
            elif lowest:
                place.set_xlabel("column")
        place.tick_params(labelbottom=lowest)


def drawn_by(estimator: Any, n_samples: int) -> list[NDArray[Any]]:
    """So many rows of each class from a model's `sample`."""
    accepted = inspect.signature(estimator.sample).parameters
    options = {"expected": True} if "expected" in accepted else {}
    if not hasattr(estimator, "classes_"):
        return [np.asarray(estimator.sample(n_samples, **options))]
    if "y" in accepted:
        return [estimator.sample(n_samples, y=name, **options)[0] for name in estimator.classes_]
    rows = estimator.sample(_DRAWN_FOR_ONE * n_samples, **options)
    sorted_into = estimator.predict(rows)
    return [rows[sorted_into == name][:n_samples] for name in estimator.classes_]


def checked_shape(image_shape: Sequence[int] | str, n_pixels: int) -> tuple[int, int, int]:
    """Channels, height and width of images, or an error if rows of so many columns are none."""
    side = math.isqrt(n_pixels)
    if isinstance(image_shape, str) and image_shape != "square":
        raise ValueError(f'image_shape={image_shape!r} must be "square", (height, width) or (channels, height, width).')
    shape: tuple[Any, ...] = (side, side) if image_shape == "square" else tuple(image_shape)
    full: tuple[Any, ...] = shape if len(shape) == 3 else (1, *shape) if len(shape) == 2 else (0, 0, 0)
    channels, height, width = (int(part) for part in full)
    if channels * height * width != n_pixels:
        raise ValueError(
            f"Rows of {n_pixels} columns are no images of image_shape={shape}; give (height, width), or (channels, "
            "height, width) for colours."
        )
    return channels, height, width


def size_of_sheet(rows: Sequence[NDArray[Any]], shape: tuple[int, int, int]) -> tuple[float, float]:
    """Inches of a figure that holds a sheet of images."""
    n_images = max(len(some) for some in rows)
    return _INCHES * (n_images + 1.5), _INCHES * (len(rows) + 0.8) * shape[1] / shape[2]


def sheet_of(rows: Sequence[NDArray[Any]], shape: tuple[int, int, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images in one array, a line for each group, NaN between them; and the middle of each line.

    Of shape (height, width), or (height, width, 4) for red, green, blue and how opaque.
    """
    channels, height, width = shape
    gap = max(height // 12, 1)
    n_images = max(len(some) for some in rows)
    size = (len(rows) * (height + gap) - gap, n_images * (width + gap) - gap)
    sheet = np.zeros((*size, 4)) if channels == 3 else np.full(size, np.nan)
    for line, some in enumerate(rows):
        for place, pixels in enumerate(some):
            image = np.asarray(pixels, dtype=np.float64).reshape(shape)
            window = np.s_[
                line * (height + gap) : line * (height + gap) + height,
                place * (width + gap) : place * (width + gap) + width,
            ]
            if channels == 3:
                colours = np.clip(image.transpose(1, 2, 0), 0, 1)
                sheet[window] = np.concatenate([colours, np.ones((height, width, 1))], axis=2)
            else:
                sheet[window] = image.mean(axis=0)
    return sheet, np.arange(len(rows)) * (height + gap) + (height - 1) / 2
