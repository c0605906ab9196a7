"""SemiSupervisedFlow: FlowGMM of Izmailov et al. (2020) as a scikit-learn classifier."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_scalar
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen.base import GenerativeClassifier, TrainingSet
from semigen.compose.hybrid_parts import unfitted
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.steps import Model
from semigen.deep.estimators.class_prior import CLASS_PRIOR_CONSTRAINT, class_prior, drawn_classes
from semigen.deep.estimators.constructor_parameters import CLASSIFIER_CONSTRAINTS, inherits_parameters
from semigen.deep.estimators.deep_classifier import DeepClassifier, train_classifier
from semigen.deep.estimators.docstrings import with_shared_paragraphs
from semigen.deep.estimators.fitting import encoded_rows, own_random_state
from semigen.deep.estimators.flow_map import FLOW_CONSTRAINTS, WITHOUT, FlowMap
from semigen.deep.estimators.starting_classifier import StartingClassifier
from semigen.deep.models.flow import FlowMixture
from semigen.deep.models.latent_start import LEAST_GAP, gaussians, means_of_unlabeled, spread
from semigen.deep.training.batches import BesideRows, Rows
from semigen.deep.training.trainer import TrainingResult
from semigen.labels import as_objects
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.persistence.schema import Kind, Probabilities

# Weight of the cross-entropy on labelled rows, per datum, for `alpha="auto"`.
AUTO_ALPHA = 1.0

# Most columns for which cross-validated mixtures take seconds.
_MOST_COLUMNS = 100

_WITHOUT = (*WITHOUT, "dropout")


@with_shared_paragraphs
class SemiSupervisedFlow(FlowMap, DeepClassifier, GenerativeClassifier):
    """Normalising flow into a Gaussian mixture with one component for each class (FlowGMM).

    An invertible network takes rows to a latent space where each class is a standard normal cloud around a mean of its
    own: p(x, y) is known exactly, and classes may be as curved as the network makes them. Labelled rows raise
    log p(x, y) and log p(y | x), unlabelled ones log p(x). Use it for tables of real numbers whose classes are no
    Gaussians, and where densities matter: `score_samples` is exact, `transform` loses nothing.

    A flow can fit the rows well with components that are not the classes, so the result depends on the start. The flow
    starts as Gaussians around the means of the labelled rows, and unlabelled rows start with the class probabilities of
    a cross-validated mixture, to which `start_weight` ties them.

    Parameters
    ----------
    %(couplings)s
    activation : {"relu", "silu", "softplus", "tanh"}, default="relu"
    alpha : "auto" or float, default="auto"
        Weight of the mean cross-entropy on labelled rows beside log p per row. "auto" is 1.
    start : "auto", None or classifier, default="auto"
        Whose class probabilities the unlabelled rows start with: a classifier with `predict_proba`, of which a clone is
        fitted to the same rows, or to the labelled ones if it cannot use others; one in
        `sklearn.frozen.FrozenEstimator` is taken as it was fitted. None leaves them to the flow itself, which suits
        classes that are curved and clearly apart. "auto" is `SemiSupervisedGMMCV` for at most 100 columns, beyond which
        ``SemiSupervisedGMM("tied")`` takes less time.
    start_weight : float, default=3.0
        Weight of the cross-entropy to these probabilities, per unlabelled row. At 1, they are the responsibilities of
        an EM step; small values let classes drift to wherever p(x) gains most, and large ones hold them where they
        started.
    consistency_weight : float, default=0.0
        Weight of the cross-entropy between the class probabilities of an unlabelled row and of a noisy copy of it. 1
        helps where gaps between the classes are wider than the noise.
    consistency_noise : float, default=0.3
        Standard deviation of that noise (columns are standardised).
    %(labels)s
    %(class_prior)s
    input_noise : float, default=0.3
        Standard deviation of noise on the rows in training. The density is that of rows with such noise: without it, a
        flow memorises small tables. Less noise gives sharper densities and samples, more is safer for the classes.
    adversarial_weight : float, default=0.0
        Weight of virtual adversarial training (Miyato et al., 2019), which penalises changes of the class
        probabilities near a row.
    adversarial_radius : float, default=0.1
        How near: root mean square over the standardised columns.
    max_epochs : "auto" or int, default="auto"
        Passes over the rows. "auto" is as many as make 3,000 steps, but at least 30 and at most 200.
    batch_size : int, default=200
        Unlabelled rows in a step; at most a tenth of all, or 16.
    %(labeled_batch_size)s
    learning_rate : float, default=1e-3
    n_fits : int, default=1
        Fits from different starts (rotations and first weights), of which the one of the best objective is kept.
    schedule, weight_decay, max_gradient_norm, averaging, early_stopping, validation_fraction, n_iter_no_change, tol, \
