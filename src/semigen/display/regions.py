"""DecisionRegionsDisplay: which class a model gives where, and how sure it is, under the rows."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import distance_transform_edt
from sklearn.utils import check_scalar

from semigen.display._shared.base_display import RowsDisplay
from semigen.display._shared.inputs import (
    check_fitted,
    check_predicts,
    check_rows,
    filled,
    labels_for,
    last_step,
    rows_and_names,
    rows_like,
    unlabeled_of,
)
from semigen.display._shared.name_placement import name_places
from semigen.display._shared.names import short_names
from semigen.display._shared.plane import plane_through
from semigen.display._shared.points import class_handle
from semigen.display._shared.style import INK, look
from semigen.tables.cells import are_all_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A class is named within its region if that holds this share of the picture, and the rest is left to the legend.
_ROOM_FOR_A_NAME = 0.015


class DecisionRegionsDisplay(RowsDisplay):
    """Class regions on a plane: tinted by class, the fainter the less sure, parted by black lines and named.

    scikit-learn's `DecisionBoundaryDisplay` draws any response of an estimator of two columns. This one says nothing of
    responses; it shows regions that can be told apart without colours, unlabelled rows, and estimators of one column or
    of many.

    Parameters
    ----------
    xs : array of shape (g,)
    ys : array of shape (h,) or None
        None for a single column: then the probabilities of the classes are drawn as curves.
    probabilities : array of shape (h, g, classes) or (g, classes)
        Of the classes at the places of the grid.
    points : array of shape (n, 2) or (n, 1)
        Where rows are drawn; rows with NaN are left out.
    codes : array of shape (n,)
        Class of each row; negative where there is no label.
    class_names : sequence
    axis_names : sequence of str
    is_slice : bool, default=False
        Whether rows lie beside the plane, so that their own regions may differ from those that they are drawn on.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    surface_ : matplotlib AxesImage or None
    curves_ : list of matplotlib Line2D
        For a single column.
    names_ : list of matplotlib Text
        Names of regions with room for one.
    unlabeled_, labeled_ : matplotlib PathCollection or None
        Rows, in a shuffled order that is always the same.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_moons
    >>> from semigen import SemiSupervisedGMM
    >>> from semigen.display import DecisionRegionsDisplay
    >>> X, moon = make_moons(200, noise=0.1, random_state=0)
    >>> y = np.where(np.arange(200) < 20, moon, -1)
    >>> display = DecisionRegionsDisplay.from_estimator(SemiSupervisedGMM().fit(X, y), X, y)
    >>> display.probabilities.shape
    (200, 200, 2)
    """

    def __init__(
        self,
        *,
        xs: NDArray[np.float64],
        ys: NDArray[np.float64] | None,
        probabilities: NDArray[np.float64],
        points: NDArray[np.float64],
        codes: NDArray[np.int64],
        class_names: Sequence[Any],
        axis_names: Sequence[str],
        is_slice: bool = False,
    ):
        check_rows(points, codes, class_names, axis_names)
        self.xs = xs
        self.ys = ys
        self.probabilities = probabilities
        self.points = points
        self.codes = codes
        self.class_names = class_names
        self.axis_names = axis_names
        self.is_slice = is_slice

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        columns: Sequence[int | str] | None = None,
        grid_resolution: int = 200,
        unlabeled: object = -1,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Ask any fitted classifier on a grid.

        Of more than two columns a slice is drawn: the plane of two columns with the others at their medians, or the
        plane of the principal components through the mean. Rows beside the plane are drawn where they project, and
        their own class may be another than that of the region there.

        A pipeline is asked for its own columns where those are numbers; of text or dates, its last step is drawn over
        the columns that the steps before make of them. Gaps are filled by the `impute` of a model that has one; other
        rows with gaps are left out.

        Parameters
        ----------
        estimator : fitted classifier
        X : array-like of shape (n, d)
        y : array-like of shape (n,), optional
            Labels; without them all rows are unlabelled.
        columns : sequence of one or two numbers or names, optional
            The columns to draw; by default the first two principal components of the standardised rows.
        grid_resolution : int, default=200
            Places along each axis.
        unlabeled : object, default=-1
            The value in `y` that marks an unlabelled row, if the estimator was not told.
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``scatter`` for the labelled rows.

        Returns
        -------
        DecisionRegionsDisplay

        Raises
        ------
        ValueError
            If no row is complete.
        """
        check_fitted(estimator)
        check_predicts(estimator)
        check_scalar(grid_resolution, "grid_resolution", Integral, min_val=2)
        unlabeled = unlabeled_of(estimator, unlabeled)
        # A grid has no text: of such columns, it is laid where the steps before the model have made numbers of them.
        model, X, names = (estimator, X, None) if are_all_numbers(X) else last_step(estimator, X)
        rows, names = rows_and_names(X, names)
        labels = labels_for(y, len(rows), model, unlabeled)
        rows = filled(model, X, rows)
        complete = rows[~np.isnan(rows).any(axis=1)]
        if not len(complete):
            raise ValueError("X has no row without gaps, so there is no plane to draw on; fill the gaps first.")
        plane = plane_through(complete, names, columns)
        points = plane.apply(rows)
        axes = [_wider(column[np.isfinite(column)], grid_resolution) for column in points.T]
        grid = np.stack(np.meshgrid(*axes), axis=-1)
        asked = rows_like(plane.rows_at(grid.reshape(-1, plane.width)), X)
        probabilities = _probabilities(model, asked)
        display = cls(
            xs=axes[0],
            ys=axes[1] if plane.width == 2 else None,
            probabilities=probabilities.reshape(*grid.shape[:-1], -1),
            points=points,
            codes=labels.codes,
            class_names=labels.names,
            axis_names=plane.names,
            is_slice=rows.shape[1] > plane.width,
        )
        return display.plot(ax=ax, **kwargs)

    def _draw_below(self) -> tuple[NDArray[np.float64], list[Any]]:
        self.surface_: Any = None
        self.curves_: list[Any] = []
        self._named: dict[int, tuple[float, float]] = {}
        if self.ys is None:
            more = self._draw_curves()
            # Below the curves, where no probability is.
            return np.column_stack([self.points[:, 0], np.where(self.codes < 0, -0.12, -0.06)]), more
        self._named = self._draw_regions()
        return self.points, []

    def _name_axes(self) -> None:
        super()._name_axes()
        if self.ys is None:
            self.ax_.set_ylabel("probability of the class")
        if self.is_slice:
            self.ax_.set_title("A slice: rows lie beside it, and may belong elsewhere", fontsize="medium")

    def _name_classes(self) -> list[Any]:
        return name_places(self.ax_, list(self._named.values()), list(self._named), self.class_names)

    def _draw_curves(self) -> list[Any]:
        more = []
        every = max(len(self.xs) // 8, 1)
        for k, name in enumerate(short_names(self.class_names)):
            self.curves_ += self.ax_.plot(
                self.xs,
                self.probabilities[:, k],
                color=look(k).colour,
                linestyle=look(k).line,
                marker=look(k).marker,
                markevery=(k * every // max(len(self.class_names), 1), every),
                markeredgecolor="black",
            )
            if not (self.codes == k).any():
                more.append((class_handle(k, line=True), name))
        self.ax_.axhline(0, color=INK, linewidth=0.8)
        self.ax_.set_yticks(np.linspace(0, 1, 6))
        return more

    def _draw_regions(self) -> dict[int, tuple[float, float]]:
        """Draw all, and return where which classes are to be named."""
        from matplotlib.colors import to_rgb

        assert self.ys is not None
        winner, sureness = self.probabilities.argmax(axis=2), self.probabilities.max(axis=2)
        n_classes = self.probabilities.shape[2]
        # White at a chance guess, a tint that dark dots stand out from where the model is sure.
        depth = 0.12 + 0.38 * np.clip((sureness * n_classes - 1) / max(n_classes - 1, 1), 0, 1)
        colours = np.array([to_rgb(look(k).colour) for k in range(n_classes)])
        image = 1 - depth[..., None] * (1 - colours[winner])
        halves = [(axis[1] - axis[0]) / 2 for axis in (self.xs, self.ys)]
        extent = (
            self.xs[0] - halves[0],
            self.xs[-1] + halves[0],
            self.ys[0] - halves[1],
            self.ys[-1] + halves[1],
        )
        self.surface_ = self.ax_.imshow(image, origin="lower", extent=extent, aspect="auto", zorder=0)
        named = {}
        for k in np.unique(winner):
            inside = winner == k
            if not inside.all():
                self.ax_.contour(
                    self.xs, self.ys, inside.astype(float), levels=[0.5], colors="black", linewidths=0.9, zorder=1
                )
            if inside.mean() > _ROOM_FOR_A_NAME:
                named[int(k)] = self._widest_at(inside)
        return named

    def _widest_at(self, inside: NDArray[np.bool_]) -> tuple[float, float]:
        """Return the place of a region that is farthest from its border."""
        assert self.ys is not None
        line, column = np.unravel_index(distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1].argmax(), inside.shape)
        return float(self.xs[column]), float(self.ys[line])


def _wider(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return so many places from a little before the least value to a little past the largest."""
    least, largest = float(values.min()), float(values.max())
    margin = 0.08 * (largest - least) or 1.0
    return np.linspace(least - margin, largest + margin, n)


def _probabilities(estimator: Any, X: Any) -> NDArray[np.float64]:
    """Return class probabilities, or zeros and ones for a classifier that has none."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(X), dtype=np.float64)
    return np.asarray(np.asarray(estimator.predict(X))[:, None] == estimator.classes_, dtype=np.float64)
