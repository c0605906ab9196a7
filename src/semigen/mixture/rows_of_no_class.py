"""Base of SemiSupervisedGMM: rows that are of none of the classes, their score, and the answer that they get."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from semigen._runtime.blas import single_threaded_blas
from semigen.base import TrainingSet
from semigen.diagnostics import Examined, Suspicion
from semigen.labels import as_objects
from semigen.mixture.gaussian.no_class import NoClass
from semigen.mixture.gaussian.parameters import Statistics
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.no_class_options import check_unknown_label
from semigen.mixture.outlier_scores import held_out_scores, labels_needed, of_no_class, outlier_scores, threshold
from semigen.mixture.stream import LearnsFromStream
from semigen.mixture.training import learn


class FindsRowsOfNoClass(LearnsFromStream):
    """Base of `SemiSupervisedGMM`: noise, novel components, and rows that are answered as unknown."""

    # What pickles of earlier versions lack.
    noise: str | None = None
    novelty: int | str | None = None
    unknown_label: Any = None
    false_alarm: float = 0.05
    outlier_threshold_: float
    n_held_out_: int

    def outlier_score(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return how little each row looks like one of the known classes: larger is stranger.

        The score is log p(x, no known class) - log p(x, known class), the log odds of a row to be of a novel component
        or noise, if the fit has them (`novelty`, `noise`). Without noise, a uniform density of weight 0.01 stands in
        for rows that no component describes; without both, the score is minus log p(x) up to a constant. It is not
        calibrated itself: `outlier_threshold_` is, if there is an `unknown_label`.

        Parameters
        ----------
        X : array-like of shape (n, d)
            With ``missing="marginal"`` also rows with NaN, which are scored by what was measured.

        Returns
        -------
        array of shape (n,)

        Examples
        --------
        >>> import numpy as np
        >>> from semigen import SemiSupervisedGMM
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(300, 2)) + np.repeat([[0, 0], [6, 0], [0, 6]], 100, axis=0)
        >>> y = np.full(300, "?")
        >>> y[:20], y[100:120] = "a", "b"  # nobody has labelled the third cloud
        >>> model = SemiSupervisedGMM(novelty=1, unlabeled="?", unknown_label="unknown").fit(X, y)
        >>> bool(model.outlier_score([[0, 6]])[0] > model.outlier_score([[0, 0]])[0])
        True
        >>> model.predict([[0, 0], [6, 0], [0, 6]]).tolist()
        ['a', 'b', 'unknown']
        """
        check_is_fitted(self)
        rows = self._validated_rows(X)
        with single_threaded_blas():
            return outlier_scores(self._fit, rows)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of every row, or `unknown_label` where the row looks like none.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
            Classes; with `unknown_label` also that label, for rows whose `outlier_score` is above
            `outlier_threshold_`.
        """
        predicted = super().predict(X)
        if "outlier_threshold_" not in self.__dict__:
            return predicted
        return self._with_unknown(predicted, self.outlier_score(X))

    def statistics(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Statistics:  # noqa: D102
        self._refuse_statistics("statistics")
        return super().statistics(X, y, sample_weight)

    def update(self, statistics: Statistics) -> Any:  # noqa: D102
        self._refuse_statistics("update")
        return super().update(statistics)

    def partial_fit(  # noqa: D102
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        classes: ArrayLike | None = None,
    ) -> Any:
        self._refuse_statistics("partial_fit")
        return super().partial_fit(X, y, sample_weight, classes=classes)

    partial_fit.__doc__ = LearnsFromStream.partial_fit.__doc__
    statistics.__doc__ = LearnsFromStream.statistics.__doc__
    update.__doc__ = LearnsFromStream.update.__doc__

    def _refuse_statistics(self, method: str) -> None:
        given = [name for name in ("noise", "novelty", "unknown_label") if getattr(self, name) is not None]
        if not given and "outlier_threshold_" not in self.__dict__ and self._beside is None:
            return
        raise ValueError(
            f"{method} goes on with the known classes alone, and {' and '.join(given) or 'this fit'} is about rows of "
            "none: fit all rows at once, or fit with noise=None, novelty=None and unknown_label=None."
        )

    @property
    def _beside(self) -> NoClass | None:
        fit = self.__dict__.get("_fit")
        return None if fit is None else fit.no_class

    @property
    def noise_weight_(self) -> float:
        """Probability of noise, of a row without a label; zero without noise."""
        self._check_fitted_for("noise_weight_")
        return 0.0 if self._beside is None else self._beside.noise_weight

    @property
    def novel_weight_(self) -> float:
        """Probability of the novel components together, of a row that is no noise; zero without any."""
        self._check_fitted_for("novel_weight_")
        return 0.0 if self._beside is None else self._beside.novel_weight

    @property
    def novel_means_(self) -> NDArray[np.float64]:
        """Means of the novel components, of shape (novel components, d)."""
        self._check_fitted_for("novel_means_")
        if self._beside is None or self._beside.novel is None:
            return np.empty((0, self._fit.parameters.n_features))
        return np.asarray(self._beside.novel.means / self._fit.scaling.scale + self._fit.scaling.centre)

    def _check_fitted_for(self, name: str) -> None:
        if "_fit" not in self.__dict__:
            raise AttributeError(f"Only a fitted mixture has {name}.")

    def _refuse_parts(self) -> None:
        given = [name for name in ("noise", "novelty", "unknown_label") if getattr(self, name) is not None]
        if given:
            raise ValueError(
                f"{' and '.join(given)} take{'s' if len(given) == 1 else ''} rows in memory, and X comes in parts: fit "
                "to a sample in memory, whose predictions then take parts, or leave it out."
            )

    def _calibrate(self, training: TrainingSet) -> None:
        """Set the score from which on rows are answered as unknown, by labels held out."""
        if self.unknown_label is None:
            return
        counting = training.counting()
        codes = counting.labels.codes[counting.labels.labeled]
        weights = None if counting.weights is None else counting.weights[counting.labels.labeled]
        # Before the fits to folds, which take their time: those that are held out are no more than these.
        total = float(len(codes) if weights is None else weights.sum())
        if total < labels_needed(self.false_alarm):
            threshold(np.zeros(1), np.array([total]), self.false_alarm)
        n_novel = 0 if self._beside is None else self._beside.n_novel
        asked = clone(self).set_params(novelty=n_novel or None)

        def fit(rows: TrainingSet) -> MixtureFit:
            return learn(
                asked,
                rows,
                check_random_state(deepcopy(self.random_state)),
                unlabeled_weight=self._unlabeled_weight,
            )

        scores, weights = held_out_scores(fit, counting, check_random_state(deepcopy(self.random_state)))
        self.outlier_threshold_ = threshold(scores, weights, self.false_alarm)
        self.n_held_out_ = len(scores)

    def _with_unknown(self, predicted: NDArray[Any], scores: NDArray[np.float64]) -> NDArray[Any]:
        """Return labels of which those of rows with a score above the threshold are replaced."""
        kind = np.asarray(self.unknown_label).dtype.kind
        same = kind == predicted.dtype.kind or {kind, predicted.dtype.kind} <= set("iuf")
        answers = predicted.astype(np.result_type(predicted, np.asarray(self.unknown_label)) if same else object)
        answers[scores > self.outlier_threshold_] = self.unknown_label
        return answers

    def _named(self, codes: NDArray[np.int64], training: TrainingSet) -> NDArray[Any]:
        """Return the labels of training rows; those without one may be unknown."""
        named = self.classes_[codes]
        if "outlier_threshold_" not in self.__dict__:
            return named
        scores = np.full(len(codes), -np.inf)
        for some in self._slices(training.X, np.flatnonzero(training.labels.unlabeled)):
            scores[some] = outlier_scores(self._fit, training.X[some])
        return self._with_unknown(named, scores)

    def _validated(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        X_unlabeled: ArrayLike | None,
        classes: Iterable[Any] | None,
    ) -> TrainingSet:
        training = super()._validated(X, y, sample_weight, X_unlabeled, classes)
        check_unknown_label(self, as_objects(training.labels.classes))
        return training

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        if self._beside is not None and len(examined.others):
            # What classes say of rows that are of none is no sign.
            with single_threaded_blas():
                known = outlier_scores(self._fit, examined.others) <= 0
            examined = replace(examined, others=examined.others[known])
        return super()._suspicions(examined)

    def _log_likelihood(self, X: ArrayLike, y: ArrayLike | None) -> tuple[float, int]:
        beside = self._beside
        if beside is None:
            return super()._log_likelihood(X, y)
        rows = self._validated_rows(X)
        known = self._log_joint(rows) + np.log1p(-beside.novel_weight)
        other, sure = of_no_class(self._fit, rows), np.zeros(len(rows), dtype=bool)
        if y is not None:
            labels = self._labels_of(y, self.classes_)
            if len(labels.codes) != len(rows):
                raise ValueError(f"X has {len(rows)} rows and y has {len(labels.codes)}; they must be as many.")
            log_prior = labels.all_log_priors()
            known, sure = known + log_prior, labels.labeled
            other = other + log_prior.min(axis=1)
        known = known + np.where(sure, 0.0, np.log1p(-beside.noise_weight))[:, None]
        evidence = logsumexp(known, axis=1)
        return float(np.where(sure, evidence, np.logaddexp(evidence, other)).sum()), len(rows)

    def _n_parameters(self) -> int:
        beside, found = self._beside, super()._n_parameters()
        if beside is None:
            return found
        form, d, n_known = self._fit.parameters.form, self.n_features_in_, len(self.weights_)
        more = form.free_parameters(n_known + beside.n_novel, d) - form.free_parameters(n_known, d)
        return found + more + beside.n_novel + (beside.noise is not None)

    def _of_no_class(self) -> str:
        """Say in words which rows are of no class, and how unknown ones are told."""
        said, beside = [], self._beside
        if self.noise is not None:
            said.append(f"Noise: {self.noise_weight_:.1%} of the rows without a label.")
        if self.novelty is not None:
            n_novel = 0 if beside is None else beside.n_novel
            components = f"{n_novel} novel component{'' if n_novel == 1 else 's'}"
            weight = f"{self.novel_weight_:.1%} of the rows that are no noise"
            said.append(f"Unknown classes: {components} with {weight}." if n_novel else "Unknown classes: none found.")
        if "outlier_threshold_" in self.__dict__:
            said.append(
                f"predict answers {self.unknown_label!r} where outlier_score is above {self.outlier_threshold_:.3g}, "
                f"which at most {self.false_alarm:.1%} of the rows of known classes are expected to be: that threshold "
                f"is from {self.n_held_out_:,} labelled rows, each scored by a fit without it."
            )
        return " ".join(said)
