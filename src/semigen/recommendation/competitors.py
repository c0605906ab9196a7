"""The classifiers that compete for some rows: those of the table that suit them, and those of the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from sklearn.base import clone, is_regressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from semigen._runtime.transform_output import giving_arrays
from semigen.compose.generative_features import GenerativeFeatures
from semigen.model_selection.any_classifier import learner, takes_codes, takes_names, takes_unlabeled
from semigen.recommendation.candidates import CANDIDATES, LABELS_ALONE
from semigen.recommendation.candidates.preparation import before
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size


@dataclass(frozen=True)
class Candidate:
    """A classifier that competes.

    Attributes
    ----------
    name : str
    estimator : classifier
        For rows as they were given.
    racing : classifier
        The same for `Rows.numbers`, so that text is encoded once only; `estimator` itself if `as_given`.
    as_given : bool
        Whether it takes the rows as they were given in the race as well.
    uses_unlabeled : bool
        Whether its classifier learns from unlabelled rows.
    seconds : callable
        From a size to the seconds of a fit, roughly.
    memory : callable
        From a size to the bytes that a fit takes beyond the rows; 0 where the classifier checks that itself.
    deep : bool
    average_of : mapping of str to float
        Candidates whose answers make up its own, so that the race need not fit it, and their weights.
    stacked : bool
        Whether these weights are a prior only.
    fits_of : mapping of str to int
        How often a fit of it fits each of these candidates, where not once.
    measures_itself : bool
        Whether a fit to all rows tells what it said of labels held out.
    """

    name: str
    estimator: Any
    racing: Any
    as_given: bool
    uses_unlabeled: bool
    seconds: Callable[[Size], float]
    memory: Callable[[Size], float] = lambda size: 0.0
    deep: bool = False
    average_of: Mapping[str, float] = field(default_factory=dict)
    stacked: bool = False
    fits_of: Mapping[str, int] = field(default_factory=dict)
    measures_itself: bool = False

    def rows(self, rows: Rows) -> Any:
        """Return the rows that it takes in the race."""
        return rows.given if self.as_given else rows.numbers


def candidates_for(rows: Rows, asked: Iterable[Any] | Mapping[str, Any] | None) -> list[Candidate]:
    """Return the candidates for these rows in the order of the race: the cheap ones first, the deep ones last.

    Parameters
    ----------
    rows : Rows
    asked : list of names and of pairs of a name and a classifier, mapping of name to classifier, or None
        A list limits the choice; a mapping adds to it, or replaces what has that name. Labels alone always compete.

    Raises
    ------
    ValueError
        If a name is unknown.
    TypeError
        If what is given is no classifier.
    """
    own: dict[str, Any] = {}
    names = list(CANDIDATES)
    if isinstance(asked, Mapping):
        own = {str(name): estimator for name, estimator in asked.items()}
    elif asked is not None:
        listed: list[Any] = [asked] if isinstance(asked, str) else list(asked)
        own = {str(each[0]): each[1] for each in listed if isinstance(each, tuple) and len(each) == 2}
        wanted = [each for each in listed if not (isinstance(each, tuple) and len(each) == 2)]
        unknown = [name for name in wanted if name not in names]
        if unknown:
            raise ValueError(
                f"candidates contains {unknown}; known are {names}. A classifier of your own needs a name, as in "
                '[("mine", classifier)].'
            )
        names = [name for name in names if name in wanted or name == LABELS_ALONE]
    names = [name for name in names if name not in own and _sensible(CANDIDATES[name], rows)]
    chosen = [_specified(CANDIDATES[name], rows) for name in names if set(CANDIDATES[name].average_of) <= set(names)]
    chosen += [_own(name, estimator, rows) for name, estimator in own.items()]
    size = rows.size
    chosen.sort(key=lambda each: (each.name != LABELS_ALONE, each.deep, bool(each.average_of), each.seconds(size)))
    return chosen


def candidate_names() -> list[str]:
    """Return names of the candidates, those included that need torch."""
    return list(CANDIDATES)


def candidate_named(name: str, rows: Rows) -> Candidate:
    """Return the candidate of this name for these rows."""
    if name not in CANDIDATES:
        raise ValueError(f"There is no candidate {name!r}; known are {list(CANDIDATES)}.")
    if CANDIDATES[name].deep and find_spec("torch") is None:
        raise ValueError(f'{name} needs torch: pip install "semigen[deep]".')
    return _specified(CANDIDATES[name], rows)


def _sensible(each: Specification, rows: Rows) -> bool:
    if each.deep and find_spec("torch") is None:
        return False
    return each.suits(rows) and (rows.size.n_unlabeled > 0 or not each.needs_unlabeled)


def _specified(each: Specification, rows: Rows) -> Candidate:
    racing = each.make(rows)
    return Candidate(
        each.name,
        _encoded(rows, racing),
        racing,
        False,
        each.uses_unlabeled,
        each.seconds,
        each.memory,
        each.deep,
        each.average_of,
        each.stacked,
        each.fits_of,
        each.measures_itself,
    )


def _own(name: str, estimator: Any, rows: Rows) -> Candidate:
    """Return a candidate that the caller gave: a pipeline takes the rows as they are, all others take numbers."""
    if isinstance(estimator, type) or not all(hasattr(estimator, one) for one in ("fit", "predict", "get_params")):
        raise TypeError(
            f"candidates: {name} is {estimator!r}, and must be a classifier with fit, predict and get_params."
        )
    if is_regressor(estimator):
        raise TypeError(f"candidates: {name} is {estimator!r}, a regressor; classes need a classifier.")
    uses = takes_unlabeled(estimator)
    as_given = isinstance(estimator, Pipeline)
    racing = estimator
    if takes_codes(estimator) and as_given:
        raise ValueError(
            f"candidates: {name} ends in {type(learner(estimator)).__name__}, which knows classes by numbers alone; "
            "GenerativeFeatures(model, classifier) takes its parts and any classes."
        )
    if not takes_names(estimator) and not as_given:
        # A hybrid that changes no column gives it the labelled rows alone, also when it is fitted again, or the numbers
        # that scikit-learn's semi-supervised classifiers take for classes.
        racing = GenerativeFeatures(giving_arrays(FunctionTransformer()), estimator)
    if not as_given and rows.incomplete and not get_tags(learner(estimator)).input_tags.allow_nan:
        racing = make_pipeline(before(rows), racing)
    return Candidate(
        name,
        racing if as_given else _encoded(rows, racing),
        racing,
        as_given,
        uses,
        # Unknown, so it is let start, and its first fold tells.
        lambda size: 1e-5 * size.n_rows,
    )


def _encoded(rows: Rows, estimator: Any) -> Any:
    return estimator if rows.encoder is None else make_pipeline(giving_arrays(clone(rows.encoder)), estimator)
