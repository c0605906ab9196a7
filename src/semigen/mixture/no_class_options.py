"""Options on rows of no class, checked against the labels and the other options of a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen.labels import Labels, marks


class AskedOfNoClass(Protocol):
    """The parameters of `SemiSupervisedGMM` that these options depend on."""

    noise: str | None
    novelty: int | str | None
    unknown_label: Any
    label_noise: ArrayLike | str | None
    label_mechanism: str | None
    class_prior: ArrayLike | Mapping[Any, float] | str | None
    init: str | Mapping[str, ArrayLike]
    warm_start: bool
    unlabeled: object


class NoClassOptions(NamedTuple):
    """What a fit has beside its classes: novel components, by which criterion if that is to choose, and noise."""

    n_novel: int = 0
    by: str | None = None
    noise: bool = False


def checked_no_class(
    asked: AskedOfNoClass, labels: Labels, weights: NDArray[np.float64], unlabeled_weight: float
) -> NoClassOptions:
    """Return what a fit has beside its classes: nothing where no unlabelled row counts.

    Parameters
    ----------
    asked : object
        With the parameters of `SemiSupervisedGMM`.
    labels : Labels
    weights : array of shape (n,)
        What each row counts.
    unlabeled_weight : float
        What an unlabelled row counts beside a labelled one.

    Raises
    ------
    ValueError
        If options contradict one another, or there are fewer unlabelled rows than novel components.
    """
    if asked.noise is None and asked.novelty is None:
        return NoClassOptions()
    if asked.label_noise is not None:
        raise ValueError(
            "label_noise takes every row to be of some class, whatever its label, and noise and novelty take some rows "
            "to be of none: use one of the two, with label_noise=None, or with noise=None and novelty=None."
        )
    _check_label_mechanism(asked)
    if asked.novelty is not None:
        _check_novelty(asked)
    counts = weights > 0
    n_unlabeled = int((labels.unlabeled & counts).sum())
    if unlabeled_weight == 0:
        return NoClassOptions()
    noise = asked.noise is not None and bool((~labels.labeled & counts).any())
    if n_unlabeled == 0 or asked.novelty is None:
        return NoClassOptions(noise=noise)
    if isinstance(asked.novelty, str):
        return NoClassOptions(by=asked.novelty, noise=noise)
    n_novel = int(asked.novelty)
    if n_novel > n_unlabeled:
        raise ValueError(
            f"novelty={n_novel} asks for as many unknown classes, and only {n_unlabeled} unlabelled rows count, from "
            "which they could be learnt: ask for fewer, or give more unlabelled rows."
        )
    return NoClassOptions(n_novel, noise=noise)


def _check_label_mechanism(asked: AskedOfNoClass) -> None:
    if asked.label_mechanism is not None:
        raise ValueError(
            "label_mechanism does not go with noise, novelty and unknown_label: rows of no class never have a label, "
            "which no mechanism here describes. Take label_mechanism=None, or noise=None, novelty=None and "
            "unknown_label=None."
        )


def _check_novelty(asked: AskedOfNoClass) -> None:
    if isinstance(asked.novelty, bool):
        raise ValueError(f"novelty={asked.novelty} is no number of unknown classes: give one, 'bic', 'aic' or None.")
    if asked.class_prior is not None and not isinstance(asked.class_prior, str):
        raise ValueError(
            "class_prior gives probabilities that sum to one over the known classes, and novelty adds unknown ones: "
            "leave class_prior at None, or at 'unlabeled', or set novelty=None."
        )
    if not isinstance(asked.init, str) or asked.warm_start:
        raise ValueError(
            "Where novel components begin is found by the fit, and init and warm_start do not say: leave "
            "init='labeled' and warm_start=False, or set novelty=None."
        )


def check_unknown_label(asked: AskedOfNoClass, names: Sequence[Any]) -> None:
    """Refuse an answer for rows of no class that means something else already.

    Raises
    ------
    ValueError
        If it is one of the classes, or marks unlabelled rows.
    """
    label = asked.unknown_label
    if label is None:
        return
    if not np.isscalar(label) or label != label:
        raise ValueError(f"unknown_label={label!r} is no label: give a single string or number, or None.")
    if any(label == name for name in names):
        raise ValueError(
            f"unknown_label={label!r} is one of the classes {list(names)}, so that answers would be ambiguous: choose "
            "another. Rows that are labelled with it are of a class like any other."
        )
    if marks(label, asked.unlabeled):
        raise ValueError(
            f"unknown_label={label!r} marks unlabelled rows: predictions given as labels would say nothing. Choose "
            "another, or another marker by `unlabeled`."
        )
    _check_label_mechanism(asked)
    if asked.label_noise is not None:
        raise ValueError(
            "unknown_label is calibrated on labels that are right, and label_noise takes them to be wrong: use one of "
            "the two."
        )


def check_in_memory(asked: AskedOfNoClass) -> None:
    """Refuse options on rows of no class where rows come in parts."""
    given = _given(asked)
    if given:
        raise ValueError(
            f"{' and '.join(given)} take{'s' if len(given) == 1 else ''} rows in memory, and X comes in parts: fit "
            "to a sample in memory, whose predictions then take parts, or leave it out."
        )


def check_known_classes_only(mixture: Any, method: str) -> None:
    """Refuse to go on by statistics with rows of no class, of which these say nothing.

    Parameters
    ----------
    mixture : SemiSupervisedGMM
        Fitted or not: a fit may be about rows of no class whatever its parameters are now.
    method : str
        That was called.
    """
    given, fit = _given(mixture), vars(mixture).get("_fit")
    if given or "outlier_threshold_" in vars(mixture) or (fit is not None and fit.no_class is not None):
        raise ValueError(
            f"{method} goes on with the known classes alone, and {' and '.join(given) or 'this fit'} is about rows of "
            "none: fit all rows at once, or fit with noise=None, novelty=None and unknown_label=None."
        )


def _given(asked: AskedOfNoClass) -> list[str]:
    return [name for name in ("noise", "novelty", "unknown_label") if getattr(asked, name) is not None]
