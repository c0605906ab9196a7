"""The classifiers that compete: how each is made, how long a fit takes, and what to expect of it beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.base import clone, is_regressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import get_tags

from semigen.any_classifier import learner, takes_codes, takes_names, takes_unlabeled
from semigen.generative_features import GenerativeFeatures
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture_cv import SemiSupervisedGMMCV
from semigen.recommendation.average import ProbabilityAverage
from semigen.recommendation.rows import Rows, Size
from semigen.recommendation.spreading import CompleteLabelSpreading
from semigen.transform_output import giving_arrays

LABELS_ALONE = "logistic regression"

# A generative model, a hybrid and a discriminative one: where few labels cannot tell which is best, their average is
# seldom far behind the best, and often ahead.
_AVERAGED = {"mixtures by cross-validation": 4.0, "mixture, then logistic regression": 2.0, LABELS_ALONE: 1.0}

# Labels a class at which what is expected beforehand is known; between them it is interpolated.
KNOWN_LABELS = (3, 10, 30)


@dataclass(frozen=True)
class Kind:
    """A candidate before the data are seen.

    Attributes
    ----------
    make : callable
        From the rows to the classifier, for rows of numbers.
    seconds : callable
        From a size to the seconds of a fit, roughly.
    handicap : tuple of float
        By how many per cent its error was above that of logistic regression at 3, 10 and 30 labels a class: mean over
        fifteen tables, on splits that no reported figure uses. Zero where it was not measured.
    needs_unlabeled : bool
        Whether without unlabelled rows it is another candidate under a longer name.
    deep : bool
        Whether it needs torch.
    average_of : mapping of str to float
        The candidates whose probabilities it averages, and their weights.
    """

    make: Callable[[Rows], Any]
    seconds: Callable[[Size], float]
    handicap: tuple[float, float, float] = (0.0, 0.0, 0.0)
    needs_unlabeled: bool = False
    deep: bool = False
    average_of: Mapping[str, float] = field(default_factory=dict)


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
    handicap : tuple of float
    deep : bool
    average_of : mapping of str to float
        Candidates whose answers make up its own, so that the race need not fit it, and their weights.
    """

    name: str
    estimator: Any
    racing: Any
    as_given: bool
    uses_unlabeled: bool
    seconds: Callable[[Size], float]
    handicap: tuple[float, float, float]
    deep: bool
    average_of: Mapping[str, float] = field(default_factory=dict)

    def rows(self, rows: Rows) -> Any:
        """What it takes in the race."""
        return rows.given if self.as_given else rows.numbers


def _before(rows: Rows, *steps: Any) -> Any:
    """Transformers in a row, with the gaps filled first if there are any; where they were stays to be seen."""
    filled = [SimpleImputer(add_indicator=True, keep_empty_features=True)] if rows.incomplete else []
    every = [*filled, *steps]
    return giving_arrays(every[0] if len(every) == 1 else make_pipeline(*every))


def _on_scaled(rows: Rows, classifier: Any) -> GenerativeFeatures:
    # As a hybrid whose "model" is the scaling: that is taught by all rows, the classifier by those that it can use.
    return GenerativeFeatures(_before(rows, StandardScaler()), classifier)


def _mixture(rows: Rows) -> SemiSupervisedGMM:
    return SemiSupervisedGMM(missing="marginal" if rows.incomplete else "error")


