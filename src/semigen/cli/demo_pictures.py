"""The picture that `semigen demo` draws: errors of the methods, a map of the digits, and digits themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from semigen._files import replacing
from semigen.cli.demo_results import Digits, Result
from semigen.cli.refusal import CommandError, reason
from semigen.display import LatentMapDisplay
from semigen.display._shared.style import look

_OURS, _THEIRS = "#2f5d8a", "#b8bcc2"
_WRONG = "#bd1f01"
_DOTS_PER_INCH = 110


def draw_demo(digits: Digits, results: list[Result], path: Path) -> None:
    """Draw the result of the demo into a PNG file, whole or not at all.

    Parameters
    ----------
    digits : Digits
    results : list of Result
        The mixture with labels alone, the mixture with all rows, and the others.
    path : Path

    Raises
    ------
    CommandError
        If the file cannot be written.
    """
    figure = Figure(figsize=(15, 5), dpi=_DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    panels: Any = figure.subfigures(1, 3, wspace=0.03)
    left, middle, right = panels
    model = results[1].model
    _draw_errors(left.subplots(), results, len(digits.test_rows))
    _draw_map(middle.subplots(), digits, model)
    _draw_digits(right, digits, model)
    try:
        with replacing(path) as file:
            figure.savefig(file, format="png", pil_kwargs={"optimize": True})
    except OSError as error:
        raise CommandError(f"cannot write {path}: {reason(error)}") from error


def _draw_errors(axes: Axes, results: list[Result], n_test: int) -> None:
    names = [f"{result.method.name}\n{result.method.sees}" for result in results]
    errors = np.array([100 * result.error for result in results])
    uncertain = np.sqrt(errors * (100 - errors) / n_test)
    colours = [_OURS if result.method.name == "SemiSupervisedGMM" else _THEIRS for result in results]
    at = np.arange(len(results))
    axes.barh(at, errors, color=colours, height=0.62)
    axes.errorbar(errors, at, xerr=uncertain, fmt="none", ecolor="#333333", elinewidth=1, capsize=3)
    for y, error, width, result in zip(at, errors, uncertain, results, strict=True):
        axes.annotate(
            f"{error:.1f}%  ({result.seconds:.2f} s)",
            (error + width, y),
            (5, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(at, names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.55 * (errors + uncertain).max() + 0.5)
    axes.set_xlabel(f"% of {n_test} held-out digits, ± 1 standard error")
    axes.set_title("Errors, and seconds to fit and predict")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _draw_map(axes: Axes, digits: Digits, model: Any) -> None:
    predicted: NDArray[np.int64] = model.transduction_
    # Shrunk, since some pixels never vary. Fitted on predicted classes: the map shows the model's own view of the rows.
    projection = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1, n_components=2)
    points = projection.fit(digits.rows, predicted).transform(digits.rows)
    names = [str(digit) for digit in model.classes_]
    display = LatentMapDisplay(points=points, codes=digits.labels, class_names=names, predicted=predicted).plot(axes)
    few = int(digits.labeled.sum())
    size = float(np.sqrt(display.unlabeled_.get_sizes()[0]))
    big, small = _some_looks(6.5, 0.8), _some_looks(size, 0.0)
    own: Any = axes.get_legend()
    own.remove()
    panel: Any = axes.figure
    panel.legend(
        [big, small],
        [f"{few} labelled rows", f"{len(points) - few} unlabelled, by prediction"],
        loc="outside lower center",
        ncols=2,
        frameon=False,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.1)},
        columnspacing=1.2,
    )
    axes.set_title("Training rows, along the two directions\nthat best separate the predicted classes")


def _some_looks(size: float, edge: float) -> tuple[Line2D, ...]:
    """Return what stands for rows of all classes in a legend: those of the first three."""
    looks = [look(k) for k in range(3)]
    outline: dict[str, Any] = {"linestyle": "", "markersize": size, "markeredgecolor": "black", "markeredgewidth": edge}
    return tuple(Line2D([], [], marker=one.marker, color=one.colour, **outline) for one in looks)


def _draw_digits(figure: SubFigure, digits: Digits, model: Any) -> None:
    """Draw the mean of every class and, below, the held-out digits of which the model is least sure."""
    panels: Any = figure.subfigures(2, 1, hspace=0.04)
    above, below = panels
    above.suptitle("The mean of each class, as learnt")
    for digit, (axes, mean) in enumerate(zip(above.subplots(2, 5).flat, model.means_, strict=True)):
        _show(axes, mean, str(digit))
    below.suptitle("Held-out digits it is least sure of: predicted (probability)")
    probability = model.predict_proba(digits.test_rows)
    predicted = probability.argmax(axis=1)
    sureness = probability.max(axis=1)
    for axes, row in zip(below.subplots(2, 5).flat, np.argsort(sureness, kind="stable"), strict=False):
        wrong = predicted[row] != digits.test_truth[row]
        verdict = f"{predicted[row]} ({sureness[row]:.2f})"
        if wrong:
            verdict += f", is {digits.test_truth[row]}"
        _show(axes, digits.test_rows[row], verdict, _WRONG if wrong else "black")


def _show(axes: Axes, pixels: NDArray[np.float64], title: str, colour: str = "black") -> None:
    axes.imshow(pixels.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    axes.set_title(title, fontsize=9, color=colour, pad=3)
    axes.set_xticks([])
    axes.set_yticks([])
