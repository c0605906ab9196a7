"""Base of SemiSupervisedGMM: `fit`, guarded or not, and what is said of a fit in words."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from semigen._runtime.blas import single_threaded_blas
from semigen.base import TrainingSet, unchanged_if_failed
from semigen.diagnostics import Examined, Suspicion
from semigen.labels import as_objects
from semigen.mixture.families import Family
from semigen.mixture.guard import EM, guarded
from semigen.mixture.label_mechanism import LabelMechanism
from semigen.mixture.learning.fit import MixtureFit, Start
from semigen.mixture.learning.progress import Progress
from semigen.mixture.options import given_start
from semigen.mixture.partitions.engine import Engine, InThisProcess
from semigen.mixture.partitions.sources import partitions_of
from semigen.mixture.partitions.surveyed import Surveyed, first_pass
from semigen.mixture.rows_of_no_class import FindsRowsOfNoClass
from semigen.mixture.training import learn, variants
from semigen.model_selection.paired_test import SUPERVISED


class FitsGuarded(FindsRowsOfNoClass):
    """Base of `SemiSupervisedGMM`: the guard, and the report."""

    init: Any
    guard: bool
    unlabeled_weight: float
    verbose: int
    warm_start: bool

    @property
    def label_mechanism_(self) -> LabelMechanism:
        """Which rows have a label, as it was estimated; only with `label_mechanism`."""
        fit = self.__dict__.get("_fit")
        found: LabelMechanism | None = None if fit is None else fit.label_mechanism
        if found is None:
            raise AttributeError(
                "label_mechanism_ is there after a fit with label_mechanism, unless guard=True kept the supervised fit."
            )
        return found

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        """Return signs that the fit is wrong, without those that the estimated mechanism explains."""
        found, mechanism = super()._suspicions(examined), self._fit.label_mechanism
        explained = () if mechanism is None else mechanism.explains
        return [each for each in found if each.sign not in explained]

    def fit(
        self,
        X: Any,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | str | None = None,
        *,
        X_unlabeled: ArrayLike | None = None,
        target: str | None = None,
        features: Iterable[str] | None = None,
    ) -> Self:
        """Learn from labelled and unlabelled rows.

        Parameters
        ----------
        X : array-like of shape (n, d), or rows that come in parts
            Rows, labelled or not; float32 is computed in float32, all else in float64. Rows that no memory holds come
            in parts: a path to a Parquet file or a folder of them, an Arrow data set or table, a polars LazyFrame, or
            `Partitions`. Labelled rows are then held in memory with a sample of at most 20,000 others, by which starts
            and the guard look at rows; each pass reads all parts. There is no `transduction_`: `predict` of the parts
            answers part by part. The guard does not try the pessimistic fit.
        y : array-like of shape (n,) or (n, classes)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``. A row may have a set of the labels
            that are possible. As a matrix, `y` holds a probability for each class, or a row of NaN if unlabelled;
            columns are in the order of `classes`, or named as in a frame, or 0, 1, ... Probabilities and sets multiply
            the class probabilities of the model in their row: equal ones say nothing, and such a row is unlabelled.
            With `label_noise` a matrix holds labels instead, a column for each annotator.
        sample_weight : array-like of shape (n,), or str, optional
            What each row of `X` counts, or the column of weights of rows in parts; rows of `X_unlabeled` count one.
        X_unlabeled : array-like of shape (m, d), optional
            More rows without labels. Cross-validation leaves them out of test folds; note that scikit-learn takes an
            argument with as many rows as `X` for one value per row and splits it along, and that a `Pipeline` passes it
            on untransformed unless its `transform_input` names it.
        target : str, optional
            The column of labels, of rows that come in parts and have names of columns.
        features : sequence of str, optional
            The columns to learn from; all others by default.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable; the estimator is then as it was before the call.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` iterations were not enough.
        SuspectFitWarning
            If the fit shows signs of being wrong, which are then in `suspicions_`.
        """
        source = partitions_of(X, y, sample_weight, X_unlabeled, target=target, features=features)
        if source is not None:
            return self._fit_parts(InThisProcess(source))
        with unchanged_if_failed(self), single_threaded_blas():
            self._validate_params()
            training = self._validated(X, y, sample_weight, X_unlabeled, self.classes)  # type: ignore[arg-type]
            self._learn(training, training)
            self._find_suspect_labels(training)
            self.transduction_ = self._named(self._transduced(training), training)
        return self

    def _fit_parts(self, engine: Engine) -> Self:
        """Learn from rows that come in parts."""
        with unchanged_if_failed(self), single_threaded_blas():
            self._validate_params()
            self._refuse_parts()
            surveyed = first_pass(self, engine)
            self.__dict__.pop("transduction_", None)
            self._learn(surveyed, surveyed.known_rows())
            self._find_suspect_labels(surveyed.labeled_rows(), surveyed.numbers_of_labeled())
            self.n_unlabeled_ = surveyed.n_unlabeled
        return self

    def report(self) -> str:
        """Say in words what was learnt besides the classes' shapes.

        With ``guard=True`` which fit was kept, why, and what the unlabelled rows changed; with
        ``class_prior="unlabeled"`` how frequent the classes are beside how often they are labelled; with `label_noise`
        how many labels are wrong, and which classes are mistaken for which; with `label_mechanism` which rows have a
        label, and whether that is at random; with ``distribution="t"`` how heavy tails are; with `noise`, `novelty` or
        `unknown_label` how many rows are of no class. One of these is needed.

        Returns
        -------
        str
        """
        check_is_fitted(self)
        said = [self._report] if hasattr(self, "supervised_") else []
        if self._fit.options.drawn_by_class:
            said.append(self._of_class_prior())
        if self._fit.label_mechanism is not None:
            said.append(str(self._fit.label_mechanism))
        if self._fit.confusion is not None:
            said.append(self._of_label_noise())
        if self._fit.parameters.degrees_of_freedom is not None:
            said.append(self._of_tails())
        if self.noise is not None or self.novelty is not None or "outlier_threshold_" in self.__dict__:
            said.append(self._of_no_class())
        if not said:
            raise ValueError(
                "report compares with the supervised fit, which only guard=True makes; fit with it. It also says which "
                "class probabilities class_prior='unlabeled' found, which labels label_noise finds wrong, which rows "
                "have a label by label_mechanism, how heavy tails are with distribution='t', and which rows are of no "
                "class by noise, novelty or unknown_label."
            )
        return "\n".join(said)

    def _learn(self, training: TrainingSet | Surveyed, known: TrainingSet) -> None:
        """Fit, guarded or not, and look at the fit by the rows in memory."""
        for name in ("supervised_", "kept_", "_report", "_stream", "outlier_threshold_", "n_held_out_"):
            self.__dict__.pop(name, None)
        if self.guard:
            fit = self._fit_guarded(training, known.counting())
        else:
            progress, rng = Progress(int(self.verbose), training.labels), check_random_state(self.random_state)
            fit = learn(self, training, rng, partial(self._start, known), progress=progress)
            self._keep(fit, known, self.unlabeled_weight)
        self._calibrate(known)
        self._warn_unless_converged(fit)
        self._examine(known)

    def _start(self, training: TrainingSet, form: Family, class_first: NDArray[np.int64]) -> Start | None:
        """Return the start that `init` or `warm_start` asks for, if any."""
        n_features = training.X.shape[1]
        same_classes = self.warm_start and np.array_equal(getattr(self, "classes_", []), training.labels.classes)
        if same_classes and self._fit.has_shape(form, n_features, class_first):
            return self.weights_, self.means_, self.covariances_
        if isinstance(self.init, str):
            return None
        return given_start(self.init, form, n_features, class_first)

    def _of_class_prior(self) -> str:
        if not self.n_unlabeled_:
            return "No unlabelled row says how frequent the classes are: those with labels count as equally probable."
        share = self.n_labeled_ / max(self.n_labeled_.sum(), 1)
        of_class = (
            f"{name!r} {prior:.1%} ({labels:.1%} of the labels)"
            for name, prior, labels in zip(as_objects(self.classes_), self.class_prior_, share, strict=True)
        )
        return f"Class probabilities by the {self.n_unlabeled_:,} unlabelled rows: {', '.join(of_class)}."

    @property
    def _safer(self) -> str:
        return "SemiSupervisedGMMCV" if self.guard else "guard=True or SemiSupervisedGMMCV"

    def _fit_guarded(self, training: TrainingSet | Surveyed, counting: TrainingSet) -> MixtureFit:
        if not isinstance(self.init, str):
            raise ValueError("guard=True compares fits that start at the labelled rows: leave init as it is.")
        in_parts = isinstance(training, Surveyed)
        fitters = variants(self, counting, pessimistic=not in_parts)
        outcome = guarded(fitters, counting, np.random.default_rng(_seed(self.random_state)))
        self.kept_, self._report = outcome.choice.kept, outcome.report(counting)
        kept = outcome.kept
        if in_parts and self.kept_ == EM:
            kept = learn(self, training, check_random_state(deepcopy(self.random_state)))
        self._keep(kept, counting, 0.0 if self.kept_ == SUPERVISED else float(self.unlabeled_weight))
        self.supervised_ = clone(self).set_params(
            guard=False,
            unlabeled_weight=0.0,
            label_mechanism=None,
            noise=None,
            novelty=None,
            unknown_label=None,
            warm_start=False,
            verbose=0,
        )
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(self.supervised_, name, getattr(self, name))
        self.supervised_._keep(outcome.supervised, counting, 0.0)
        self.supervised_.transduction_ = self.classes_[self.supervised_._transduced(counting)]
        return kept


def _seed(random_state: Any) -> int:
    return int(check_random_state(random_state).randint(2**31 - 1))
