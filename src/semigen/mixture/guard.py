"""A fit that unlabelled rows cannot spoil: they have their say only where labels held out speak for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from semigen.base import GenerativeClassifier, TrainingSet
from semigen.labels import UNSURE_CODE
from semigen.model_selection.groups import copies, n_copies, of_copies
from semigen.model_selection.held_out import deal
from semigen.model_selection.paired_test import DEALINGS, FOLDS, Choice, Comparison, HeldOut, choose, compare

SUPERVISED, EM, PESSIMISTIC = "supervised", "EM", "pessimistic"

_NOTHING_TO_GUARD = "Kept the supervised fit: no unlabelled row counts."


Fitter = Callable[[TrainingSet], GenerativeClassifier]


@dataclass(frozen=True)
class Guarded:
    """The fit that is kept, the supervised fit, why, what a plain fit would have done, and copies held out together."""

    kept: GenerativeClassifier
    supervised: GenerativeClassifier
    choice: Choice
    plain: GenerativeClassifier
    n_copies: int = 0

    def report(self, unlabeled: NDArray[np.bool_]) -> str:
        """In words, what the unlabelled rows changed."""
        return "\n".join([self.choice.reason, *self._changes(unlabeled), *of_copies(self.n_copies)])

    def _changes(self, unlabeled: NDArray[np.bool_]) -> list[str]:
        count = int(unlabeled.sum())
        if not count:
            return []
        before = self.supervised.transduction_[unlabeled]
        if self.choice.kept == SUPERVISED:
            changed = int((self.plain.transduction_[unlabeled] != before).sum())
            return [f"EM would have changed the predicted class of {_share(changed, count)} unlabelled rows."]
        changed = int((self.kept.transduction_[unlabeled] != before).sum())
        return [f"They changed the predicted class of {_share(changed, count)} among themselves."]


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.0%})"


def guarded(fitters: Mapping[str, Fitter], training: TrainingSet, rng: np.random.Generator) -> Guarded:
    """Fit with and without the unlabelled rows, and keep what the held-out labels favour.

    Parameters
    ----------
    fitters : mapping
        Of "supervised" and, if unlabelled rows count, "EM" and "pessimistic": what fits such a mixture to rows. Folds
        start afresh: a start from all labels would know those that are held out.
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
        return Guarded(supervised, supervised, Choice(SUPERVISED, {}, _NOTHING_TO_GUARD), supervised)
    weights = np.ones(len(training.X)) if training.weights is None else training.weights
    labeled = np.flatnonzero(training.labels.labeled)
    codes = training.labels.codes[labeled]
    alike = copies(training.X, training.labels.codes)
    dealings = [deal(codes, FOLDS, rng, alike) for _ in range(DEALINGS)]
    baseline = held_out(fitters[SUPERVISED], training, labeled, dealings)
    evidence: dict[str, Comparison] = {}
    for name in fitters:
        if name != SUPERVISED and not any(each.favours for each in evidence.values()):
            contender = held_out(fitters[name], training, labeled, dealings)
            evidence[name] = compare(baseline, contender, weights[labeled])
    choice = choose(evidence)
    fitted = {SUPERVISED: supervised, EM: plain}
    kept = fitted[choice.kept] if choice.kept in fitted else fitters[choice.kept](training)
    return Guarded(kept, supervised, choice, plain, n_copies(alike))


def _supervised(fit: Fitter, training: TrainingSet) -> GenerativeClassifier:
    try:
        return fit(training)
    except ValueError as error:
        raise ValueError(
            f"guard=True needs a fit to the labelled rows alone to fall back on, and there is none: {error}"
        ) from error


def held_out(
    fit: Fitter,
    training: TrainingSet,
    labeled: NDArray[np.int64],
    dealings: list[NDArray[np.int64]],
) -> HeldOut:
    """What labelled rows cost a mixture that did not see them, dealing by dealing; all else is in training."""
    of_label = np.full((len(dealings), len(labeled)), np.nan)
    codes = training.labels.codes[labeled]
    for dealing, folds in enumerate(dealings):
        for fold in range(folds.max(initial=-1) + 1):
            tested = np.flatnonzero(folds == fold)
            kept = np.setdiff1d(np.arange(len(training.X)), labeled[tested])
            try:
                fitted = fit(training.part(kept))
            except ValueError:
                # Without these labels there is no such fit (a class with too few rows, a singular covariance): the
                # losses stay NaN, which counts against a contender.
                continue
            probability = softmax(fitted._log_posterior(training.X[labeled[tested]]), axis=1)
            of_label[dealing, tested] = probability[np.arange(len(tested)), codes[tested]]
    weights = None if training.weights is None else training.weights[labeled]
    return HeldOut.of(of_label, len(training.labels.classes), weights)


def can_be_pessimistic(training: TrainingSet, n_components: object, family: str) -> bool:
    """Whether the contrastive pessimistic likelihood is defined: sure labels, complete rows, one Gaussian per class.

    For 'diag' and 'spherical' it is, and yet does harm too often to be let in.
    """
    sure = not (training.labels.codes == UNSURE_CODE).any()
    return bool(family in ("full", "tied") and n_components == 1 and sure and not np.isnan(training.X).any())
