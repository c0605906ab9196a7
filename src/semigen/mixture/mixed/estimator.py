"""SemiSupervisedMixture: its parameters and documentation; the modules beside it do the work."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from copy import deepcopy
from numbers import Integral, Real
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.callers import outside
from semigen._runtime.threads import effective_threads
from semigen.base import GenerativeClassifier, TrainingSet, unavailable, unchanged_if_failed
from semigen.diagnostics import Examined, Suspicion, in_order, signs
from semigen.labels import UNSURE_CODE, Labels, as_objects, encode
from semigen.mixture.gaussian.scaling import ColumnRangeError, in_original_units
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.learning.progress import Progress
from semigen.mixture.mixed.block_encoder import encoder_of
from semigen.mixture.mixed.block_fits import learn
from semigen.mixture.mixed.description import telling_values
from semigen.mixture.mixed.held_out_choice import Setting, choose
from semigen.mixture.mixed.rows import EncodedRows, RawRows
from semigen.mixture.mixed.table_reading import counting_rows, reading_of
from semigen.mixture.options import CONSTRAINTS, not_converged

_LIKE_GMM = (
    *("covariance_type", "rank", "classes", "unlabeled", "shrinkage", "reg_covar", "max_iter", "tol", "n_init"),
    *("random_state", "n_jobs", "verbose"),
)


class SemiSupervisedMixture(GenerativeClassifier):
    """Mixture classifier for tables of numbers, categories, counts and words that learns by EM.

    Every class is one component, or a few. A component's density is a product over blocks of columns: a Gaussian in the
    numbers, and in every other column a distribution of its own, independent of the rest given the component.
    Labelled rows contribute log p(x, y) to the objective, unlabelled rows lambda log p(x). It takes frames as they are,
    arrays, and sparse counts of words; what is missing in a row is left out of its density.

    Columns that say the same thing twice count twice: class probabilities are then too sure, and unlabelled rows
    mislead on every other table. So labels held out decide what they count, unless `unlabeled_weight` says it.

    Parameters
    ----------
    blocks : 'auto' or dict of kind to columns, default='auto'
        Which columns are what. Kinds are 'gaussian' (numbers), 'categorical', 'poisson' and 'negative_binomial'
        (counts; the latter vary more than their mean), 'words' (a column of texts, or columns with the counts of a word
        each, all in one multinomial distribution), and 'ignored'. Columns are named as in the frame, or numbered. A
        column that is not named is read as with 'auto': numbers, dates and steps of a scale are 'gaussian', truth
        values and words 'categorical', sentences 'words'; constant columns and names of rows are left out with a
        warning. In arrays of numbers, columns of zeros and ones are 'categorical', neighbouring ones of which each row
        has exactly one 1 as a single category; all others are 'gaussian'. Sparse rows are counts of words.
    covariance_type : {'full', 'tied', 'diag', 'spherical', 'tied_spherical', 'low_rank'}, default='full'
        Of the numbers, as in `SemiSupervisedGMM`.
    n_components : int, dict or 'auto', default=1
        Components per class: a number for all, or ``{class: number}`` (classes left out get one). 'auto' chooses among
        1, 3 and 5 for all by the log-loss of labels held out, together with `unlabeled_weight` if that is 'auto' too;
        it is 1 with ``unlabeled_weight=0``, and where rows are too few for more. Classes of texts are often several
        topics.
    rank : int or 'auto', default='auto'
        Latent factors of 'low_rank'.
    classes : array-like, default=None
        All classes, in the order of `classes_`; None takes those found in `y`.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row. None, NaN and ``pandas.NA`` always do.
    unlabeled_weight : float in [0, 1] or 'auto', default='auto'
        lambda: what an unlabelled row counts beside a labelled one; 0 is the supervised fit. 'auto' chooses among 0,
        0.1, 0.3 and 1 by the log-loss of labels held out in five folds, which takes 20 more fits, or 30 with
        ``n_components="auto"``; where no label can be held out, or no row lacks one, it is 1. 0 is not tried if
        `classes` names some without labels. Where the unlabelled rows say that labels are not as frequent as their
        classes, held-out labels count by how frequent their classes are.
    shrinkage : 'auto' or float, default='auto'
        How many rows the prior of a covariance is worth, as in `SemiSupervisedGMM`. The prior of a category or a count
        is worth two rows, with the values that all rows have (and each value of a category once more); the prior of
        words is one occurrence of each.
    reg_covar : float, default=1e-6
        Least variance of numbers, as a part of their variance over all rows.
    class_prior : array-like of shape (classes,), dict or None, default=None
        Class probabilities, if they are known; None learns them from all rows.
    max_iter : int, default=200
        Most iterations.
    tol : float, default=1e-5
        EM stops when an iteration raises the penalised objective per unit weight by less.
    n_init : int, default=1
        Starts; the fit with the best objective is kept. All but the first are perturbed at random.
    random_state : int, RandomState instance or None, default=None
        Only used to place classes without labels, to split classes into several components, for starts after the
        first, and for folds.
    n_jobs : int or None, default=None
        Threads: None and -1 are all. Results do not depend on it, to the last bit.
    verbose : int, default=0
        Print a summary of each start to standard error; from 2 on, every iteration.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    class_prior_ : array of shape (classes,)
    weights_ : array of shape (M,)
        Probability of every component.
    component_class_ : array of shape (M,)
        Index into `classes_` of the class that a component belongs to.
    means_, covariances_ : arrays
        Of the numbers, in the order in which their columns come; empty if there are none.
    blocks_ : dict of kind to list of names
        Which columns were read as what.
    choice_ : HeldOutChoice
        `weight` of unlabelled rows and `n_components` that were used, and, if they were chosen, what else was `tried`
        with which `losses` and `errors` of labels held out; ``print(model.choice_)`` says it in words.
    transduction_ : array of shape (n,)
        A label for every row of `X` (then `X_unlabeled`): the one that was given, or the most probable.
    history_ : array of shape (1 + iterations,)
        The penalised objective per unit weight, at the start and after each iteration. It does not decrease.
    n_iter_ : int
    converged_ : bool
    n_labeled_, n_unsure_, n_unlabeled_
        Rows of each class whose label is sure, unsure rows, and unlabelled ones.
    suspicions_ : tuple
        Signs that the fit is wrong, as values of `semigen.diagnostics`; most often empty.
    n_features_in_ : int
    feature_names_in_ : array of shape (columns,)
        Only if `X` had names for its columns.

    Notes
    -----
    A text counts as many words as texts have on average, however long it is, as words come again in a text more often
    than independent ones would; its density leaves out in how many orders the words could come. Counts of words may
    have fractions: a word that counts 0.5 is half as much evidence.

    References
    ----------
    K. Nigam, A. McCallum, S. Thrun, T. Mitchell, "Text classification from labeled and unlabeled documents using EM",
    Machine Learning 39, 2000. G. McLachlan, D. Peel, "Finite mixture models", Wiley 2000.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from semigen import SemiSupervisedMixture
    >>> rng = np.random.default_rng(0)
    >>> ill = rng.random(300) < 0.4
    >>> table = pd.DataFrame({
    ...     "temperature": rng.normal(np.where(ill, 38.5, 36.8), 0.5),
    ...     "cough": np.where(rng.random(300) < np.where(ill, 0.8, 0.2), "often", "seldom"),
    ...     "visits": rng.poisson(np.where(ill, 4.0, 1.0)),
    ... })
    >>> y = np.where(np.arange(300) < 20, ill, -1)  # twenty labels
    >>> model = SemiSupervisedMixture(blocks={"poisson": ["visits"]}).fit(table, y)
    >>> model.blocks_
    {'gaussian': ['temperature'], 'categorical': ['cough'], 'poisson': ['visits']}
    >>> bool(np.mean(model.transduction_ == ill) > 0.95)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: CONSTRAINTS[name] for name in _LIKE_GMM},
        "blocks": [StrOptions({"auto"}), Mapping],
        "n_components": [Interval(Integral, 1, None, closed="left"), Mapping, StrOptions({"auto"})],
        "unlabeled_weight": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
        "class_prior": ["array-like", Mapping, None],
    }

    _fit: MixtureFit

    sample: Any = unavailable(
        "sample",
        "it does not model how long texts are, nor how cells are written. SemiSupervisedGMM draws rows of numbers.",
    )

    def __init__(
        self,
        blocks: str | Mapping[str, Iterable[Any]] = "auto",
        *,
        covariance_type: str = "full",
        n_components: int | Mapping[Any, int] | str = 1,
        rank: int | str = "auto",
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        unlabeled_weight: float | str = "auto",
        shrinkage: str | float = "auto",
        reg_covar: float = 1e-6,
        class_prior: ArrayLike | Mapping[Any, float] | None = None,
        max_iter: int = 200,
        tol: float = 1e-5,
        n_init: int = 1,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ):
        self.blocks = blocks
        self.covariance_type = covariance_type
        self.n_components = n_components
        self.rank = rank
        self.classes = classes
        self.unlabeled = unlabeled
        self.unlabeled_weight = unlabeled_weight
        self.shrinkage = shrinkage
        self.reg_covar = reg_covar
        self.class_prior = class_prior
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: Any = None,
    ) -> Self:
        """Learn from labelled and unlabelled rows.

        Parameters
        ----------
        X : frame, array-like of shape (n, columns), or sparse matrix of counts
            Rows, labelled or not, with gaps where values are missing.
        y : array-like of shape (n,) or (n, classes)
            Labels; unlabelled rows carry `unlabeled`, None, NaN or ``pandas.NA``. As in `SemiSupervisedGMM`, a row may
            have a set of labels, or a probability for each class.
        sample_weight : array-like of shape (n,), optional
            What each row of `X` counts; rows of `X_unlabeled` count one.
        X_unlabeled : like X, optional
            More rows without labels. Cross-validation leaves them out of test folds. Columns of frames are found by
            their names, here and in predictions; others than those of `X` are not read.

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
        with unchanged_if_failed(self), single_threaded_blas():
            self._validate_params()
            self._reading = reading_of(counting_rows(X, sample_weight), self.blocks)
            raw = self._validated(X, y, sample_weight, X_unlabeled, self.classes)
            weights = np.ones(len(raw.X)) if raw.weights is None else raw.weights
            rows, columns = cast("RawRows", raw.X), self._reading.blocks()
            self._encoder = encoder_of(rows, columns, weights)
            encoded: Any = self._encoder.encode(rows, columns)
            training = TrainingSet(encoded, raw.labels, raw.weights)
            try:
                self._learn(training)
            except ColumnRangeError as error:
                raise error.named(self._reading.numbers()) from None
            self.transduction_ = self.classes_[self._transduced(training)]
        return self

    def _learn(self, training: TrainingSet) -> None:
        labels = training.labels
        rng = np.random.default_rng(self._seed())
        self.choice_ = choose(training, self.unlabeled_weight, self.n_components, self._answers_of, rng)
        setting = Setting(self.choice_.weight, self.choice_.n_components)
        fit = learn(
            self, training, setting, self._generator(), Progress(int(self.verbose), labels, type(self).__name__)
        )
        self.classes_ = labels.classes
        self._keep_parameters(fit)
        self.n_labeled_, self.n_unsure_ = labels.counts, int((labels.codes == UNSURE_CODE).sum())
        self.n_unlabeled_ = int(labels.unlabeled.sum())
        if not fit.converged:
            warnings.warn(not_converged(fit, self.max_iter, self.tol), ConvergenceWarning, stacklevel=outside())
        self._examine(training)

    def _answers_of(self, train: TrainingSet, setting: Setting, test: TrainingSet) -> NDArray[np.float64]:
        """Return class probabilities of rows by a fit to others."""
        fit = learn(self, train, setting, self._generator())
        joint = _log_joint(fit, test.X, effective_threads(self.n_jobs))
        return np.asarray(softmax(joint, axis=1))

    def _seed(self) -> int:
        return int(self._generator().randint(2**31 - 1))

    def _generator(self) -> np.random.RandomState:
        """Return a generator that starts where the one that was given stands, and leaves that as it is."""
        generator: np.random.RandomState = check_random_state(deepcopy(self.random_state))
        return generator

    def _keep_parameters(self, fit: MixtureFit) -> None:
        """Set the attributes that follow from a fit."""
        sizes = fit.options.sizes
        self._fit = fit
        self.component_class_ = np.repeat(np.arange(len(sizes)), sizes)
        self.weights_ = np.exp(fit.parameters.log_weights)
        self.weights_ /= self.weights_.sum()
        self.class_prior_ = np.add.reduceat(self.weights_, fit.class_first[:-1])
        self.means_, self.covariances_, _ = in_original_units(fit.parameters, fit.scaling)
        if not self._reading.numbers():
            self.means_, self.covariances_ = self.means_[:, :0], self.covariances_[:0]
        self.n_iter_, self.converged_, self.history_ = fit.n_iter, fit.converged, fit.history

    @property
    def blocks_(self) -> dict[str, list[Any]]:
        """Which columns were read as what."""
        check_is_fitted(self)
        return self._reading.by_block()

    def report(self, n_values: int = 3) -> str:
        """Say in words what was learnt: what unlabelled rows count, and the values that tell each class most.

        Parameters
        ----------
        n_values : int, default=3
            Values of each class that are named.

        Returns
        -------
        str
        """
        check_is_fitted(self)
        told = telling_values(self._fit, self._reading, self._encoder, n_values)
        lines = [str(self.choice_)] if self.choice_.tried else []
        for name, prior, values in zip(as_objects(self.classes_), self.class_prior_, told, strict=True):
            lines.append(f"Class {name!r} ({prior:.1%} of the rows): {'; '.join(values)}.")
        return "\n".join(lines)

    def _log_joint(self, X: Any) -> NDArray[np.float64]:
        with single_threaded_blas():
            return _log_joint(self._fit, X, effective_threads(self.n_jobs))

    def _labels_of(self, y: ArrayLike, classes: Iterable[Any] | None) -> Labels:
        return encode(y, unlabeled=self.unlabeled, classes=classes, unsure=True)

    def _checked_rows(self, X: Any, *, reset: bool) -> Any:
        if reset:
            self.n_features_in_ = self._reading.n_columns
            self.__dict__.pop("feature_names_in_", None)
            if self._reading.named:
                self.feature_names_in_ = np.array([each.name for each in self._reading.columns], dtype=object)
            return self._reading.read(X)
        return self._encoder.encode(self._reading.read(X), self._reading.blocks(), warn=True)

    def _checked_unlabeled(self, X_unlabeled: Any, dtype: Any) -> Any:
        return self._reading.read(X_unlabeled, "X_unlabeled", least_rows=0)

    def _check_names_of(self, X_unlabeled: Any) -> None:
        """Do nothing: columns were found by their names."""

    def _joined(self, rows: Any, more: Any) -> RawRows:
        first: RawRows = rows
        return first.below(more)

    def _suspicions(self, examined: Examined) -> list[Suspicion]:
        codes, classes = examined.codes, as_objects(self.classes_)
        of_labeled, of_others = (softmax(self._log_joint(rows), axis=1) for rows in (examined.labeled, examined.others))
        found: list[Suspicion | None] = [
            signs.improbable_labels(of_labeled, codes),
            signs.guessed_labels(of_labeled.argmax(axis=1), codes, len(classes)),
            signs.unbalanced_answers(of_others.argmax(axis=1), codes, classes),
        ]
        if names := self._reading.numbers():
            found += signs.wild_values(examined.X.numbers, names)
        return list(in_order(found))

    @property
    def _missing_allowed(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.sparse = True
        return tags


def _log_joint(fit: MixtureFit, rows: EncodedRows | Any, threads: int) -> NDArray[np.float64]:
    """Return log p(x, class) of encoded rows."""
    if not len(rows):
        return np.empty((0, len(fit.class_first) - 1))
    return fit.log_joint(rows.numbers, fit.class_first, threads, rows.cells())
