"""CalibrationDisplay: whether a classifier is right as often as it says."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta
from sklearn.pipeline import Pipeline
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_consistent_length

from semigen.display._shared.base_display import Display
from semigen.display._shared.inputs import check_fitted, labels_for
from semigen.display._shared.names import in_lines
from semigen.display._shared.points import quiet_frame
from semigen.display._shared.style import INK, axes_or_new, figure_of, legend_beside, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What sums of probabilities may lack, also those of 16-bit numbers.
_ROUNDING = 5e-3

# Identifiers by which a second classifier on the same axes finds what is drawn.
_DOTS, _DIAGONAL = "semigen calibration", "semigen diagonal"


class CalibrationDisplay(Display):
    """How often a classifier is right, against how sure it is, on labelled rows that it did not learn from.

    Rows are sorted by the probability of the class that is predicted, whichever it is (confidence calibration), into
    bins of about as many rows each: most classifiers are very sure of most rows, and of bins of equal width some would
    hold three rows and say nothing. Each dot has a horizontal line as wide as its bin, and upright the 95 % interval
    of Jeffreys for its share of right answers. Drawn on axes that have one already, a classifier gets the next colour,
    and the legend names them all. scikit-learn's `CalibrationDisplay` draws one class of two, without intervals and
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
        The least and the largest probability of each bin.
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
        The dots.
    intervals_, widths_ : matplotlib LineCollection

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017. L. Brown, T. Cai,
    A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16, 2001. K. Nguyen, B. O'Connor,
    "Posterior calibration and exploratory analysis for natural language processing models", EMNLP 2015, for bins of
    as many rows each.

    Examples
    --------
    >>> from semigen.display import CalibrationDisplay
    >>> probabilities = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.05, 0.95]]
    >>> display = CalibrationDisplay.from_predictions([0, 0, 0, 1], probabilities, n_bins=2)
    >>> display.counts.tolist(), display.accuracy.round(2).tolist()
    ([2, 2], [0.5, 1.0])
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
            Default: the estimator's class; of a pipeline, that of its last step.
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
        check_fitted(estimator)
        if not hasattr(estimator, "predict_proba"):
            raise TypeError(f"{type(estimator).__name__} has no predict_proba, so there is nothing to compare.")
        probabilities = np.asarray(estimator.predict_proba(X), dtype=np.float64)
        codes = labels_for(y, len(probabilities), estimator, unlabeled).codes
        last = estimator
        while isinstance(last, Pipeline):
            last = last[-1]
        name = type(last).__name__ if name is None else name
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
            If no row has a label, the columns are not as many as the classes, or a row of a labelled one holds no
            probabilities.
        """
        from semigen._validation import numbers
        from semigen.labels import encode

        given = numbers(probabilities, "probabilities")
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
        _check_probabilities(probabilities, labeled)
        right = probabilities[labeled].argmax(axis=1) == codes[labeled]
        return cls._from_rows(probabilities[labeled].max(axis=1), right, n_bins, name)

    @classmethod
    def from_confidence(
        cls,
        confidence: ArrayLike,
        right: ArrayLike,
        *,
        n_bins: int = 10,
        name: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Compare how sure a classifier was of its answers with whether they were right.

        Parameters
        ----------
        confidence : array-like of shape (n,)
            Probability of the class that was predicted.
        right : array-like of shape (n,)
            Whether it was the right one; the share of times, of rows that were answered more than once.
        n_bins : int, default=10
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
            If there is no row, or a value is not between 0 and 1.
        """
        check_scalar(n_bins, "n_bins", Integral, min_val=1)
        given = {"confidence": np.asarray(confidence, np.float64), "right": np.asarray(right, np.float64)}
        check_consistent_length(*given.values())
        for what, values in given.items():
            if values.ndim != 1 or not len(values) or not ((values >= 0) & (values <= 1 + _ROUNDING)).all():
                raise ValueError(f"{what} must hold a number between 0 and 1 for each row, and at least one.")
        sure, right_of = (np.minimum(values, 1.0) for values in given.values())
        return cls._from_rows(sure, right_of, n_bins, name).plot(ax=ax, **kwargs)

    @classmethod
    def _from_rows(cls, sure: NDArray[np.float64], right_of: NDArray[Any], n_bins: int, name: str | None) -> Self:
        # Rows of the same probability share a bin, so that their order does not matter.
        inner = np.quantile(sure, np.linspace(0, 1, n_bins + 1)[1:-1])
        bin_of = np.searchsorted(inner, sure)
        counts = np.bincount(bin_of, minlength=n_bins)
        right = np.bincount(bin_of, right_of, minlength=n_bins)
        total = np.bincount(bin_of, sure, minlength=n_bins)
        kept = np.flatnonzero(counts)
        return cls(
            confidence=total[kept] / counts[kept],
            accuracy=right[kept] / counts[kept],
            counts=counts[kept],
            edges=np.array([[sure[bin_of == b].min(), sure[bin_of == b].max()] for b in kept]),
            name=name,
        )

    def _draw(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        from matplotlib.ticker import PercentFormatter

        self.ax_ = axes_or_new(ax, (7.6, 4.8))
        self.figure_ = figure_of(self.ax_)
        self.expected_error_ = float(self.counts @ np.abs(self.accuracy - self.confidence) / self.counts.sum())
        right = self.accuracy * self.counts
        self.lower_ = np.where(right > 0, beta.ppf(0.025, right + 0.5, self.counts - right + 0.5), 0.0)
        self.upper_ = np.where(right < self.counts, beta.ppf(0.975, right + 0.5, self.counts - right + 0.5), 1.0)
        earlier = [line for line in self.ax_.lines if line.get_gid() == _DOTS]
        if not earlier:
            self.ax_.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1, gid=_DIAGONAL)
        own = look(len(earlier))
        drawn = {
            "color": own.colour,
            "linestyle": "",
            "marker": own.marker,
            "markeredgecolor": "black",
            "markeredgewidth": 0.7,
            "gid": _DOTS,
            "label": self._said(),
        }
        # No line from dot to dot: it would only show the noise.
        (self.line_,) = self.ax_.plot(
            self.confidence, self.accuracy, **{**drawn, "zorder": 3, "clip_on": False, **kwargs}
        )
        colour = self.line_.get_color()
        self.intervals_ = self.ax_.vlines(self.confidence, self.lower_, self.upper_, color=colour, linewidth=1.5)
        self.widths_ = self.ax_.hlines(self.accuracy, *self.edges.T, color=colour, linewidth=1, alpha=0.6)
        for axis in (self.ax_.xaxis, self.ax_.yaxis):
            axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        self.ax_.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", anchor="W")
        self.ax_.set_xlabel("probability of the predicted class")
        self.ax_.set_ylabel("right answers, with 95 % intervals")
        (diagonal,) = (line for line in self.ax_.lines if line.get_gid() == _DIAGONAL)
        handles = [diagonal, *earlier, self.line_]
        legend_beside(self.ax_, handles, ["as often as it says", *(str(dots.get_label()) for dots in handles[1:])])
        quiet_frame(self.ax_)

    def _said(self) -> str:
        lines = [] if self.name is None else in_lines([self.name])
        few, many = int(self.counts.min()), int(self.counts.max())
        of = f"{few:,}" if few == many else f"{few:,} to {many:,}"
        lines += [f"{self.counts.sum():,} labelled rows,", f"in bins of {of}"]
        return "\n".join([*lines, "expected calibration", f"error {100 * self.expected_error_:.1f} %"])


def _check_probabilities(probabilities: NDArray[np.float64], asked: NDArray[np.bool_]) -> None:
    """Refuse rows that are no probabilities, naming the first."""
    wrong = ~(probabilities >= 0).all(axis=1) | ~(np.abs(probabilities.sum(axis=1) - 1) < _ROUNDING)
    if (wrong & asked).any():
        first = int(np.flatnonzero(wrong & asked)[0])
        raise ValueError(
            f"Row {first} of the probabilities is {probabilities[first].tolist()[:5]}; those of all classes must be "
            "numbers from 0 to 1 that add up to 1."
        )
