"""The guard: a fit uses the unlabelled rows only where labels held out speak for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.base import TrainingSet
from semigen.labels import UNSURE_CODE
from semigen.mixture.families import FAMILIES
from semigen.mixture.learning.fit import MixtureFit
from semigen.model_selection.cross_fit import Fold, cross_fit, hold_out
from semigen.model_selection.groups import copies, n_copies, of_copies
from semigen.model_selection.paired_test import (
    FOLDS,
    REPETITIONS,
    SUPERVISED,
    Choice,
    Comparison,
    HeldOut,
    choose,
    compare,
)

EM, PESSIMISTIC = "EM", "pessimistic"

Fitter = Callable[[TrainingSet], MixtureFit]


@dataclass(frozen=True)
class Guarded:
    """The fit that is kept, the supervised fit, why, what a plain fit would have done, and copies held out together."""

    kept: MixtureFit
    supervised: MixtureFit
    choice: Choice
    plain: MixtureFit
    n_copies: int = 0

    def report(self, training: TrainingSet) -> str:
        """Say in words what the unlabelled rows changed."""
        if not self.choice.evidence:
            return "Kept the supervised fit: no unlabelled row counts."
        return "\n".join([self.choice.explanation(), *self._changes(training), *of_copies(self.n_copies)])

    def _changes(self, training: TrainingSet) -> list[str]:
        unlabeled = np.flatnonzero(training.labels.unlabeled)
        count = len(unlabeled)
        if not count:
            return []

        def classes_by(fit: MixtureFit) -> NDArray[np.int64]:
            return fit.likeliest_classes(training.X, unlabeled, fit.options.threads)

        before = classes_by(self.supervised)
        if self.choice.kept == SUPERVISED:
            changed = int((classes_by(self.plain) != before).sum())
            return [f"EM would have changed the predicted class of {_share(changed, count)} unlabelled rows."]
        changed = int((classes_by(self.kept) != before).sum())
        return [f"They changed the predicted class of {_share(changed, count)} among themselves."]


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.0%})"


def guarded(fitters: Mapping[str, Fitter], training: TrainingSet, rng: np.random.Generator) -> Guarded:
    """Fit with and without the unlabelled rows, and keep what the held-out labels favour.

    Parameters
    ----------
    fitters : mapping
        Of "supervised" and, if unlabelled rows count, "EM" and "pessimistic": what fits such a mixture to rows.
    training : TrainingSet
        Of rows that count.
    rng : Generator
        Of the folds.

    Raises
    ------
    ValueError
        If the labelled rows alone do not make a classifier: there is then nothing to fall back on.
    """
    plain = fitters[EM](training) if EM in fitters else None
    supervised = _supervised(fitters[SUPERVISED], training)
    if plain is None:
        return Guarded(supervised, supervised, Choice(SUPERVISED, {}), supervised)
    weights = np.ones(len(training.X)) if training.weights is None else training.weights
    alike = copies(training.X, training.labels.codes)
    repetitions = [hold_out(training.labels.codes, FOLDS, rng, together=alike) for _ in range(REPETITIONS)]
    baseline = held_out(fitters[SUPERVISED], training, repetitions)
    evidence: dict[str, Comparison] = {}
    for name in fitters:
        if name != SUPERVISED and not any(each.favours for each in evidence.values()):
            contender = held_out(fitters[name], training, repetitions)
            evidence[name] = compare(baseline, contender, weights[training.labels.labeled])
    choice = choose(evidence)
    fitted = {SUPERVISED: supervised, EM: plain}
    kept = fitted[choice.kept] if choice.kept in fitted else fitters[choice.kept](training)
    return Guarded(kept, supervised, choice, plain, n_copies(alike))


def _supervised(fit: Fitter, training: TrainingSet) -> MixtureFit:
    try:
        return fit(training)
    except ValueError as error:
        raise ValueError(
            f"guard=True needs a fit to the labelled rows alone to fall back on, and there is none: {error}"
        ) from error


def held_out(fit: Fitter, training: TrainingSet, repetitions: list[list[Fold]]) -> HeldOut:
    """Return the losses of labelled rows with mixtures that did not see them, repetition by repetition."""
    codes = training.labels.codes
    of_label = np.full((len(repetitions), len(codes)), np.nan)

    def fitted(train: NDArray[np.int64]) -> MixtureFit | None:
        try:
            return fit(training.part(train))
        except ValueError:
            # Without these labels there is no such fit (a class with too few rows, a singular covariance): the losses
            # stay NaN, which counts against a contender.
            return None

    def probability_of_label(model: MixtureFit | None, test: NDArray[np.int64]) -> NDArray[np.float64]:
        if model is None:
            return np.full(len(test), np.nan)
        found: NDArray[np.float64] = model.probabilities(training.X[test])[np.arange(len(test)), codes[test]]
        return found

    for repetition, folds in enumerate(repetitions):
        answers = cross_fit(fitted, probability_of_label, folds)
        for fold, answer in zip(folds, answers, strict=True):
            of_label[repetition, fold.test] = answer
    labeled = training.labels.labeled
    weights = None if training.weights is None else training.weights[labeled]
    return HeldOut.of(of_label[:, labeled], len(training.labels.classes), weights)


def can_be_pessimistic(training: TrainingSet, n_components: object, class_prior: object, family: str) -> bool:
    """Return whether the pessimistic likelihood is defined and safe.

    It needs sure labels, which say how frequent classes are, complete rows and one Gaussian for each class.
    """
    if isinstance(class_prior, str):  # "unlabeled"
        return False
    sure = not (training.labels.codes == UNSURE_CODE).any()
    safe = FAMILIES[family].pessimistic_is_safe
    return bool(safe and n_components == 1 and sure and not np.isnan(training.X).any())
