"""TrainingHistoryDisplay: how a fit went, iteration by iteration or epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline

from semigen.display._shared.base_display import Display
from semigen.display._shared.inputs import check_fitted
from semigen.display._shared.names import short_name
from semigen.display._shared.points import quiet_frame
from semigen.display._shared.style import COLOURS, INK, figure_of, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A start this many times as far off as the rest is wide flattens it, if the rest has so many values.
_FAR, _FEWEST = 3.0, 4


class TrainingHistoryDisplay(Display):
    """A panel for every term of a training: the objective, and what it is made of.

    Where the start lies so far off that nothing could be seen of the rest, the axis holds what follows the first tenth,
    and a note says where the term started.

    Parameters
    ----------
    terms : mapping of str to array of shape (n,)
        What is drawn, a panel each: terms have different units.
    step : str, default="epoch"
        What the horizontal axis counts.
    first : int, default=1
        The number of the first value: 0 if that is the start.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The first panel.
    axes_ : list of matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : dict of matplotlib Line2D
        By term.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from semigen import SemiSupervisedGMM
    >>> from semigen.display import TrainingHistoryDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> y[5:] = -1
    >>> model = SemiSupervisedGMM(classes=[0, 1, 2]).fit(X, y)
    >>> list(TrainingHistoryDisplay.from_estimator(model).lines_)
    ['objective']
    """

    def __init__(self, *, terms: Mapping[str, ArrayLike], step: str = "epoch", first: int = 1):
        if not terms:
            raise ValueError("There is no term to draw.")
        self.terms: dict[str, NDArray[np.float64]] = {
            name: np.asarray(values, dtype=np.float64) for name, values in terms.items()
        }
        for name, values in self.terms.items():
            if values.ndim != 1 or not len(values):
                raise ValueError(f"The term {name!r} has shape {values.shape}; it must be a list of numbers.")
        self.step = step
        self.first = first

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, terms: str | Sequence[str] | None = None, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Draw the `training_history_` of a deep model, or the `history_` of a mixture.

        Parameters
        ----------
        estimator : fitted estimator
            Of a pipeline, the last step.
        terms : str or sequence of str, optional
            Keys of `training_history_`; default: all.
        ax : matplotlib Axes, optional
            Default: those of a new figure. Several panels take its place.
        **kwargs
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        TrainingHistoryDisplay

        Raises
        ------
        TypeError
            If the estimator keeps no history.
        ValueError
            If it has no such term.
        """
        check_fitted(estimator)
        model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        if hasattr(model, "training_history_"):
            every, step, first = dict(model.training_history_), "epoch", 1
        elif hasattr(model, "history_"):
            every, step, first = {"objective": np.asarray(model.history_)}, "iteration", 0
        else:
            raise TypeError(
                f"{type(model).__name__} has neither training_history_ nor history_. Where a model is made of others, "
                "give the one whose fit you want to see: model_ of GenerativeFeatures, say."
            )
        chosen = list(every) if terms is None else [terms] if isinstance(terms, str) else list(terms)
        unknown = [name for name in chosen if name not in every]
        if unknown:
            raise ValueError(f"terms names {unknown}, and the fit kept {list(every)}.")
        return cls(terms={name: every[name] for name in chosen}, step=step, first=first).plot(ax=ax, **kwargs)

    def _draw(self, ax: Axes | None, kwargs: dict[str, Any]) -> None:
        n_terms = len(self.terms)
        if n_terms == 1 and ax is not None:
            self.axes_ = [ax]
        else:
            self.axes_ = panels(ax, n_terms, (5.4, 3.6) if n_terms == 1 else (3.6, 2.4), min(n_terms, 3))
        self.ax_ = self.axes_[0]
        self.figure_ = figure_of(self.ax_)
        self.lines_ = {}
        for i, (place, (name, values)) in enumerate(zip(self.axes_, self.terms.items(), strict=True)):
            look = {"color": COLOURS[0], "linewidth": 1.8}
            if len(values) < 20:
                look |= {"marker": "o", "markersize": 4}
            steps = np.arange(len(values)) + self.first
            (self.lines_[name],) = place.plot(steps, values, **{**look, **kwargs})
            place.set_title(short_name(name.replace("labeled", "labelled").replace("_", " ")))
            place.locator_params(axis="x", integer=True, nbins=6)
            place.ticklabel_format(axis="y", useOffset=False)
            if i >= n_terms - 3:
                place.set_xlabel(short_name(self.step))
            _leave_out_start(place, values)
            quiet_frame(place)
        if n_terms == 1:
            self.ax_.set_ylabel(self.ax_.get_title())
            self.ax_.set_title("")


def _leave_out_start(ax: Axes, values: NDArray[np.float64]) -> None:
    """Limit the axis to what follows the first tenth, if the start would flatten that; and say where it started."""
    rest = values[max(len(values) // 10, 1) :]
    rest = rest[np.isfinite(rest)]
    if len(rest) < _FEWEST or not np.isfinite(values[0]):
        return
    low, high = rest.min(), rest.max()
    beyond = max(low - values[0], values[0] - high)
    if beyond <= _FAR * (high - low) or high == low:
        return
    margin = 0.08 * (high - low)
    ax.set_ylim(low - margin, high + margin)
    below = values[0] < low
    ax.annotate(
        f"starts {'below' if below else 'above'}, at {values[0]:,.4g}",
        (0.97, 0.03 if below else 0.97),
        xycoords="axes fraction",
        ha="right",
        va="bottom" if below else "top",
        color=INK,
    )
