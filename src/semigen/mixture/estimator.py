"""SemiSupervisedGMM: its parameters and documentation; the modules beside it do the work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from numpy.typing import ArrayLike

from semigen.mixture.learner import MixtureLearner
from semigen.mixture.options import CONSTRAINTS
from semigen.mixture.partitions.answers_by_parts import predicts_by_parts


@predicts_by_parts(
    *("predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "transform", "score_samples"),
    "outlier_score",
    in_memory=("score", "bic", "aic", "impute", "statistics", "partial_fit"),
)
class SemiSupervisedGMM(MixtureLearner):
    """Gaussian mixture classifier that learns from labelled and unlabelled rows by EM.

    Every class is one Gaussian, or a few. Labelled rows contribute log p(x, y) to the objective, unlabelled rows
    lambda log p(x); EM climbs it from a start that the labelled rows give. Unlabelled rows help when classes are
    clouds; when they are not, they can hurt: ``guard=True`` uses them only where labels held out speak for it, and
    ``unlabeled_weight=0`` uses the labelled rows alone.

    A fit that shows signs of being wrong warns once (`SuspectFitWarning`), and says what to do. From 20 columns on, one
    sign is a covariance that is learnt from too few rows: 'full' wants twice as many rows in each class as it has
    columns, and four times as many with more than fifteen columns for each label of the class; 'tied' wants as many in
    all classes together. The default does not change with the shape of the table, since no structure is the better one
    wherever columns are many: reduce them, by PCA for example, or let `guard` decide.

    Which options? Without an idea call `SemiSupervisedGMMCV`, which weighs several of these models. Else, 'tied' where
    classes differ in place and not in shape, 'full' where they differ in shape, 'diag' where columns say independent
    things; ``n_components="bic"`` where a class may be several clouds; a smaller `unlabeled_weight` where unlabelled
    rows are many and the classes not quite Gaussian; ``missing="marginal"`` where values are missing. Skewed columns
    want a transform first, such as scikit-learn's `PowerTransformer`.

    Parameters
    ----------
    covariance_type : {'full', 'tied', 'diag', 'spherical', 'tied_spherical', 'low_rank'}, default='full'
        'full': each component has its own covariance matrix. 'tied': all share one. 'diag': each has a variance for
        each column. 'spherical': each has one variance. 'tied_spherical': there is one variance for all, as in k-means.
        'low_rank': each has a variance for each column and `rank` latent factors that columns share (a mixture of
        factor analysers), for hundreds of columns and more: its time and memory grow with d times `rank`, not with d
        times d. Few rows want a simple one. In float32, 'tied' wants classes within about a thousand standard
        deviations.
    n_components : int, dict or 'bic', default=1
        Components per class: a number for all, or ``{class: number}`` (classes left out get one). 'bic' chooses a
        number for each class by the Bayesian information criterion of all rows, at penalised fits: from one each, up to
        eight, the class that gains most gets another, if its rows weigh d + 1 for each component. That takes a fit for
        every class and step.
    distribution : {'normal', 't'}, default='normal'
        What a component is: a Gaussian, or a multivariate Student t distribution of the same form of covariance, whose
        tails are heavier. Rows far out then count less in means and covariances, the less the farther: use it where
        some rows are wrong, or classes have more rows far out than Gaussians allow for. A pass takes somewhat longer,
        and with 'tied' much longer. `guard` does not try the pessimistic fit, and `partial_fit` refuses it.
    degrees_of_freedom : float, 'auto' or 'per_component', default='auto'
        Of Student t components, if known: few for heavy tails (1 is Cauchy's distribution), many for tails as a
        Gaussian has them. 'auto' learns one number that all components share, 'per_component' one for each, which
        takes many rows; both keep between 1 and 1000. With ``distribution='normal'`` there are none.
    rank : int or 'auto', default='auto'
        Latent factors of each covariance of 'low_rank', at most as many as columns or rows that count; others refuse
        a number. 'auto' takes the square root of the number of columns, rounded up, and at most 16.
    classes : array-like, default=None
        All classes, in the order of `classes_`. May name classes without any labelled row: they start where the
        labelled classes explain the unlabelled rows worst. None takes the classes found in `y`.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row. None, NaN and ``pandas.NA`` always do.
    unlabeled_weight : float in [0, 1], default=1.0
        lambda: what an unlabelled row counts beside a labelled one. 0 is the supervised fit. A row whose label is
        unsure counts between lambda and one, by how much its label says (one less its entropy beside the largest).
        With lambda below 1 a class without labelled rows gets a smaller prior; fix `class_prior` if you know it.
    guard : bool, default=False
        Use the unlabelled rows only if labels held out speak for it, else keep the supervised fit, which is then also
        in `supervised_`. Labelled rows are split into five folds, twice; a fit with the unlabelled rows must lower the
        log-loss of held-out labels by more than chance explains (a paired one-sided t test at 5 %, on at least five
        labels), and raise their mean probability. Where labels look wrong, the t test may be of that probability. First
        EM's fit is tried; then, for 'full' and 'tied' with one component per class, sure labels and complete rows, that
        of Loog's contrastive pessimistic likelihood, which no labels of the unlabelled rows can make less likely than
        the supervised fit; so two are tested at 5 % each. `report` says what came of it. This takes some twenty fits,
        and every class needs a labelled row. Being careful, it also declines help that few labels cannot prove. Which
        rows share a fold depends on `random_state` and on the order of the rows, and where the evidence is close, so
        does the outcome.
    shrinkage : 'auto' or float, default='auto'
        How many rows the prior of a covariance is worth. With nu such pseudo-rows of covariance Psi, a component with
        responsibilities adding up to N and scatter S gets ``(S + nu * Psi) / (N + nu)``.

        - 'full': Psi is the pooled covariance, of a 'tied' fit to the same rows with one component per class and with
          its own 'auto', to a `tol` looser by how little Psi weighs beside the rows; nu = (d + 1) / 3.
        - 'tied': Psi is the diagonal of the variances within classes; nu = d + 1.
        - 'low_rank': Psi is a covariance of the same rank that all classes share, fitted to the same rows, with the
          variances within classes to lean on and its own 'auto'; nu = d + 1.
        - 'diag': Psi holds the variances within classes; nu = 2.
        - 'spherical' and 'tied_spherical': Psi is their mean; nu = 2.

        The variances within classes are ``(W + 2 T) / (n - K + 2)``, with W the scatter of the n labelled rows about
        the means of their K classes and T the variances of all rows; n counts weights, and unlabelled rows count
        `unlabeled_weight` in T. Psi comes from the data and then stays fixed (empirical Bayes). 0 is maximum
        likelihood, down to `reg_covar`.
    missing : {'error', 'marginal'}, default='error'
        What NaN in a row means: an error, or a value that was not measured. 'marginal' fits and predicts by the exact
        density of what was measured, as if the rest had never been a column of that row; nothing is filled in. Values
        should be missing at random: if being missing tells the class, add a column that says so. A row that lacks
        everything counts for the class probabilities only; a column that all rows lack is an error. Rows that lack the
        same columns are computed together; those that few others are like are completed one by one.
    reg_covar : float, default=1e-6
        Least variance in any direction, as a part of the variance of the columns over all rows (so that units do not
        matter). It leaves larger variances as they are. A constant column counts as having the variance of its square.
    class_prior : array-like of shape (classes,), dict, 'unlabeled' or None, default=None
        Class probabilities in the order of `classes_`, or ``{class: probability}``, if they are known; None learns
        them from all rows, labelled ones included. 'unlabeled' is for labels that were drawn class by class, such as
        ten of each: they say what classes look like, and only the other rows, of unsure labels or none, how frequent
        classes are. A labelled row then counts by log p(x | y), but for one of each class, which counts beside the
        unlabelled rows. With ``unlabeled_weight=0`` these only give the class probabilities, to a supervised fit. If
        all labels are sure, classes are equally probable. The guard and the signs in `suspicions_` then judge by
        probabilities for rows as the labelled ones come, and the guard does not try the pessimistic fit. `report` says
        what was found; `statistics` and `partial_fit`, which do not keep labelled rows apart, refuse it.
    label_noise : None, 'auto' or array-like of shape (classes, classes), default=None
        Probabilities of the labels (columns) that rows of each class (rows of the matrix) get, where labels may be
        wrong; also of shape (annotators, classes, classes). A row with the label g then counts by
        log sum_y T[y, g] p(x, y). 'auto' estimates them by EM, with a Dirichlet prior for each class: five
        pseudo-labels, of which 99 % are right. None takes labels to be right. With label noise, `y` may have a column
        for each of several annotators. `class_prior='unlabeled'` and `partial_fit` do not go with it; the guard
        compares how probable the given labels are, and does not try the pessimistic fit.
    label_mechanism : {'entropy', 'class'} or None, default=None
        Which rows have a label, where that is not at random; estimated together with the mixture, and said in words by
        `report`.

        - 'entropy': a row x lacks one with probability sigma(xi_0 + xi_1 log e(x)), e(x) being the entropy of its class
          probabilities, as where people label what they are sure of. From where EM ends, quasi-Newton steps climb the
          likelihood of rows, labels and of which rows have one, for `max_iter` evaluations more at most. xi_1 has a
          normal prior of standard deviation 0.7. n times classes numbers are held.
        - 'class': rows of each class have one with a probability of their own. `class_prior_` is of all rows,
          `transduction_` goes by how frequent classes are among rows without a label; of these, ten of the labels (or
          half, if fewer) are the prior.

        `unlabeled_weight` below one biases 'entropy', as rows without a label then lie elsewhere than others. Refused
        with `label_noise`, sets or probabilities as labels, ``class_prior='unlabeled'``, ``unlabeled_weight=0``,
        `statistics` and `partial_fit`; 'entropy' with ``distribution='t'`` and rows in parts, 'class' with known class
        probabilities. Where the guard keeps the supervised fit there is none; it does not try the pessimistic fit.
    noise : {'uniform'} or None, default=None
        'uniform': rows without a sure label may be of no class, with a density that is constant over the box in which
        rows lie (but for a few rows far out) and a weight that is learnt, of one half at most. Rows that are scattered
        anywhere then move no class. See `noise_weight_` and `outlier_score`.
    novelty : int, 'bic', 'aic' or None, default=None
        Components of unknown classes, so many, that no labelled row may use: they begin where the labelled classes
        explain the unlabelled rows worst. One too many does little harm, one too few may go to a corner of a known
        class. 'bic' and 'aic' choose zero to eight by the criterion of Bayes or Akaike; with many columns 'bic' often
        finds none where there is one, and 'aic' more than there are. Fitted attributes and answers, but for
        `outlier_score`, `bic` and `aic`, are of the known classes: of rows, given that they are of one of them. Without
        unlabelled rows that count there is neither noise nor novelty.
    unknown_label : label, default=None
        What `predict` answers, and `transduction_` holds for unlabelled rows, where `outlier_score` is above
        `outlier_threshold_`. It must be no class; `predict_proba` has no column for it. None always answers a class.
    false_alarm : float in (0, 1), default=0.05
        Part of the rows of known classes that may be answered by `unknown_label`: the threshold is a conformal quantile
        of the scores of labelled rows, held out in ten folds from fits of their own. It holds for rows that come as the
        labelled ones do, and takes 1 / false_alarm - 1 of them at least, where a row counts by its weight.

        Noise, novelty and unknown_label take rows in memory, and do not go with `label_noise`, `label_mechanism`,
        `statistics` and `partial_fit`; novelty not with known class probabilities, a given start or `warm_start`. The
        guard then does not try the pessimistic fit.
    max_iter : int, default=200
        Most iterations, those that acceleration tried in vain included.
    tol : float, default=1e-5
        EM stops when an iteration of its own raises the penalised objective per unit weight by less.
    n_init : int, default=1
        Starts; the fit with the best objective is kept. All but the first are perturbed at random.
    init : 'labeled' or dict, default='labeled'
        Where to start: at the labelled rows, or at given ``{'weights': (M,), 'means': (M, d), 'covariances': ...}``
        of the components, in the order of the classes and shaped like `covariances_`.
    warm_start : bool, default=False
        Start from the previous fit, if there is one with the same classes, components and features.
    accelerate : 'auto', 'quasi-newton' or None, default='auto'
        Steps longer than EM's, by limited-memory BFGS on the same objective with EM's step as its first guess: where
        clusters overlap, tens of iterations instead of thousands. A step that lowers the objective is dropped. 'auto'
        begins once EM has settled into creeping, 'quasi-newton' with the second iteration (it may then end at another
        of the objective's maxima than EM), None is EM alone.
    prune : bool, default=True
        Leave out components that a row belongs to with less than 1e-17 of its probability (1e-13 for float32), and
        the arithmetic that only they would need. A pass then changes by no more than rounding changes it, unless a
        component weighs next to nothing: of a weight N among n it loses at most n/N times that part. A long fit may
        amplify that, as it amplifies rounding.
    random_state : int, RandomState instance or None, default=None
        Only used to place classes without labels, to split classes into several components, for starts after the
        first, for the folds of `guard` and `unknown_label`, and by `sample`.
    n_jobs : int or None, default=None
        Threads: None and -1 are all. Results do not depend on it, to the last bit.
    verbose : int, default=0
        Print a summary of each start to standard error; from 2 on, every iteration.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    weights_ : array of shape (M,)
        Probability of every component; all M of them sum to one.
    means_ : array of shape (M, d)
    covariances_ : array
        Of shape (M, d, d), (d, d), (M, d), (M,) or (1,), by `covariance_type`. For 'low_rank' of shape
        (M, 1 + rank, d): the variances of each column's noise, then the loadings of each latent factor, as in
        scikit-learn's `FactorAnalysis`; the matrix is ``np.diag(c[0]) + c[1:].T @ c[1:]``. With ``distribution='t'``
        these are the scale matrices: with nu degrees of freedom above 2, covariances are nu / (nu - 2) times as large.
    degrees_of_freedom_ : array of shape (M,)
        Of every component, given or learnt; only with ``distribution='t'``.
    precisions_cholesky_ : array
        Cholesky factors of the precision matrices, as in scikit-learn: upper triangular U with ``U @ U.T`` the inverse
        covariance; inverse standard deviations where there are only variances. For 'low_rank', those of the noise,
        then the loadings in units of the noise.
    n_components_ : array of shape (classes,)
        Components of every class.
    component_class_ : array of shape (M,)
        Index into `classes_` of the class that a component belongs to.
    class_prior_ : array of shape (classes,)
        Class probabilities.
    transduction_ : array of shape (n,)
        A label for every row of `X` (then `X_unlabeled`): the one that was given, or the most probable. With
        `label_noise` the most probable one by columns and labels, also for labelled rows.
    history_ : array of shape (1 + iterations,)
        (`log_likelihood_` + log prior) / sum of weights, at the start and after each iteration. It does not decrease
        beyond rounding: about 1e-9 of its size for float64 rows, 1e-4 for float32, where a fit stops. The log prior is
        -nu/2 (log det Sigma + tr Sigma^-1 Psi), summed over covariances; of `label_noise` sum of b log T; of
        `label_mechanism` -(xi_1 / 0.7)^2 / 2, or 10 sum alpha log beta with class probabilities beta of rows without a
        label and shares alpha of labels.
    log_likelihood_ : float
        Weighted log-likelihood of the training rows, without the prior. With ``unlabeled_weight=0`` that of the
        labelled rows, as `history_`, also where `class_prior` is 'unlabeled' and class probabilities are found last.
    n_iter_ : int
        Iterations that were kept; those that acceleration tried in vain are not counted.
    converged_ : bool
    n_labeled_ : array of shape (classes,)
        Rows of each class that the fit saw whose label is sure.
    n_unsure_ : int
        Rows that the fit saw whose labels are probabilities or sets, with more than one class possible.
    n_unlabeled_ : int
        Unlabelled rows that the fit saw.
    label_noise_ : array of shape (classes, classes) or (annotators, classes, classes)
        Probabilities of the labels (last axis) that rows of each class get; with `label_noise` only.
    label_mechanism_ : LabelMechanism
        Coefficients, and a test of labels being missing at random (`statistic`, `p_value`); printed, it is a sentence.
        With `label_mechanism` only: `log_likelihood_` and `history_` then count which rows have a label as well.
    suspect_labels_ : SuspectLabels
        All labels of rows that count, the one first that is most likely wrong, with `rows`, `given`, `likeliest`,
        `probability` (that it is wrong) and `annotators`; with `label_noise` only. ``first(10)`` are the worst;
        ``pandas.DataFrame(model.suspect_labels_.to_dict())`` is a table.
    noise_weight_, novel_weight_ : float
        Probability that a row without a label is noise, and of novel components, of what is no noise.
    novel_means_ : array of shape (novel components, d)
    outlier_threshold_ : float
        `outlier_score` above which `predict` answers `unknown_label`, by `n_held_out_` labels; only with that.
    supervised_ : SemiSupervisedGMM
        The fit to the labelled rows alone; with ``guard=True`` only.
    kept_ : {'EM', 'pessimistic', 'supervised'}
        Whose parameters these are; with ``guard=True`` only. A 'pessimistic' fit has the objective of the supervised
        fit and its own in `history_`, and counts as converged.
    suspicions_ : tuple
        Signs that the fit is wrong, as values of `semigen.diagnostics`; most often empty.
    n_features_in_ : int
    feature_names_in_ : array of shape (d,)
        Only if `X` had names for its columns.

    References
    ----------
    K. Nigam, A. McCallum, S. Thrun, T. Mitchell, "Text classification from labeled and unlabeled documents using EM",
    Machine Learning 39, 2000. F. Cozman, I. Cohen, "Unlabeled data can degrade classification performance of
    generative classifiers", FLAIRS 2002. Z. Ghahramani, M. Jordan, "Supervised learning from incomplete data via an EM
    approach", NIPS 1993. Z. Ghahramani, G. Hinton, "The EM algorithm for mixtures of factor analyzers", technical
    report CRG-TR-96-1, Toronto 1996. M. Loog, "Contrastive pessimistic likelihood estimation for semi-supervised
    classification", IEEE Transactions on Pattern Analysis and Machine Intelligence 38, 2016. A. Dawid, A. Skene,
    "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied Statistics 28, 1979.
    D. Ahfock, G. McLachlan, "An apparent paradox: a classifier based on a partially classified sample may have smaller
    expected error rate than that if the sample were completely classified", Statistics and Computing 30, 2020.
    J. Banfield, A. Raftery, "Model-based Gaussian and non-Gaussian clustering", Biometrics 49, 1993. A. Cappozzo, F.
    Greselin, T. Murphy, "Anomaly and novelty detection for robust semi-supervised learning", Statistics and Computing
    30, 2020. V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world", Springer 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from semigen import SemiSupervisedGMM
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.full(150, -1)
    >>> y[[0, 1, 50, 51, 100, 101]] = species[[0, 1, 50, 51, 100, 101]]  # two labels a species
    >>> model = SemiSupervisedGMM().fit(X, y)
    >>> bool(np.mean(model.transduction_ == species) > 0.95)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS

    def __init__(
        self,
        covariance_type: str = "full",
        n_components: int | Mapping[Any, int] | str = 1,
        *,
        distribution: str = "normal",
        degrees_of_freedom: float | str = "auto",
        rank: int | str = "auto",
        classes: Iterable[Any] | None = None,
        unlabeled: object = -1,
        unlabeled_weight: float = 1.0,
        guard: bool = False,
        shrinkage: str | float = "auto",
        reg_covar: float = 1e-6,
        missing: str = "error",
        class_prior: ArrayLike | Mapping[Any, float] | str | None = None,
        label_noise: ArrayLike | str | None = None,
        label_mechanism: str | None = None,
        noise: str | None = None,
        novelty: int | str | None = None,
        unknown_label: Any = None,
        false_alarm: float = 0.05,
        max_iter: int = 200,
        tol: float = 1e-5,
        n_init: int = 1,
        init: str | Mapping[str, ArrayLike] = "labeled",
        warm_start: bool = False,
        accelerate: str | None = "auto",
        prune: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ):
        self.covariance_type = covariance_type
        self.n_components = n_components
        self.distribution = distribution
        self.degrees_of_freedom = degrees_of_freedom
        self.rank = rank
        self.classes = classes
        self.unlabeled = unlabeled
        self.unlabeled_weight = unlabeled_weight
        self.guard = guard
        self.shrinkage = shrinkage
        self.reg_covar = reg_covar
        self.missing = missing
        self.class_prior = class_prior
        self.label_noise = label_noise
        self.label_mechanism = label_mechanism
        self.noise = noise
        self.novelty = novelty
        self.unknown_label = unknown_label
        self.false_alarm = false_alarm
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.init = init
        self.warm_start = warm_start
        self.accelerate = accelerate
        self.prune = prune
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
