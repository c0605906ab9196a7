"""What an unlabelled row counts, and how many components a class has, chosen by labels held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.base import TrainingSet
from semigen.model_selection.cross_fit import Fold, cross_fit, hold_out
from semigen.model_selection.log_losses import log_losses
from semigen.persistence.pickled import VersionedPart
from semigen.prior_shift.estimate import estimate_prior, mixing_test

# Weights and numbers of components that are tried.
WEIGHTS, COMPONENTS = (0.0, 0.1, 0.3, 1.0), (1, 3, 5)
_FOLDS = 5
# Of the tests that say whether labels are as frequent as their classes.
_LEVEL = 0.05


@dataclass(frozen=True)
class Setting:
    """What an unlabelled row counts beside a labelled one, and the components of a class."""

    weight: float
    n_components: Any


@dataclass(frozen=True)
class HeldOutChoice(VersionedPart):
    """What was found on labels held out.

    Attributes
    ----------
    weight : float
    n_components : int or dict
    tried : tuple of Setting
        Empty if nothing was to be chosen, or no label could be held out.
    losses, errors : tuple of float
        Mean log-loss and error of the labels held out, by setting.
    class_prior : array of shape (classes,) or None
        How frequent classes are among the unlabelled rows, if labels held out count by it; None if they count alike.
    """

    weight: float
    n_components: Any
    tried: tuple[Setting, ...] = ()
    losses: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()
    class_prior: NDArray[np.float64] | None = None

    def __str__(self) -> str:
        chosen = f"An unlabelled row counts {self.weight:g}, and classes have {_components(self.n_components)}."
        if not self.tried:
            return chosen
        several = len({repr(each.n_components) for each in self.tried}) > 1
        losses = sorted(zip(self.losses, self.errors, map(str, self.tried), self.tried, strict=True))
        said = (f"{_named(each, several)} ({loss:.3f}, {error:.1%})" for loss, error, _, each in losses)
        counted = (
            " Each label counts by how frequent its class is in the other rows." if self.class_prior is not None else ""
        )
        return f"{chosen} Tried on labels held out (log-loss, share wrong): {', '.join(said)}.{counted}"


def _named(setting: Setting, several: bool) -> str:
    return f"weight {setting.weight:g}" + (f" with {_components(setting.n_components)}" if several else "")


def _components(n_components: Any) -> str:
    if isinstance(n_components, Mapping):
        return f"these components (one where a class is not named): {dict(n_components)}"
    return f"{n_components} component{'s' if n_components > 1 else ''} each"


def choose(
    training: TrainingSet,
    weight: float | str,
    n_components: Any,
    probabilities: Callable[[TrainingSet, Setting, TrainingSet], NDArray[np.float64]],
    rng: np.random.Generator,
) -> HeldOutChoice:
    """Return the setting with the smallest log-loss of labels held out.

    Several components are tried with the largest weight only, as a few labels cannot tell them apart, and only where
    each class has rows enough for them in every fold. A weight of zero is not tried where a class has no label, as it
    is learnt from unlabelled rows, and no weight is where all rows have a label. Where no label can be held out,
    unlabelled rows count one, and classes have one component. If the unlabelled rows say that labels are not as
    frequent as their classes, as where they were drawn class by class, each label counts by how frequent its class is.

    Parameters
    ----------
    training : TrainingSet
    weight : float or 'auto'
    n_components : int, dict or 'auto'
    probabilities : callable
        From training rows, a setting and other rows to the class probabilities of the latter.
    rng : Generator
        Of the folds.
    """
    chosen = isinstance(n_components, str)
    counting = training.counting()
    codes = counting.labels.codes
    weights: tuple[float, ...] = WEIGHTS if (codes < 0).any() else WEIGHTS[-1:]
    if not isinstance(weight, str):
        weights = (float(weight),)
    elif not counting.labels.possible(np.ones(len(codes), dtype=bool)).all():
        weights = tuple(each for each in weights if each > 0)
    settings = [Setting(each, 1 if chosen else n_components) for each in weights]
    several = [Setting(weights[-1], each) for each in COMPONENTS[1:]] if chosen and weights[-1] > 0 else []
    folds = hold_out(codes, _FOLDS, rng) if len(settings) + len(several) > 1 else []
    most = _most_components(codes, folds, len(counting.labels.classes))
    settings += [each for each in several if each.n_components <= most]
    if len(settings) == 1:
        folds = []
    if not folds:
        return HeldOutChoice(1.0 if isinstance(weight, str) else float(weight), 1 if chosen else n_components)
    held_out = np.concatenate([fold.test for fold in folds])
    truth = codes[held_out]

    def answers(setting: Setting) -> NDArray[np.float64]:
        of_folds = cross_fit(
            counting.part, lambda train, test: probabilities(train, setting, counting.part(test)), folds
        )
        return np.concatenate(of_folds)

    supervised = Setting(0.0, settings[0].n_components)
    found = [answers(setting) for setting in settings]
    others = counting.part(np.flatnonzero(counting.labels.unlabeled))
    prior = None
    if len(others.X) and supervised in settings:
        of_others = probabilities(counting, supervised, others)
        prior = _trusted_prior(of_others, found[settings.index(supervised)], truth)
    counts = np.ones(len(truth)) if counting.weights is None else counting.weights[held_out]
    if prior is not None:
        counts = counts * (prior / np.bincount(truth, counts, minlength=len(prior)))[truth]
    losses = [float(np.average(log_losses(each, truth), weights=counts)) for each in found]
    errors = [float(np.average(each.argmax(axis=1) != truth, weights=counts)) for each in found]
    best = settings[int(np.argmin(losses))]
    return HeldOutChoice(best.weight, best.n_components, tuple(settings), tuple(losses), tuple(errors), prior)


def _most_components(codes: NDArray[np.int64], folds: Sequence[Fold], n_classes: int) -> int:
    """Return how many components every class may have in the training rows of each fold."""
    found = []
    for fold in folds:
        train = codes[fold.train]
        of_class = np.bincount(train[train >= 0], minlength=n_classes) + int((train < 0).sum())
        found.append(min(int(of_class.min()), len(train) // n_classes))
    return min(found, default=1)


def _trusted_prior(
    of_others: NDArray[np.float64], of_held_out: NDArray[np.float64], truth: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Return how frequent classes are among rows without labels, if that differs from labels and is not refuted.

    Parameters
    ----------
    of_others, of_held_out : arrays of shape (n, classes) and (labels, classes)
        Class probabilities by fits to labels alone.
    truth : array of shape (labels,)
        Codes of the labels.
    """
    counts = np.bincount(truth, minlength=of_others.shape[1])
    if not counts.all():
        return None
    found = estimate_prior(of_others, counts / counts.sum())
    refuted = mixing_test(of_others, found.prior, of_held_out, truth)
    trusted = found.p_value < _LEVEL and (refuted is None or refuted >= _LEVEL)
    return found.prior if trusted and np.isfinite(found.standard_error).all() else None
