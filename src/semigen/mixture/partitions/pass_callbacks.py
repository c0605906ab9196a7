"""What is done after every pass over the parts: a bar of progress, and a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from semigen._files import replacing
from semigen.mixture.gaussian.scaling import in_original_units
from semigen.mixture.partitions.engine import AskedTransformed, Engine
from semigen.mixture.partitions.part import Part
from semigen.mixture.partitions.surveyed import Question
from semigen.mixture.rows.partitioned import Expectation

Answer = TypeVar("Answer")
OnPass = Callable[[Expectation, Any], None]


class Watched:
    """An engine that tells of every E step, after all parts have answered.

    Parameters
    ----------
    engine : Engine
    on_pass : sequence of callable
        Called with the question and the statistics of the unlabelled rows.
    """

    def __init__(self, engine: Engine, on_pass: Sequence[OnPass]):
        self._engine = engine
        self._on_pass = on_pass

    def total(self, ask: Callable[[int, Part], Answer], *, labels: bool = False) -> Answer:
        """Return the sum of the answers of all parts, added in pairs in the order of the parts."""
        answer: Answer = self._engine.total(ask, labels=labels)
        question = ask.ask if isinstance(ask, AskedTransformed) else ask
        if isinstance(question, Question) and isinstance(question.ask, Expectation):
            for call in self._on_pass:
                call(question.ask, answer.answer)  # type: ignore[attr-defined]
        return answer


class PassesBar:
    """A bar of passes: the log-likelihood of an unlabelled row, and the time left if all iterations are needed.

    Parameters
    ----------
    max_iter : int or None
        Of a single fit; None where there are several, whose end is not known.
    """

    def __init__(self, max_iter: int | None):
        self._bar = tqdm(total=max_iter, desc="semigen", unit="pass")

    def __call__(self, question: Expectation, answer: Any) -> None:
        """Count a pass."""
        rows = float(answer.mass.sum())
        of_row = answer.log_likelihood / rows
        self._bar.set_postfix_str(f"{question.parameters.family}, log-likelihood a row {of_row:.6g}")
        self._bar.update(1)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class Checkpoint:
    """Writes the parameters of every pass to a file, which is replaced as a whole.

    Parameters
    ----------
    path : path
    family : str
        Of the passes that count: a fit may make others before, for its prior.

    Attributes
    ----------
    classes : sequence of object
        Those of the fit, which sets them before its first pass.
    """

    classes: Sequence[Any] = ()

    def __init__(self, path: str | Path, family: str):
        self._path = Path(path)
        self._family = family

    def __call__(self, question: Expectation, answer: Any) -> None:
        """Write the parameters that this pass was made with."""
        parameters = question.parameters
        if parameters.family != self._family:
            return
        means, covariances, _ = in_original_units(parameters, question.scaling)
        with replacing(self._path) as file:
            np.savez(
                file,
                weights=np.exp(parameters.log_weights),
                means=means,
                covariances=covariances,
                family=np.array(self._family),
                classes=np.array(list(map(repr, self.classes))),
            )


def resumed(path: str | Path, family: str, classes: Sequence[Any]) -> dict[str, NDArray[np.float64]]:
    """Return weights, means and covariances of a checkpoint, as `init` takes them.

    Raises
    ------
    ValueError
        If the file is no checkpoint, or one of another family or of other classes.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in ("weights", "means", "covariances")}
            of, named = str(file["family"]), file["classes"].tolist()
    except (ValueError, KeyError, EOFError) as error:
        raise ValueError(f"{str(path)!r} is no checkpoint of a mixture: {error}.") from None
    if of != family:
        raise ValueError(f"{str(path)!r} is a checkpoint of covariance_type={of!r}, and the mixture has {family!r}.")
    if named != list(map(repr, classes)):
        raise ValueError(
            f"{str(path)!r} is a checkpoint of the classes {', '.join(named)}, and the rows have "
            f"{', '.join(map(repr, classes))}."
        )
    return found
