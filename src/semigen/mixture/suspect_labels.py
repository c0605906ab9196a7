"""Labels that may be wrong: what a fit with `label_noise` says of how labels go wrong, and of which ones did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, softmax

from semigen.base import TrainingSet
from semigen.diagnostics import Examined, Sign, Suspicion
from semigen.labels import UNSURE_CODE, Labels, as_objects, encode_annotators, is_matrix
from semigen.mixture.fitted import FittedMixture
from semigen.mixture.gaussian.label_noise import log_priors, of_given_labels
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.noisy_labels import NoisyRows, with_noise
from semigen.persistence.pickled import VersionedPart

_SHOWN = 10
# Confusions that the report names, and their least probability.
_NAMED, _LEAST_NAMED = 3, 0.02


class SuspectLabel(NamedTuple):
    """A label that may be wrong.

    Attributes
    ----------
    row : int
        Number of the row, from 0.
    given : object
        Its label.
    likeliest : object
        The class that is the likeliest one, by its columns and its labels.
    probability : float
        That the label is wrong.
    annotator : int
        Who gave it, from 0.
    """

    row: int
    given: Any
    likeliest: Any
    probability: float
    annotator: int


@dataclass(frozen=True, eq=False)
class SuspectLabels(VersionedPart):
    """Given labels, the one that is most likely wrong first; printed, they are a table of the first ten.

    Attributes
    ----------
    rows : array of shape (labels,)
        Numbers of the rows, from 0: of `X`, or of all rows of the parts.
    given, likeliest : arrays of shape (labels,)
        The label that was given, and the likeliest class of the row by its columns and its labels.
    probability : array of shape (labels,)
        That the label is wrong.
    annotators : array of shape (labels,)
        Who gave the label, from 0.
    """

    rows: NDArray[np.int64]
    given: NDArray[Any]
    likeliest: NDArray[Any]
    probability: NDArray[np.float64]
    annotators: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[SuspectLabel]:
        numbers = self.probability.tolist(), self.annotators.tolist()
        each = zip(self.rows.tolist(), as_objects(self.given), as_objects(self.likeliest), *numbers, strict=True)
        return (SuspectLabel(*one) for one in each)

    def first(self, n: int) -> SuspectLabels:
        """Return the n labels that are most likely wrong."""
        return replace(self, **{name: each[:n] for name, each in self.to_dict().items()})

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return columns by name, for ``pandas.DataFrame(suspect_labels.to_dict())``."""
        return {
            "rows": self.rows,
            "given": self.given,
            "likeliest": self.likeliest,
            "probability": self.probability,
            "annotators": self.annotators,
        }

    def __repr__(self) -> str:
        several = len(np.unique(self.annotators)) > 1
        lines = [f"{'row':>9}  {'wrong':>6}  {'annotator  ' if several else ''}given -> likeliest"]
        for each in self.first(_SHOWN):
            annotator = f"{each.annotator:>9}  " if several else ""
            lines.append(f"{each.row:>9}  {each.probability:6.1%}  {annotator}{each.given!r} -> {each.likeliest!r}")
        if len(self) > _SHOWN:
            lines.append(f"... and {len(self) - _SHOWN:,} more")
        return "\n".join(lines)


def suspect_labels(
    log_joint: NDArray[np.float64], confusion: NDArray[np.float64], labels: Labels, numbers: NDArray[np.int64]
) -> SuspectLabels:
    """Rank the labels of some rows by how likely they are wrong.

    Parameters
    ----------
    log_joint : array of shape (n, classes)
        log p(x, class) of the rows.
    confusion : array of shape (annotators, classes, classes)
    labels : Labels
        Of the rows.
    numbers : array of shape (n,)
        Of the rows.
    """
    posterior = log_softmax(log_joint + log_priors(confusion, labels.given), axis=1)
    row, annotator = np.nonzero(labels.given >= 0)
    given = labels.given[row, annotator]
    # By the log probability of being right, which tells labels apart that are wrong beyond any doubt.
    right = posterior[row, given]
    order = np.argsort(right, kind="stable")
    return SuspectLabels(
        numbers[row[order]],
        labels.classes[given[order]],
        labels.classes[posterior.argmax(axis=1)[row[order]]],
        -np.expm1(right[order]) + 0.0,
        annotator[order],
    )


