"""CalibrationDisplay: whether a classifier is right as often as it says."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from semigen.display.inputs import labels_for
from semigen.display.names import ALONG, short_name
from semigen.display.options import check_options, nothing_if_failed
from semigen.display.points import quiet_frame
from semigen.display.style import COLOURS, INK, UNLABELED, axes_or_new, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class CalibrationDisplay:
    """How often a classifier is right, against how sure it is, on labelled rows that it did not learn from.

    Rows are sorted by the probability of the class that is predicted, whichever it is (confidence calibration), into
    bins of equal width. Each dot has the 90 % interval of Jeffreys for its share of right answers; bars at the bottom
    say how many rows a bin has. scikit-learn's `CalibrationDisplay` draws one class of two, without intervals and
    without a thought of unlabelled rows; use it where the probability of one class matters.

    Parameters
    ----------
    confidence : array of shape (bins,)
        Mean probability of the predicted class, of the bins that have rows.
    accuracy : array of shape (bins,)
        Share of right answers.
    counts : array of shape (bins,)
        Rows.
    edges : array of shape (bins, 2)
        Where bins begin and end.
    name : str, optional
        Of the estimator.

    Attributes
    ----------
    expected_error_ : float
        Mean of abs(accuracy - confidence) over rows: the expected calibration error. It is never zero by chance alone.
    lower_, upper_ : array of shape (bins,)
        Intervals of the accuracy.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
    intervals_ : matplotlib LineCollection
    bars_ : matplotlib BarContainer

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017. L. Brown, T. Cai,
    A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16, 2001.

    Examples
    --------
    >>> from semigen.display import CalibrationDisplay
    >>> probabilities = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.05, 0.95]]
    >>> display = CalibrationDisplay.from_predictions([0, 0, 0, 1], probabilities, n_bins=2)
    >>> display.counts.tolist(), display.accuracy.round(2).tolist()
    ([1, 3], [0.0, 1.0])
    """

    def __init__(
        self,
        *,
        confidence: NDArray[np.float64],
        accuracy: NDArray[np.float64],
        counts: NDArray[np.int64],
        edges: NDArray[np.float64],
        name: str | None = None,
    ):
        self.confidence = confidence
        self.accuracy = accuracy
        self.counts = counts
        self.edges = edges
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        n_bins: int = 10,
        unlabeled: object = -1,
        name: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Compare the probabilities of a fitted classifier with labels that were held out.

        Parameters
        ----------
        estimator : fitted classifier
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
            Rows without a sure label are left out.
        n_bins : int, default=10
        unlabeled : object, default=-1
            The value in `y` that marks an unlabelled row, if the estimator was not told.
        name : str, optional
            Default: the estimator's class.
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        TypeError
            If the estimator has no `predict_proba`.
        ValueError
            If no row has a label.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "predict_proba"):
            raise TypeError(f"{type(estimator).__name__} has no predict_proba, so there is nothing to compare.")
        probabilities = np.asarray(estimator.predict_proba(X), dtype=np.float64)
        codes = labels_for(y, len(probabilities), estimator, unlabeled).codes
        name = type(estimator).__name__ if name is None else name
        return cls._from_codes(codes, probabilities, n_bins, name).plot(ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y: ArrayLike,
        probabilities: ArrayLike,
        *,
        classes: Sequence[Any] | None = None,
        n_bins: int = 10,
        unlabeled: object = -1,
        name: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Compare probabilities with labels that were held out.

        Parameters
        ----------
        y : array-like of shape (n,)
            Rows without a label are left out.
        probabilities : array-like of shape (n, classes)
        classes : sequence, optional
            In the order of the columns; default: the labels found, sorted.
        n_bins : int, default=10
        unlabeled : object, default=-1
            The value in `y` that marks an unlabelled row.
        name : str, optional
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        ValueError
            If no row has a label, or the columns are not as many as the classes.
        """
        from semigen.labels import encode

        given = np.asarray(probabilities, dtype=np.float64)
        labels = encode(y, unlabeled=unlabeled, classes=classes)
        check_consistent_length(given, labels.codes)
        if given.ndim != 2 or given.shape[1] != len(labels.classes):
            raise ValueError(
                f"probabilities has shape {given.shape}, and there are {len(labels.classes)} classes: a column for "
                "each is needed. Name all classes with classes=[...], if y lacks some."
            )
        return cls._from_codes(labels.codes, given, n_bins, name).plot(ax=ax, **kwargs)

    @classmethod
    def _from_codes(
        cls, codes: NDArray[np.int64], probabilities: NDArray[np.float64], n_bins: int, name: str | None
    ) -> Self:
        check_scalar(n_bins, "n_bins", Integral, min_val=1)
        labeled = codes >= 0
        if not labeled.any():
            raise ValueError("y has no labelled row, so there is nothing to compare probabilities with.")
        predicted = probabilities[labeled].argmax(axis=1)
        sure = probabilities[labeled].max(axis=1)
        # The most probable of K classes has at least 1 / K.
        edges = np.linspace(1 / probabilities.shape[1], 1, n_bins + 1)
        if probabilities.shape[1] == 1:
            edges = np.linspace(0, 1, n_bins + 1)
        bin_of = np.clip(np.searchsorted(edges, sure, side="right") - 1, 0, n_bins - 1)
        counts = np.bincount(bin_of, minlength=n_bins)
        right = np.bincount(bin_of, predicted == codes[labeled], minlength=n_bins)
        total = np.bincount(bin_of, sure, minlength=n_bins)
        kept = counts > 0
        return cls(
            confidence=total[kept] / counts[kept],
            accuracy=right[kept] / counts[kept],
            counts=counts[kept],
            edges=np.stack([edges[:-1], edges[1:]], axis=1)[kept],
            name=name,
        )

    @nothing_if_failed
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        CalibrationDisplay
        """
        check_options("plot", kwargs)
        self.ax_ = axes_or_new(ax, (5.2, 5.2))
        self.figure_ = figure_of(self.ax_)
        n_rows = int(self.counts.sum())
        self.expected_error_ = float(self.counts @ np.abs(self.accuracy - self.confidence) / n_rows)
        right = self.accuracy * self.counts
        self.lower_ = np.where(right > 0, beta.ppf(0.05, right + 0.5, self.counts - right + 0.5), 0.0)
        self.upper_ = np.where(right < self.counts, beta.ppf(0.95, right + 0.5, self.counts - right + 0.5), 1.0)
        (diagonal,) = self.ax_.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1)
        widths = self.edges[:, 1] - self.edges[:, 0]
        self.bars_ = self.ax_.bar(
            self.edges.mean(axis=1), 0.15 * self.counts / self.counts.max(), 0.9 * widths, color=UNLABELED, alpha=0.5
        )
        self.intervals_ = self.ax_.vlines(self.confidence, self.lower_, self.upper_, color=COLOURS[0], linewidth=1.5)
        drawn = {
            "color": COLOURS[0],
            "linestyle": "",
            "marker": "o",
            "markeredgecolor": "black",
            "markeredgewidth": 0.7,
        }
        # No line from dot to dot: bins of three rows would make it jump from zero to one.
        (self.line_,) = self.ax_.plot(
            self.confidence, self.accuracy, **{**drawn, "zorder": 3, "clip_on": False, **kwargs}
        )
        lowest = min(float(self.edges[0, 0]), float(self.confidence.min()))
        self.ax_.set(xlim=(max(lowest - 0.02, 0), 1.01), ylim=(0, 1.03))
        self.ax_.set_xlabel("probability of the predicted class, mean of the bin")
        self.ax_.set_ylabel("share of right answers, 90 % intervals")
        error = f"{n_rows:,} labelled rows, expected calibration error {self.expected_error_:.3f}"
        self.ax_.set_title(
            error if self.name is None else f"{short_name(self.name, ALONG)}\n{error}", fontsize="medium"
        )
        self.ax_.legend(
            [diagonal, self.bars_],
            ["as often as it says", f"rows of a bin (at most {int(self.counts.max()):,})"],
            loc="upper center",
            bbox_to_anchor=(0.5, -0.13),
            ncols=2,
            frameon=False,
        )
        quiet_frame(self.ax_)
        return self