calibrate, device, precision, cuda_graphs, random_state, checkpoint, callbacks, on_interrupt, verbose
        As in `SemiSupervisedVAE`.

    Attributes
    ----------
    start_ : classifier or None
        The fitted `start`; a saved model comes back without it.
    classes_ : array of shape (classes,)
    class_prior_ : array of shape (classes,)
    %(transduction)s
    %(history)s
    training_history_ : dict of arrays
        All terms: "bound" (log p per row, of standardised rows with noise), "labeled_bound", "unlabeled_bound",
        "cross_entropy", "labeled_error", "loss"; "start_disagreement", "inconsistency" and "adversarial", if they have
        a weight.
    %(training)s
    %(classifier)s
    %(columns)s

    Notes
    -----
    %(grids)s

    References
    ----------
    P. Izmailov, P. Kirichenko, M. Finzi, A. G. Wilson, "Semi-supervised learning with normalizing flows", ICML 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_moons
    >>> from semigen import SemiSupervisedFlow
    >>> X, moon = make_moons(300, noise=0.1, random_state=0)
    >>> y = np.where(np.arange(300) < 20, moon, -1)  # 20 rows are labelled
    >>> model = SemiSupervisedFlow(6, (32, 32), start=None, consistency_weight=1, random_state=0)
    >>> model = model.set_params(learning_rate=1e-2, max_epochs=20).fit(X, y)
    >>> bool(model.score(X, moon) > 0.95)
    True
    >>> drawn, _ = model.sample(5, y=1)
    >>> drawn.shape
    (5, 2)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: allowed for name, allowed in CLASSIFIER_CONSTRAINTS.items() if name not in _WITHOUT},
        **FLOW_CONSTRAINTS,
        "class_prior": CLASS_PRIOR_CONSTRAINT,
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "start": "no_validation",
        "start_weight": [Interval(Real, 0, None, closed="left")],
        "consistency_weight": [Interval(Real, 0, None, closed="left")],
        "consistency_noise": [Interval(Real, 0, None, closed="left")],
    }

    _attribute_kinds: ClassVar[dict[str, Kind]] = {
        **DeepClassifier._attribute_kinds,
        "class_prior_": Probabilities("classes"),
    }
    _kept_for_folds: ClassVar[tuple[str, ...]] = ("class_prior",)

    @inherits_parameters(DeepClassifier.__init__, without=_WITHOUT, learning_rate=1e-3, input_noise=0.3)
    def __init__(
        self,
        n_couplings: int = 8,
        hidden_dims: Sequence[int] = (128, 128),
        *,
        alpha: str | float = "auto",
        start: Any = "auto",
        start_weight: float = 3.0,
        consistency_weight: float = 0.0,
        consistency_noise: float = 0.3,
        class_prior: str | ArrayLike | Mapping[Any, float] = "uniform",
        **others: Any,
    ):
        super().__init__(hidden_dims=hidden_dims, **others)
        self.n_couplings = n_couplings
        self.alpha = alpha
        self.start = start
        self.start_weight = start_weight
        self.consistency_weight = consistency_weight
        self.consistency_noise = consistency_noise
        self.class_prior = class_prior

    def sample(self, n_samples: int = 1, y: Any = None) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Draw rows from the model.

        Parameters
        ----------
        n_samples : int, default=1
        y : label, optional
            Draw from this class only; None draws classes by their probabilities.

        Returns
        -------
        X : array of shape (n_samples, d), float64
            With an integer `random_state`, every call gives the same rows.
        y : array of shape (n_samples,)
            The class of every row.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        random_state = own_random_state(self.random_state)
        codes = drawn_classes(self, n_samples, y, random_state)
        return self._drawn(codes, int(random_state.randint(2**31 - 1))), self.classes_[codes]

    def _starting_classifier(self) -> Any:
        if isinstance(self.start, str) and self.start == "auto":
            few = self.n_features_in_ <= _MOST_COLUMNS
            return SemiSupervisedGMMCV(random_state=0) if few else SemiSupervisedGMM("tied", random_state=0)
        if isinstance(self.start, type) or (self.start is not None and not hasattr(self.start, "predict_proba")):
            raise ValueError(f"start={self.start!r}: give a classifier that has predict_proba, None, or 'auto'.")
        return self.start

    def _describe(self, training: TrainingSet, weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        self.class_prior_ = class_prior(self.class_prior, training.labels)
        coding, about = self._described_map(training.X, weights)
        return coding, {
            **about,
            "class_prior": self.class_prior_.tolist(),
            "learning": {
                "alpha": AUTO_ALPHA if self.alpha == "auto" else float(self.alpha),
                "input_noise": float(self.input_noise),
                "start_weight": float(self.start_weight),
                "consistency_weight": float(self.consistency_weight),
                "consistency_noise": float(self.consistency_noise),
                "adversarial_weight": float(self.adversarial_weight),
                "adversarial_radius": float(self.adversarial_radius),
            },
        }

    def _train(
        self, training: TrainingSet, weights: NDArray[np.float64], device: torch.device, resume: Any
    ) -> tuple[Model, TrainingResult]:
        """Train the flow from Gaussians, its unlabelled rows together with the starting classifier's answers."""
        answers = self._starting_answers(training, weights)
        start = self._gaussians(training, weights, answers)
        if answers is None:
            return train_classifier(self, training, weights, device, resume, start=start)

        def rows_of(numbers: NDArray[np.int64]) -> Rows:
            rows = encoded_rows(training.X, numbers, self._coding, device)
            return BesideRows(rows, torch.from_numpy(answers[numbers]).to(device))

        said = "checksum of the answers of start, which must have a random_state"
        return train_classifier(
            self,
            training,
            weights,
            device,
            resume,
            start=start,
            rows_of=rows_of,
            more_identity=lambda: {said: zlib.crc32(answers.tobytes())},
        )

    def _starting_answers(self, training: TrainingSet, weights: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Return class probabilities of every row by the starting classifier, if there is one, and set `start_`."""
        starting = self._starting_classifier()
        self.start_ = None
        if starting is None or self.start_weight == 0 or training.labels.labeled.all():
            return None
        told = unfitted(starting, self.unlabeled, as_objects(self.classes_))
        known = StartingClassifier(told, training, weights)
        self.start_ = known.fitted
        return known.answers(training.X)

    def _gaussians(
        self, training: TrainingSet, weights: NDArray[np.float64], answers: NDArray[np.float32] | None
    ) -> Callable[[torch.Generator], FlowMixture]:
        """Return a function that makes the networks as they are before the first step: a Gaussian for each class."""
        labels = training.labels
        used = np.flatnonzero(labels.labeled & (weights > 0))
        parts = np.eye(len(self.classes_))[labels.codes[used]]
        rows = self._coding.encode(training.X[used]).astype(np.float64)
        looked_at = spread(np.flatnonzero(weights > 0))
        every = self._coding.encode(training.X[looked_at]).astype(np.float64)
        of_every = None if answers is None else answers[looked_at]

        def start(generator: torch.Generator) -> FlowMixture:
            module = self._build(generator)
            rng = np.random.default_rng(int(torch.randint(2**31 - 1, (1,), generator=generator)))
            means = means_of_unlabeled(parts.sum(axis=0) > 0, rows, every, of_every, rng)
            found = gaussians(rows, parts, means)
            module.start_from(every.mean(axis=0), found.covariance, found.means)
            module.hold_apart(LEAST_GAP, rng)
            return module

        return start

    def _log_joint(self, X: NDArray[Any]) -> NDArray[np.float64]:
        def log_joint(module: Any, x: Tensor) -> Tensor:
            joint: Tensor = module.log_joint(x)
            return joint

        return self._apply(X, log_joint) + self._coding.log_volume

    def _log_posterior(self, X: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(over="ignore"):  # as in `_apply`
            return super()._log_posterior(X)
