"""LabelCurveDisplay: error against the number of labels, with bands: where unlabelled rows pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen.display._shared.base_display import Display
from semigen.display._shared.inputs import check_has, check_share
from semigen.display._shared.names import in_lines
from semigen.display._shared.points import quiet_frame
from semigen.display._shared.style import axes_or_new, figure_of, look, spread_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Of the height of the axes: what a name beside the end of its line takes.
_HEIGHT_OF_A_NAME = 0.06

# Of fewer draws there is no band that holds eight of ten of them.
FEWEST_FOR_A_BAND = 5

# Pixels between the numbers of an axis.
_GAP = 4


class LabelCurveDisplay(Display):
    """Mean error of estimators against the number of labelled rows, each line named at its end.

    A band holds most of the repeats: it says how far one draw of labels lies from another. Repeats share rows, so it is
    no confidence interval of the mean. Fewer than five repeats make no band: two to four are small dots of their own.

    Parameters
    ----------
    sizes : array of shape (sizes,)
        Labelled rows; drawn in rising order, whatever order they come in.
    names : sequence of str
        Of the estimators.
    errors : array of shape (estimators, sizes, repeats)
        Between 0 and 1; NaN where there is none.
    n_unlabeled : int or array of int, optional
        Unlabelled rows beside the labelled ones.
    share : float, default=0.8
        Of the repeats that lie within a band.

    Attributes
    ----------
    mean_ : array of shape (estimators, sizes)
        In per cent.
    ends_ : array of shape (2, estimators, sizes)
        Of the bands, in per cent; NaN for fewer than five repeats.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
    bands_ : list of matplotlib FillBetweenPolyCollection
        Empty for fewer than five repeats.
    draws_ : list of matplotlib Line2D
        Dots of two to four repeats, a list entry for each estimator; empty where there are bands.
    names_ : list of matplotlib Text

    Examples
    --------
    >>> import numpy as np
    >>> from semigen.display import LabelCurveDisplay
    >>> errors = np.array([[[0.30, 0.26], [0.12, 0.11]], [[0.15, 0.17], [0.10, 0.11]]])
    >>> curve = LabelCurveDisplay(sizes=[10, 100], names=["labels alone", "all rows"], errors=errors).plot()
    >>> curve.mean_.round(1).tolist()
    [[28.0, 11.5], [16.0, 10.5]]
    """

    def __init__(
        self,
        *,
        sizes: ArrayLike,
        names: Sequence[str],
        errors: ArrayLike,
        n_unlabeled: Any = None,
        share: float = 0.8,
    ):
        self.sizes: NDArray[Any] = np.asarray(sizes)
        self.names = list(names)
        self.errors = np.asarray(errors, dtype=np.float64)
        if self.errors.ndim != 3 or self.errors.shape[:2] != (len(self.names), len(self.sizes)):
            raise ValueError(
                f"errors has shape {self.errors.shape}; for {len(self.names)} names and {len(self.sizes)} sizes it "
                f"must be ({len(self.names)}, {len(self.sizes)}, repeats)."
            )
        if self.sizes.ndim != 1 or len(np.unique(self.sizes)) < max(len(self.sizes), 1):
            raise ValueError(f"sizes={sizes!r} must be a list of different numbers.")
        if ((self.errors < 0) | (self.errors > 1)).any():
            worst = self.errors[(self.errors < 0) | (self.errors > 1)][0]
            raise ValueError(f"errors holds {worst:g}; they are shares of rows, between 0 and 1.")
        check_share(share, "share")
        rising = np.argsort(self.sizes)
        self.sizes, self.errors = self.sizes[rising], self.errors[:, rising]
        self.n_unlabeled = n_unlabeled
        self.share = share

    @classmethod
    def from_curve(cls, curve: Any, *, share: float = 0.8, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw what `label_curve` found.

        Parameters
        ----------
        curve : LabelCurve
            Or anything with its `sizes`, `names`, `errors` and `n_unlabeled`.
        share : float, default=0.8
            Of the repeats that lie within a band.
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        LabelCurveDisplay
        """
        check_has(curve, ("sizes", "names", "errors"), "curve", "what label_curve returns")
        display = cls(
            sizes=curve.sizes,
            names=curve.names,
            errors=curve.errors,
            n_unlabeled=getattr(curve, "n_unlabeled", None),
            share=share,
        )
        return display.plot(ax=ax, **kwargs)

    def _draw(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        self.ax_ = axes_or_new(ax, (7.6, max(4.6, 0.3 * len(self.names))))
        self.figure_ = figure_of(self.ax_)
        self.lines_, self.bands_, self.draws_ = [], [], []
        n_repeats = self.errors.shape[2]
        self._summarise()
        for k in range(len(self.names)):
            drawn = {"color": look(k).colour, "marker": look(k).marker, "linestyle": look(k).line, "linewidth": 1.8}
            outline = {"markersize": 6.5, "markeredgecolor": "black", "markeredgewidth": 0.7}
            self.lines_ += self.ax_.plot(self.sizes, self.mean_[k], **{**drawn, **outline, "zorder": 3, **kwargs})
            if n_repeats >= FEWEST_FOR_A_BAND:
                ends = self.ends_[:, k]
                band = self.ax_.fill_between(self.sizes, *ends, color=look(k).colour, alpha=0.15, linewidth=0)
                self.bands_.append(band)
            elif n_repeats > 1:
                dots: dict[str, Any] = {
                    "color": look(k).colour,
                    "marker": ".",
                    "linestyle": "",
                    "markersize": 5,
                    "alpha": 0.6,
                }
                at = np.repeat(self.sizes, n_repeats)
                self.draws_ += self.ax_.plot(at, 100 * self.errors[k].ravel(), **dots)
        self._scale_axes()
        self._name_lines()
        self._thin_ticks()

    def _summarise(self) -> None:
        known = np.isfinite(self.errors)
        count = known.sum(axis=2)
        shown = np.where(known, 100 * self.errors, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.mean_ = shown.sum(axis=2) / count
        self.ends_ = np.full((2, *count.shape), np.nan)
        outside = (1 - self.share) / 2
        for at in np.argwhere(count >= FEWEST_FOR_A_BAND):
            values = 100 * self.errors[tuple(at)][known[tuple(at)]]
            self.ends_[(slice(None), *at)] = np.quantile(values, (outside, 1 - outside))

    def _scale_axes(self) -> None:
        from matplotlib.ticker import NullLocator

        if len(self.sizes) > 1 and self.sizes.min() > 0 and self.sizes.max() > 3 * self.sizes.min():
            self.ax_.set_xscale("log")
            self.ax_.xaxis.set_minor_locator(NullLocator())
        self.ax_.set_xticks(self.sizes, [f"{size:,}" for size in self.sizes])
        beside = _range_in_words(self.n_unlabeled)
        self.ax_.set_xlabel("labelled rows" + (f", beside {beside} unlabelled" if beside else ""))
        n_repeats = self.errors.shape[2]
        band = "; small dots are each of them" if self.draws_ else ""
        if np.isfinite(self.ends_).any():
            band = f"; bands hold {self.share:.0%} of them"
        self.ax_.set_ylabel(f"error in %, mean of {n_repeats} draws{band}" if n_repeats > 1 else "error in %")
        _, highest = self.ax_.get_ylim()
        self.ax_.set_ylim(0, highest)
        self.ax_.grid(axis="y", alpha=0.25)
        quiet_frame(self.ax_)

    def _thin_ticks(self) -> None:
        """Leave out the numbers of sizes that would run into others; the largest is always there."""
        self.figure_.draw_without_rendering()
        free = np.inf
        for label in reversed(self.ax_.get_xticklabels()):
            box = label.get_window_extent()
            if box.x1 + _GAP > free:
                label.set_visible(False)
            else:
                free = box.x0

    def _name_lines(self) -> None:
        """Write each name to the right of where its line ends, moved apart where lines end together."""
        _, highest = self.ax_.get_ylim()
        shown = in_lines(self.names)
        lines = max(name.count("\n") + 1 for name in shown)
        ends, lasts = zip(*(_last_known(mean, self.sizes) for mean in self.mean_), strict=True)
        places = spread_apart([0 if np.isnan(end) else end for end in ends], lines * _HEIGHT_OF_A_NAME * highest)
        # Back, if those at an end were pushed out.
        places = places - max(0.0, float(places.max()) - highest)
        places = places + max(0.0, -float(places.min()))
        self.names_ = []
        most = self.sizes[-1]
        for k, (name, end, last, place) in enumerate(zip(shown, ends, lasts, places, strict=True)):
            failed = np.isnan(end)
            leader: dict[str, Any] = {
                "arrowstyle": "-",
                "color": look(k).colour,
                "linewidth": 1,
                "relpos": (0, 0.5),
                "shrinkB": 5,
            }
            if last < most:
                # Over later sizes it must not pass for the line.
                leader |= {"linestyle": (0, (1, 4)), "linewidth": 0.8}
            written = self.ax_.annotate(
                name + (" (failed)" if failed else f" (to {last:,})" if last < most else ""),
                (most, 0) if failed else (last, end),
                (1.04, place / highest),
                xycoords="data",
                textcoords="axes fraction",
                va="center",
                arrowprops=None if failed else leader,
                annotation_clip=False,
            )
            self.names_.append(written)


def _last_known(values: NDArray[np.float64], sizes: NDArray[Any]) -> tuple[float, Any]:
    """Return the last size and value of a line; NaN for a line without a value."""
    known = np.flatnonzero(np.isfinite(values))
    return (float(values[known[-1]]), sizes[known[-1]]) if len(known) else (float("nan"), sizes[-1])


def _range_in_words(n_unlabeled: Any) -> str:
    if n_unlabeled is None:
        return ""
    least, most = int(np.min(n_unlabeled)), int(np.max(n_unlabeled))
    if not most:
        return ""
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
