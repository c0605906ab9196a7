"""SamplesDisplay: rows of each class side by side, images or lines across the columns."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils import check_scalar

from semigen.display._shared.base_display import Display
from semigen.display._shared.image_sheet import checked_shape, draw_sheet, size_of_sheet
from semigen.display._shared.inputs import check_fitted, labels_for, names_after, rows_and_names
from semigen.display._shared.line_panels import draw_line_panels
from semigen.display._shared.style import axes_or_new, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Rows drawn, for each that is wanted, of a model that cannot be asked for a class.
_DRAWN_FOR_ONE = 50


class SamplesDisplay(Display):
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
        self._method = "plot" if image_shape is None else "imshow"

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
        """Draw rows of each class from the `sample` of a fitted model.

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

    def _draw(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        self.image_: Any = None
        self.axes_: list[Axes]
        self.lines_: list[list[Any]] = []
        if self.image_shape is None:
            self.axes_, self.lines_ = draw_line_panels(ax, self.rows, self.names, self.column_names, **kwargs)
        else:
            sheet = axes_or_new(ax, size_of_sheet(self.rows, self.image_shape))
            self.image_, self.axes_ = draw_sheet(sheet, self.rows, self.names, self.image_shape, **kwargs), [sheet]
        self.ax_ = self.axes_[0]
        self.figure_ = figure_of(self.ax_)


def drawn_by(estimator: Any, n_samples: int) -> list[NDArray[Any]]:
    """Return so many rows of each class from a model's `sample`."""
    accepted = inspect.signature(estimator.sample).parameters
    options = {"expected": True} if "expected" in accepted else {}
    if not hasattr(estimator, "classes_"):
        return [np.asarray(estimator.sample(n_samples, **options))]
    if "y" in accepted:
        return [estimator.sample(n_samples, y=name, **options)[0] for name in estimator.classes_]
    rows = estimator.sample(_DRAWN_FOR_ONE * n_samples, **options)
    sorted_into = estimator.predict(rows)
    return [rows[sorted_into == name][:n_samples] for name in estimator.classes_]
