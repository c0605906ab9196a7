"""LatentMapDisplay: rows in the features that a model learnt of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from semigen._runtime.transform_output import giving_arrays
from semigen.compose.hybrid_parts import features_for_classifier
from semigen.display._shared.base_display import RowsDisplay
from semigen.display._shared.inputs import check_fitted, check_predicts, check_rows, labels_for
from semigen.display._shared.name_placement import name_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# How far beyond the middle 98 % of the rows the axes may go, in ranges of those.
_BEYOND = 1 / 3


class LatentMapDisplay(RowsDisplay):
    """Rows where a model's features put them, on the first two principal components if those are more.

    Parameters
    ----------
    points : array of shape (n, 2) or (n, 1)
        Where rows are drawn. One column is drawn in lanes, one for each class.
    codes : array of shape (n,)
        Class of each row; negative where there is no label.
    class_names : sequence
    axis_names : sequence of str, optional
        Without them the axes have no scale: a map whose directions mean nothing.
    predicted : array of shape (n,), optional
        Classes given by a model: unlabelled rows are then drawn in their colours, and each class is named on the map.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    unlabeled_, labeled_ : matplotlib PathCollection or None
        Rows, in a shuffled order that is always the same.
    names_ : list of matplotlib Text

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from semigen import GenerativeFeatures, SemiSupervisedGMM
    >>> from semigen.display import LatentMapDisplay
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 10 == 0, species, -1)
    >>> display = LatentMapDisplay.from_estimator(SemiSupervisedGMM().fit(X, y), X, y)
    >>> display.points.shape
    (150, 2)
    """

    _size = (6.8, 4.8)

    def __init__(
        self,
        *,
        points: NDArray[np.float64],
        codes: NDArray[np.int64],
        class_names: Sequence[Any],
        axis_names: Sequence[str] | None = None,
        predicted: NDArray[np.int64] | None = None,
    ):
        check_rows(points, codes, class_names, axis_names)
        if predicted is not None:
            check_rows(points, predicted, class_names)
        self.points = points
        self.codes = codes
        self.class_names = class_names
        self.axis_names = axis_names
        self.predicted = predicted

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        show_predicted: bool = False,
        unlabeled: object = -1,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw rows in the features of anything fitted that has `transform`: an autoencoder, a flow, a pipeline.

        The `transform` of a mixture gives log-densities, which go over many powers of ten; it is drawn by the distances
        to its components that `GenerativeFeatures` takes in their place. Limits leave out the few rows that lie far
        from nearly all others; the legend counts them.

        Parameters
        ----------
        estimator : fitted estimator
        X : array-like of shape (n, d)
        y : array-like of shape (n,), optional
            Labels in any form that `fit` takes; without them all rows are unlabelled.
        show_predicted : bool, default=False
            Draw unlabelled rows in the colours of the classes that `estimator.predict` gives, and write the classes'
            names on the map.
        unlabeled : object, default=-1
            The value in `y` that marks an unlabelled row, if the estimator was not told.
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``scatter`` for the labelled rows.

        Returns
        -------
        LatentMapDisplay

        Raises
        ------
        TypeError
            If the estimator has no `transform`.
        """
        check_fitted(estimator)
        if not hasattr(estimator, "transform"):
            raise TypeError(
                f"{type(estimator).__name__} has no transform, so it has no features to draw. ClassEllipsesDisplay "
                "draws rows by their own columns."
            )
        features = np.asarray(_features(estimator, X), dtype=np.float64)
        labels = labels_for(y, len(features), estimator, unlabeled)
        predicted = None
        if show_predicted:
            check_predicts(estimator)
            predicted = labels_for(np.asarray(estimator.predict(X)), len(features), estimator, None).codes
        points, names = _flattened(features)
        display = cls(
            points=points, codes=labels.codes, class_names=labels.names, axis_names=names, predicted=predicted
        )
        return display.plot(ax=ax, **kwargs)

    def _name_axes(self) -> None:
        super()._name_axes()
        if self.axis_names is None:
            self.ax_.set(xticks=[], yticks=[])

    def _name_classes(self) -> list[Any]:
        if self.predicted is None or self.points.shape[1] == 1:
            return []
        given = self.points[self.codes >= 0]
        return name_groups(self.ax_, self.points, self.predicted, self.class_names, given)

    def _limit_axes(self) -> int:
        """Set limits that a few rows far out do not blow up, and return the number of rows outside."""
        seen = self.points[np.isfinite(self.points).all(axis=1)]
        if not len(seen):
            return 0
        low, high = limits_of_most(seen)
        self.ax_.set_xlim(low[0], high[0])
        if seen.shape[1] > 1:
            self.ax_.set_ylim(low[1], high[1])
        return int(((seen < low) | (seen > high)).any(axis=1).sum())


def limits_of_most(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ends of axes that hold nearly all points: the range of the middle 98 % and a third of it on either side.

    Parameters
    ----------
    points : array of shape (n, width)

    Returns
    -------
    low, high : arrays of shape (width,)
    """
    low, high = np.quantile(points, [0.01, 0.99], axis=0)
    beyond = _BEYOND * (high - low)
    # Where nearly all are alike, there is no range to go by.
    beyond[beyond == 0] = np.inf
    low, high = np.maximum(points.min(axis=0), low - beyond), np.minimum(points.max(axis=0), high + beyond)
    margin = 0.05 * (high - low)
    margin[margin == 0] = 0.5
    return low - margin, high + margin


def _flattened(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[str]]:
    """Return features of at most two columns as they are, others on their principal components, in their own units."""
    features = np.asarray(features)
    width = features.shape[1]
    if width <= 2 or len(features) < 3:
        return features[:, :2], [f"feature {j}" for j in range(min(width, 2))]
    components = giving_arrays(PCA(2, random_state=0))
    points = components.fit_transform(features)
    shares = components.explained_variance_ratio_
    return points, [f"component {i} of {width} features ({share:.0%})" for i, share in enumerate(shares, start=1)]


def _features(estimator: Any, X: Any) -> Any:
    """Return what `transform` gives; of a mixture, how much farther each component is than they are on average."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return (
        features_for_classifier(estimator, X, of_classes=False)
        if hasattr(last, "component_class_")
        else estimator.transform(X)
    )