def _spreading(rows: Rows) -> Any:
    neighbours = max(1, min(7, len(rows.numbers) // 2))
    return _on_scaled(rows, CompleteLabelSpreading(kernel="knn", n_neighbors=neighbours))


def _average(rows: Rows, averaged: Mapping[str, float]) -> ProbabilityAverage:
    return ProbabilityAverage([(name, KINDS[name].make(rows)) for name in averaged], list(averaged.values()))


def _deep(rows: Rows, name: str, **options: Any) -> Any:
    import semigen.deep

    # Enough steps for tables, with batches of 200 rows.
    steps_an_epoch = -(-len(rows.numbers) // 200)
    model = getattr(semigen.deep, name)(max_epochs=max(10, 600 // steps_an_epoch), **options)
    if name == "VAEFeatures":
        return GenerativeFeatures(_before(rows, model), LogisticRegression(max_iter=1000))
    return _before(rows, model)


def _seconds_of_logistic(size: Size) -> float:
    return 0.005 + 3e-8 * size.n_labeled * size.n_columns * size.n_classes


def _seconds_of_self_training(size: Size) -> float:
    return 0.01 + 1e-7 * size.n_rows * size.n_columns * size.n_classes


def _seconds_of_discriminant(size: Size) -> float:
    return 0.005 + 6e-4 * size.n_classes + 2e-9 * size.n_columns**2 * (size.n_labeled + 0.1 * size.n_columns)


def _seconds_of_mixture(size: Size) -> float:
    return 0.005 + 1.5e-9 * size.n_classes * (size.n_columns**2 + 100) * (size.n_rows + 0.2 * size.n_columns)


def _seconds_of_hybrid(size: Size) -> float:
    # The regression sees a feature for each class.
    return _seconds_of_mixture(size) + _seconds_of_logistic(replace(size, n_columns=size.n_classes))


def _seconds_of_steps(microseconds: float) -> Callable[[Size], float]:
    """600 steps of 200 rows, more if the rows are more, with so much for a row."""
    return lambda size: 1 + 1e-6 * microseconds * max(120_000, 10 * size.n_rows)


KINDS: dict[str, Kind] = {
    LABELS_ALONE: Kind(
        lambda rows: _on_scaled(rows, LogisticRegression(max_iter=1000)),
        _seconds_of_logistic,
    ),
    "LDA": Kind(
        lambda rows: _on_scaled(rows, LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
        _seconds_of_discriminant,
        (0.6, 0.0, 0.2),
    ),
    "self-training": Kind(
        lambda rows: _on_scaled(rows, SelfTrainingClassifier(LogisticRegression(max_iter=1000))),
        _seconds_of_self_training,
        (0.6, -0.2, -0.1),
        needs_unlabeled=True,
    ),
    "label spreading": Kind(
        _spreading,
        lambda size: 0.01 + 1e-9 * size.n_rows**2 * (5 + size.n_columns / 10),
        (2.8, 3.9, 3.1),
        needs_unlabeled=True,
    ),
    "mixture": Kind(_mixture, _seconds_of_mixture, (-1.9, 0.8, 1.4)),
    "mixture, then logistic regression": Kind(
        lambda rows: GenerativeFeatures(_mixture(rows), LogisticRegression(max_iter=1000)),
        _seconds_of_hybrid,
        (-3.1, -2.0, -0.6),
    ),
    "mixtures by cross-validation": Kind(
        lambda rows: SemiSupervisedGMMCV(missing="marginal" if rows.incomplete else "error"),
        lambda size: 60 * _seconds_of_mixture(size),
        (-4.2, -4.1, -3.1),
    ),
    "average of three": Kind(
        lambda rows: _average(rows, _AVERAGED),
        lambda size: sum(KINDS[name].seconds(size) for name in _AVERAGED),
        (-4.8, -4.7, -3.4),
        average_of=_AVERAGED,
    ),
    "VAE, then logistic regression": Kind(
        lambda rows: _deep(rows, "VAEFeatures", latent_dim=10, hidden_dims=(100,)), _seconds_of_steps(15), deep=True
    ),
    "VAE": Kind(
        lambda rows: _deep(rows, "SemiSupervisedVAE", latent_dim=5, hidden_dims=(100,)),
        _seconds_of_steps(60),
        deep=True,
    ),
    "GAN": Kind(lambda rows: _deep(rows, "SemiSupervisedGAN"), _seconds_of_steps(200), needs_unlabeled=True, deep=True),
    "flow": Kind(
        lambda rows: _deep(rows, "SemiSupervisedFlow", n_couplings=4, hidden_dims=(64,)),
        _seconds_of_steps(350),
        deep=True,
    ),
}


def candidates_for(rows: Rows, asked: Iterable[Any] | Mapping[str, Any] | None) -> list[Candidate]:
    """The candidates for these rows, in the order in which they race: the cheap ones first, the deep ones last.

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
    names = list(KINDS)
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
    names = [name for name in names if name not in own and _sensible(KINDS[name], rows)]
    chosen = [_of_kind(name, rows) for name in names if set(KINDS[name].average_of) <= set(names)]
    chosen += [_own(name, estimator, rows) for name, estimator in own.items()]
    size = rows.size
    chosen.sort(key=lambda each: (each.name != LABELS_ALONE, each.deep, bool(each.average_of), each.seconds(size)))
    return chosen


def candidate_names() -> list[str]:
    """Names of the candidates, those included that need torch."""
    return list(KINDS)


def candidate_named(name: str, rows: Rows) -> Candidate:
    """The candidate of this name for these rows."""
    if name not in KINDS:
        raise ValueError(f"There is no candidate {name!r}; known are {list(KINDS)}.")
    if KINDS[name].deep and find_spec("torch") is None:
        raise ValueError(f'{name} needs torch: pip install "semigen[deep]".')
    return _of_kind(name, rows)


def _sensible(kind: Kind, rows: Rows) -> bool:
    if kind.deep and find_spec("torch") is None:
        return False
    return rows.size.n_unlabeled > 0 or not kind.needs_unlabeled


def _of_kind(name: str, rows: Rows) -> Candidate:
    kind = KINDS[name]
    racing = kind.make(rows)
    uses = takes_unlabeled(racing)
    if isinstance(racing, GenerativeFeatures) and not kind.needs_unlabeled:
        # Scaling is taught by all rows, which makes no use of them that is worth the name.
        uses = not _only_scales(racing.model)
    return Candidate(
        name, _encoded(rows, racing), racing, False, uses, kind.seconds, kind.handicap, kind.deep, kind.average_of
    )


def _only_scales(model: Any) -> bool:
    return isinstance(model.steps[-1][1] if isinstance(model, Pipeline) else model, StandardScaler)


def _own(name: str, estimator: Any, rows: Rows) -> Candidate:
    """A candidate that the caller gave: a pipeline takes the rows as they are, all others take numbers."""
    if isinstance(estimator, type) or not all(hasattr(estimator, one) for one in ("fit", "predict", "get_params")):
        raise TypeError(f"candidates: {name} is {estimator!r}, and must be a classifier with fit and predict.")
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
        racing = make_pipeline(_before(rows), racing)
    return Candidate(
        name,
        racing if as_given else _encoded(rows, racing),
        racing,
        as_given,
        uses,
        # Nobody knows, so it is let start, and its first fold tells.
        lambda size: 1e-5 * size.n_rows,
        (0.0, 0.0, 0.0),
        False,
    )


def _encoded(rows: Rows, estimator: Any) -> Any:
    return estimator if rows.encoder is None else make_pipeline(giving_arrays(clone(rows.encoder)), estimator)


def handicaps(candidates: list[Candidate], labels_per_class: float) -> np.ndarray:
    """What to expect of each before any evidence: its error less that of logistic regression, between 0 and 1."""
    known = np.log(KNOWN_LABELS)
    at = np.log(max(labels_per_class, 1.0))
    return np.array([np.interp(at, known, each.handicap) for each in candidates]) / 100