class FindsSuspectLabels(FittedMixture):
    """Base of `SemiSupervisedGMM`: labels by annotators, and what a fit with `label_noise` leaves."""

    # What pickles of earlier versions lack.
    label_noise: ArrayLike | str | None = None
    label_noise_: NDArray[np.float64]
    suspect_labels_: SuspectLabels

    def _labels_of(self, y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
        if self.label_noise is not None and is_matrix(y):
            return encode_annotators(y, unlabeled=self.unlabeled, classes=classes)
        return super()._labels_of(y, classes)

    def _keep_parameters(self, fit: MixtureFit) -> None:
        super()._keep_parameters(fit)
        for name in ("label_noise_", "suspect_labels_") if fit.confusion is None else ():
            self.__dict__.pop(name, None)
        if fit.confusion is not None:
            self.label_noise_ = fit.confusion[0] if len(fit.confusion) == 1 else fit.confusion

    def _find_suspect_labels(self, training: TrainingSet, numbers: NDArray[np.int64] | None = None) -> None:
        """Rank the labels of training rows that count; rows have the numbers 0, 1, ... if none are given."""
        if self._fit.confusion is None:
            return
        counts = True if training.weights is None else training.weights > 0
        chosen = np.flatnonzero(training.labels.labeled & counts)
        joint = self._log_joint(training.X[chosen])
        of_rows = chosen if numbers is None else numbers[chosen]
        self.suspect_labels_ = suspect_labels(joint, self._fit.confusion, training.labels.part(chosen), of_rows)

    def _transduced(self, training: TrainingSet) -> NDArray[np.int64]:
        return super()._transduced(replace(training, labels=self._through_noise(training.labels)))

    def _through_noise(self, labels: Labels) -> Labels:
        """Return labels as what they say of the classes, if they may be wrong."""
        confusion = self._fit.confusion
        if confusion is None:
            return labels
        self._check_annotators(labels)
        log_prior = labels.all_log_priors()
        log_prior[labels.labeled] = log_priors(confusion, labels.given[labels.labeled])
        return Labels(labels.classes, np.where(labels.labeled, UNSURE_CODE, labels.codes), log_prior)

    def _with_noise(self, rows: ArrayRows, labels: Labels | None) -> ArrayRows | NoisyRows:
        noise = self._fit.options.label_noise
        if noise is None:
            return rows
        if labels is None or not len(rows.X):
            return NoisyRows(rows, np.empty((0, len(noise.start)), dtype=np.int64), noise)
        self._check_annotators(labels)
        found = with_noise(rows, labels, noise)
        assert isinstance(found, NoisyRows)
        return found

    def _check_annotators(self, labels: Labels) -> None:
        """Refuse labels of more or fewer annotators than the fit knows."""
        n_known, n_given = len(self.label_noise_) if self.label_noise_.ndim == 3 else 1, labels.given.shape[1]
        if n_given != n_known:
            raise ValueError(
                f"y has the labels of {n_given} annotators and the fit knows {n_known}; give a column for each, with "
                "None where an annotator gave no label."
            )

    def _as_frequent_as_labels(self, X: NDArray[Any]) -> NDArray[np.float64]:
        found = super()._as_frequent_as_labels(X)
        confusion = self._fit.confusion
        if confusion is None:
            return found
        # Labels are compared with labels: wrong ones are no sign of a wrong fit.
        return np.asarray(np.log(of_given_labels(softmax(found, axis=1), confusion)))

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        found = super()._suspicions(examined)
        if self._fit.confusion is None:
            return found
        # Rows with wrong labels lie elsewhere than their class.
        return [each for each in found if each.sign != Sign.SHIFTED_CLASS]

    def _n_parameters(self) -> int:
        noise = self._fit.options.label_noise
        return super()._n_parameters() + (0 if noise is None else noise.free_parameters)

    def _of_label_noise(self) -> str:
        """Say in words how many labels are wrong, and which classes are mistaken for which."""
        names, said = as_objects(self.classes_), []
        if hasattr(self, "suspect_labels_") and len(self.suspect_labels_):
            wrong = self.suspect_labels_.probability
            said.append(
                f"Of {len(wrong):,} given labels about {wrong.sum():,.0f} are wrong ({wrong.mean():.0%}); "
                f"{(wrong > 0.5).sum():,} are more likely wrong than right, the first ones in suspect_labels_."
            )
        estimated = self._fit.parameters.confusion is not None
        how = "with an estimated probability of" if estimated else "with probability"
        matrices = self.label_noise_.reshape(-1, len(names), len(names))
        for number, confusion in enumerate(matrices):
            who = f"Annotator {number}" if len(matrices) > 1 else "A label"
            right = float(self.class_prior_ @ np.diag(confusion))
            often = _often_mistaken(confusion, names)
            said.append(f"{who} is right {how} {right:.0%}{f' ({often})' if often else ''}.")
        return " ".join(said)


def _often_mistaken(confusion: NDArray[np.float64], names: list[Any]) -> str:
    """Return which classes are mistaken for which, and how often."""
    apart = np.where(np.eye(len(names)) > 0, 0.0, confusion)
    most = np.argsort(-apart, axis=None, kind="stable")[:_NAMED]
    pairs = [divmod(int(each), len(names)) for each in most if apart.flat[each] >= _LEAST_NAMED]
    return "; ".join(f"class {names[y]!r} is called {names[g]!r} in {confusion[y, g]:.0%}" for y, g in pairs)
