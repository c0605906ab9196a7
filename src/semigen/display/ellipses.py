"""ClassEllipsesDisplay: the Gaussians of a mixture over its rows, labelled and not, on a plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from semigen.display._shared.base_display import RowsDisplay
from semigen.display._shared.inputs import (
    check_fitted,
    check_rows,
    check_share,
    check_width,
    filled,
    labels_for,
    last_step,
    rows_and_names,
    unlabeled_of,
)
from semigen.display._shared.name_placement import name_places
from semigen.display._shared.plane import Plane, plane_through
from semigen.display._shared.style import look
from semigen.mixture.families import FAMILIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# More ellipses than this are not named one by one.
_MOST_NAMED = 30


class ClassEllipsesDisplay(RowsDisplay):
    """Rows on a plane, and the ellipse of each component of a mixture: where the model saw the classes.

    Parameters
    ----------
    points : array of shape (n, 2) or (n, 1)
        Where rows are drawn; rows with NaN are left out. One column is drawn in lanes, one for each class.
    codes : array of shape (n,)
        Class of each row; negative where there is no label.
    class_names : sequence
    axis_names : sequence of str
    means : array of shape (components, 2) or (components, 1), optional
        Means of the components on the plane; without them, rows only are drawn.
    covariances : array of shape (components, 2, 2) or (components, 1, 1), optional
    component_class : array of shape (components,), optional
        Class of each component.
    coverage : float, default=0.9
        Share of a Gaussian on the plane that its ellipse holds.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    ellipses_ : list of matplotlib Ellipse
    names_ : list of matplotlib Text
        The class of each ellipse, at its outer end; none for rows in lanes, or where there is no room.
    unlabeled_, labeled_ : matplotlib PathCollection or None
        Rows, in a shuffled order that is always the same.

    See Also
    --------
    LatentMapDisplay : rows in the features that a model learnt.
    DecisionRegionsDisplay : which class a model gives where.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from semigen import SemiSupervisedGMM
    >>> from semigen.display import ClassEllipsesDisplay
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 10 == 0, species, -1)
    >>> display = ClassEllipsesDisplay.from_estimator(SemiSupervisedGMM().fit(X, y), X, y)
    >>> len(display.ellipses_)
    3
    """

    def __init__(
        self,
        *,
        points: NDArray[np.float64],
        codes: NDArray[np.int64],
        class_names: Sequence[Any],
        axis_names: Sequence[str],
        means: NDArray[np.float64] | None = None,
        covariances: NDArray[np.float64] | None = None,
        component_class: NDArray[np.int64] | None = None,
        coverage: float = 0.9,
    ):
        check_share(coverage, "coverage")
        check_rows(points, codes, class_names, axis_names)
        self.points = points
        self.codes = codes
        self.class_names = class_names
        self.axis_names = axis_names
        self.means = means
        self.covariances = covariances
        self.component_class = component_class
        self.coverage = coverage

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        columns: Sequence[int | str] | None = None,
        coverage: float = 0.9,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw rows and the Gaussians of a fitted `SemiSupervisedGMM`.

        A pipeline is drawn as its last step sees the rows. Estimators without Gaussians are taken too; then rows only
        are drawn. Gaps are filled by the `impute` of a model that has one; other rows with gaps are left out.

        Parameters
        ----------
        estimator : fitted estimator
        X : array-like of shape (n, d)
        y : array-like of shape (n,), optional
            Labels in any form that `fit` takes; without them all rows are unlabelled.
        columns : sequence of one or two numbers or names, optional
            The columns to draw; by default the first two principal components of the standardised rows.
        coverage : float, default=0.9
            Share of a Gaussian on the plane that its ellipse holds.
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``scatter`` for the labelled rows.

        Returns
        -------
        ClassEllipsesDisplay
        """
        check_fitted(estimator)
        unlabeled = unlabeled_of(estimator)
        model, X, names = last_step(estimator, X)
        rows, names = rows_and_names(X, names)
        labels = labels_for(y, len(rows), model, unlabeled)
        check_width(model, rows)
        rows = filled(model, X, rows)
        plane = plane_through(rows[~np.isnan(rows).any(axis=1)], names, columns)
        about: dict[str, Any] = {}
        if _has_gaussians(model):
            about = {
                "means": plane.apply(model.means_),
                "covariances": covariances_on(plane, model.covariances_, model.covariance_type, len(model.means_)),
                "component_class": model.component_class_,
            }
        display = cls(
            points=plane.apply(rows),
            codes=labels.codes,
            class_names=labels.names,
            axis_names=plane.names,
            coverage=coverage,
            **about,
        )
        return display.plot(ax=ax, **kwargs)

    def _draw_above(self) -> list[Any]:
        self.ellipses_: list[Any] = []
        self._outer_ends = [] if self.means is None else self._draw_ellipses()
        if not self.ellipses_:
            return []
        from matplotlib.lines import Line2D

        ring = Line2D([], [], marker="o", linestyle="", markersize=9, markerfacecolor="none", color="black")
        return [(ring, f"holds {self.coverage:.0%} of a component")]

    def _name_classes(self) -> list[Any]:
        if self.component_class is None or not 0 < len(self._outer_ends) <= _MOST_NAMED:
            return []
        return name_places(self.ax_, self._outer_ends, self.component_class.tolist(), self.class_names)

    def _draw_ellipses(self) -> list[NDArray[np.float64]]:
        """Draw all, and return their outer ends; none for rows in lanes, which are named already."""
        from matplotlib.patches import Ellipse
        from matplotlib.patheffects import withStroke

        assert self.means is not None
        assert self.covariances is not None
        assert self.component_class is not None
        outer_ends: list[NDArray[np.float64]] = []
        middle = self.means.mean(axis=0)
        for mean, covariance, k in zip(self.means, self.covariances, self.component_class, strict=True):
            if len(mean) == 1:
                place, angle = (mean[0], k + 1), 0.0
                width, height = 2 * np.sqrt(chi2.ppf(self.coverage, 1) * covariance[0, 0]), 0.7
            else:
                place = (mean[0], mean[1])
                width, height, angle = axes_of_ellipse(covariance, self.coverage)
                half = width / 2 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
                outer_ends.append(mean + (half if half @ (mean - middle) >= 0 else -half))
            ellipse = Ellipse(
                place, width, height, angle=angle, facecolor="none", edgecolor=look(k).colour, linewidth=2.2, zorder=3.5
            )
            ellipse.set_linestyle(look(k).line)
            # A white edge keeps a ring visible over rows of its own colour.
            ellipse.set_path_effects([withStroke(linewidth=3.6, foreground="white")])
            self.ellipses_.append(self.ax_.add_patch(ellipse))
        self.ax_.autoscale_view()
        return outer_ends


def axes_of_ellipse(covariance: NDArray[np.float64], coverage: float) -> tuple[float, float, float]:
    """Return both diameters, and the angle of the first in degrees, of the ellipse that holds a share of a Gaussian."""
    values, vectors = np.linalg.eigh(covariance)
    diameters = 2 * np.sqrt(chi2.ppf(coverage, 2) * np.maximum(values, 0))
    return float(diameters[1]), float(diameters[0]), float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))


def covariances_on(
    plane: Plane, covariances: NDArray[np.float64], family: str, n_components: int
) -> NDArray[np.float64]:
    """Return covariances of any family on a plane, of shape (components, 2, 2) or (components, 1, 1)."""
    n_features = len(plane.onto)
    of_component = (FAMILIES[family].matrix(covariances, k, n_features) for k in range(n_components))
    return np.array([plane.onto.T @ covariance @ plane.onto for covariance in of_component])


def _has_gaussians(model: Any) -> bool:
    return all(hasattr(model, name) for name in ("means_", "covariances_", "covariance_type", "component_class_"))
