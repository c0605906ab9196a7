"""RecommendationDisplay: the errors of candidates with intervals, the most promising first, and which was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from semigen.display._shared.base_display import Display
from semigen.display._shared.inputs import check_has, check_number
from semigen.display._shared.names import ALONG, short_name, short_names
from semigen.display._shared.points import quiet_frame
from semigen.display._shared.style import COLOURS, INK, UNLABELED, axes_or_new, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHOSEN = COLOURS[0]


class RecommendationDisplay(Display):
    """A dot and an interval for the error of each candidate, with its figure beside it, the most promising on top.

    Candidates stay in the order that they are given in. `recommend` orders them by what it expects of them on new rows:
    the error that it measured, how sure that is, and how such classifiers did on other tables. A candidate with a lower
    error may therefore stand below. The chosen one is a diamond and bold; candidates that did not race to the end are
    hollow and have no interval; the dashed line is the error of the baseline.

    Parameters
    ----------
    names : sequence of str
        Of the candidates, from the top to the bottom.
    errors : array of shape (candidates,)
        Between 0 and 1; NaN for those that failed.
    lower, upper : array of shape (candidates,)
        Ends of the intervals; NaN for those that were dropped early.
    chosen : int
        The candidate that is recommended.
    baseline : int, optional
        The candidate that learns from the labelled rows alone.
    labels_alone : sequence of bool, optional
        Whether each candidate learns from the labelled rows alone, which is then written beside it. Default: the
        baseline does.
    statuses : sequence of str, optional
        What became of each candidate, written beside it unless that is "raced", as "dropped early" or "no time".
        Default: "failed" without an error ("not measured", if it is the chosen one), "dropped early" without an
        interval, else "raced".

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    dots_ : list of matplotlib Line2D
    intervals_ : list of matplotlib Line2D
        Of the candidates that have one.
    texts_ : list of matplotlib Text
    baseline_ : matplotlib Line2D or None

    Examples
    --------
    >>> from semigen.display import RecommendationDisplay
    >>> display = RecommendationDisplay(
    ...     names=["mixture", "logistic regression", "label spreading"],
    ...     errors=[0.15, 0.20, 0.31],
    ...     lower=[0.12, 0.17, float("nan")],
    ...     upper=[0.18, 0.23, float("nan")],
    ...     chosen=0,
    ...     baseline=1,
    ... ).plot()
    >>> [text.get_text() for text in display.texts_]
    ['15.0 %, chosen', '20.0 %, labels alone', '31.0 %, dropped early']
    """

    def __init__(
        self,
        *,
        names: Sequence[str],
        errors: ArrayLike,
        lower: ArrayLike,
        upper: ArrayLike,
        chosen: int,
        baseline: int | None = None,
        statuses: Sequence[str] | None = None,
        labels_alone: Sequence[bool] | None = None,
    ):
        self.names = list(names)
        self.errors, self.lower, self.upper = (np.asarray(given, dtype=np.float64) for given in (errors, lower, upper))
        for what in ("errors", "lower", "upper"):
            if getattr(self, what).shape != (len(self.names),):
                raise ValueError(
                    f"{what} has shape {getattr(self, what).shape}, and there are {len(self.names)} names."
                )
        check_number(chosen, "chosen", len(self.names))
        if baseline is not None:
            check_number(baseline, "baseline", len(self.names))
        self.chosen = chosen
        self.baseline = baseline
        measured = np.isfinite(self.lower) & np.isfinite(self.upper)
        guessed = np.where(np.isnan(self.errors), "failed", np.where(measured, "raced", "dropped early")).astype(object)
        if guessed[chosen] == "failed":
            guessed[chosen] = "not measured"
        self.statuses = list(guessed if statuses is None else statuses)
        if len(self.statuses) != len(self.names):
            raise ValueError(f"{len(self.statuses)} statuses are given, and there are {len(self.names)} names.")
        alone = [i == baseline for i in range(len(self.names))] if labels_alone is None else labels_alone
        self.labels_alone = list(map(bool, alone))
        if len(self.labels_alone) != len(self.names):
            raise ValueError(f"labels_alone has {len(self.labels_alone)} values for {len(self.names)} names.")
        if self.statuses[chosen] == "failed":
            raise ValueError(f"{self.names[chosen]!r} is the chosen candidate, and its status is 'failed'.")

    @classmethod
    def from_recommendation(cls, recommendation: Any, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw what `recommend` found.

        Parameters
        ----------
        recommendation : Recommendation
            Or anything with its `names`, `errors`, `lower`, `upper`, `chosen`, `baseline`, and perhaps `statuses` and
            `labels_alone`.
        ax : matplotlib Axes, optional
            Default: those of a new figure.
        **kwargs
            Passed on to matplotlib's ``plot`` for the dots.

        Returns
        -------
        RecommendationDisplay
        """
        fields = ("names", "errors", "lower", "upper", "chosen", "baseline")
        check_has(recommendation, fields, "recommendation", "what recommend returns")
        given = {name: getattr(recommendation, name) for name in fields}
        given["statuses"] = getattr(recommendation, "statuses", None)
        given["labels_alone"] = getattr(recommendation, "labels_alone", None)
        return cls(**given).plot(ax=ax, **kwargs)

    def _draw(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        n = len(self.names)
        longest = max(map(len, short_names(self.names, ALONG)))
        self.ax_ = axes_or_new(ax, (5.4 + 0.08 * longest, 1.2 + 0.34 * n))
        self.figure_ = figure_of(self.ax_)
        self.dots_: list[Any] = []
        self.intervals_: list[Any] = []
        self.texts_: list[Any] = []
        self.baseline_: Any = None
        for i in range(n):
            self._draw_candidate(i, kwargs)
        self._scale_axes()

    def _draw_candidate(self, i: int, kwargs: dict[str, Any]) -> None:
        error, low, high = 100 * self.errors[i], 100 * self.lower[i], 100 * self.upper[i]
        best = i == self.chosen
        measured = self.statuses[i] == "raced" and np.isfinite(low) and np.isfinite(high)
        colour = _CHOSEN if best else INK if measured else UNLABELED
        if measured:
            self.intervals_ += self.ax_.plot([low, high], [i, i], color=colour, linewidth=3 if best else 1.6)
        look = {"marker": "D" if best else "o", "markersize": 9 if best else 6, "linestyle": "", "color": colour}
        look |= {"clip_on": False, "zorder": 3}
        if not measured:
            look["markerfacecolor"] = "white"
        self.dots_ += self.ax_.plot([error], [i], **{**look, **kwargs})
        said = [] if np.isnan(error) else [f"{error:.1f} %"]
        said += [] if self.statuses[i] == "raced" else [self.statuses[i]]
        said += ["labels alone"] if self.labels_alone[i] else []
        said += ["chosen"] if best else []
        self.texts_.append(
            self.ax_.annotate(
                ", ".join(said),
                (1.02, i),
                xycoords=self.ax_.get_yaxis_transform(),
                va="center",
                annotation_clip=False,
                weight="bold" if best else "normal",
            )
        )

    def _scale_axes(self) -> None:
        n = len(self.names)
        self.ax_.set_yticks(np.arange(n), short_names(self.names, ALONG))
        self.ax_.get_yticklabels()[self.chosen].set_fontweight("bold")
        self.ax_.set_ylim(n - 0.4, -0.6)
        self.ax_.tick_params(axis="y", length=0)
        farthest = 100 * float(np.nanmax(np.concatenate([self.errors, self.upper, [0.01]])))
        # Room on the left, so that the diamond of an error of zero does not lie on the names.
        self.ax_.set_xlim(-0.04 * farthest, 1.05 * farthest)
        self.ax_.grid(axis="x", alpha=0.25)
        if self.baseline is not None and np.isfinite(self.errors[self.baseline]):
            at = 100 * self.errors[self.baseline]
            self.baseline_ = self.ax_.axvline(at, color=INK, linestyle="--", linewidth=1, zorder=0)
        dashed = "" if self.baseline is None else f"; dashed: {short_name(self.names[self.baseline])}"
        self.ax_.set_xlabel(
            f"error on held-out rows in %, with 95 % interval{dashed}\nordered by what is expected on new rows"
        )
        quiet_frame(self.ax_)
