"""VariationalClassifier: bounds on log p(x, y), the latent variable and samples of the variational autoencoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp
from sklearn.utils import check_scalar
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen.base import GenerativeClassifier, TrainingSet
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.estimators.class_prior import CLASS_PRIOR_CONSTRAINT, class_prior, drawn_classes
from semigen.deep.estimators.constructor_parameters import CLASSIFIER_CONSTRAINTS, inherits_parameters
from semigen.deep.estimators.deep_classifier import DeepClassifier
from semigen.deep.estimators.fitted_networks import ROWS_AT_ONCE, apply_in_slices, fixed_noise, networks
from semigen.deep.estimators.fitting import column_coding, own_random_state, whole_numbers
from semigen.deep.estimators.plot_samples import plot_samples
from semigen.deep.estimators.saving import NETWORK_KINDS, WIDTH
from semigen.deep.likelihoods import Likelihood
from semigen.deep.models.m2 import M2
from semigen.deep.models.semi_supervised import Learning
from semigen.deep.training.device import training_device
from semigen.persistence.schema import Kind, Probabilities, options_of

# Weight of the classifier's mean cross-entropy on labelled rows, per datum, for `alpha="auto"`.
AUTO_ALPHA = 10.0

# Classes of an unlabelled row with less probability than this are left out of a step on the CPU.
NEGLIGIBLE = 1e-3

VARIATIONAL_CONSTRAINTS: dict[str, Any] = {
    **CLASSIFIER_CONSTRAINTS,
    "class_prior": CLASS_PRIOR_CONSTRAINT,
    "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    "negligible": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
    "warm_up": [Interval(Real, 0, 1, closed="both")],
}


class VariationalClassifier(DeepClassifier, GenerativeClassifier):
    """Base of the classifiers with a latent variable; a subclass builds the networks of p and q."""

    _parameter_constraints: ClassVar[dict[str, Any]] = VARIATIONAL_CONSTRAINTS
    _architecture_kinds: ClassVar[dict[str, Kind]] = {
        **NETWORK_KINDS,
        "latent_dim": WIDTH,
        "class_prior": Probabilities("classes"),
        "learning": options_of(Learning),
    }

    _attribute_kinds: ClassVar[dict[str, Kind]] = {
        **DeepClassifier._attribute_kinds,
        "class_prior_": Probabilities("classes"),
    }
    _kept_for_folds: ClassVar[tuple[str, ...]] = ("class_prior",)

    @inherits_parameters(DeepClassifier.__init__)
    def __init__(
        self,
        latent_dim: int = 50,
        hidden_dims: Sequence[int] = (500,),
        *,
        alpha: str | float = "auto",
        warm_up: float = 0.3,
        negligible: str | float = "auto",
        class_prior: str | ArrayLike | Mapping[Any, float] = "uniform",
        **others: Any,
    ):
        super().__init__(latent_dim, hidden_dims, **others)
        self.alpha = alpha
        self.warm_up = warm_up
        self.negligible = negligible
        self.class_prior = class_prior

    def predict_joint_log_proba(self, X: ArrayLike, n_samples: int = 10) -> NDArray[Any]:
        """Return an importance-weighted lower bound on log p(x, y) of every row with every class.

        Parameters
        ----------
        X : array-like of shape (n, d)
        n_samples : int, default=10
            Draws of the latent variable; more make the bound tighter.

        Returns
        -------
        array of shape (n, classes)
            Columns in the order of `classes_`, in the units of X. Draws are the same in every call.

        References
        ----------
        Y. Burda, R. Grosse, R. Salakhutdinov, "Importance weighted autoencoders", ICLR 2016.
        """
        check_is_fitted(self)
        return self._log_joint(self._validated_rows(X), n_samples)

    def score_samples(self, X: ArrayLike, n_samples: int = 10) -> NDArray[Any]:
        """Return an importance-weighted lower bound on log p(x) of every row; the sum over classes is exact.

        Parameters
        ----------
        X : array-like of shape (n, d)
        n_samples : int, default=10
            Draws of the latent variable for each class; more make the bound tighter.

        Returns
        -------
        array of shape (n,)
            In the units of X; draws are the same in every call.
        """
        density: NDArray[Any] = logsumexp(self.predict_joint_log_proba(X, n_samples), axis=1)
        return density

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Return the posterior mean of the latent variable z, averaged over the classes by q(y | x).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, latent_dim)
        """
        check_is_fitted(self)

        def latent(module: Any, x: Tensor) -> Tensor:
            probability = module.log_posterior(x).exp()
            means = torch.stack([module.latent(x, classes) for classes in module.each_class(x)], dim=1)
            averaged: Tensor = torch.linalg.vecdot(probability.unsqueeze(2), means, dim=1)
            return averaged

        return apply_in_slices(self, self._validated_rows(X), latent)

    def _features_for_classifier(self, X: ArrayLike) -> NDArray[Any]:
        """Return the latent z and log q(y | x), side by side: z alone does not hold the class."""
        return np.hstack([self.transform(X), self.predict_log_proba(X)])

    def _features_of_classes(self, X: ArrayLike) -> NDArray[Any]:
        """Return log q(y | x): the latent variables of two fits have nothing to do with each other."""
        return self.predict_log_proba(X)

    def sample(
        self, n_samples: int = 1, y: Any = None, *, expected: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Draw rows from the model.

        Parameters
        ----------
        n_samples : int, default=1
        y : label, optional
            Draw from this class only; None draws classes by their probabilities.
        expected : bool, default=False
            Give the mean of p(x | y, z) for each drawn z, grey pixels instead of black and white ones, say.

        Returns
        -------
        X : array of shape (n_samples, d), float32
        y : array of shape (n_samples,)
            The class of every row.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        random_state = own_random_state(self.random_state)
        codes = drawn_classes(self, n_samples, y, random_state)
        module: Any = networks(self, np.float32)
        device = module.log_prior.device
        generator = torch.Generator(device).manual_seed(int(random_state.randint(2**31 - 1)))
        with torch.inference_mode():
            parameters = module.draw(torch.from_numpy(codes).to(device), generator)
            likelihood = self._coding.likelihood
            values = likelihood.expectation(parameters) if expected else likelihood.sample(parameters, generator)
        return self._coding.decode(values.cpu().numpy()), self.classes_[codes]

    plot_samples = plot_samples

    def conditional(self, X: ArrayLike) -> NDArray[Any]:
        """Return every row with its latent z kept and its class changed to each class.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, classes, d)
            Means of p(x | y, z) at the posterior mean of z, given the class predicted for the row.
        """
        check_is_fitted(self)
        rows = self._validated_rows(X)
        likelihood = self._coding.likelihood

        def redrawn(module: Any, x: Tensor) -> Tensor:
            z = module.latent(x, module.log_posterior(x).argmax(dim=1))
            decoded = [likelihood.expectation(module.decode(z, classes)) for classes in module.each_class(x)]
            return torch.stack(decoded, dim=1)

        values = apply_in_slices(self, rows, redrawn, 512)
        n_rows, n_classes, width = values.shape
        decoded = self._coding.decode(values.reshape(-1, width))
        return decoded.reshape(n_rows, n_classes, -1)

    @property
    def _n_features_out(self) -> int:
        return int(self._architecture["latent_dim"])

    def _describe(self, training: TrainingSet, weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        self.class_prior_ = class_prior(self.class_prior, training.labels)
        return column_coding(self, training.X, weights, self.likelihood), self._described_networks()

    def _described_networks(self) -> dict[str, Any]:
        """Return the entries of the architecture that all these models have."""
        return {
            "latent_dim": int(self.latent_dim),
            "hidden_dims": whole_numbers("hidden_dims", self.hidden_dims),
            "activation": self.activation,
            "class_prior": self.class_prior_.tolist(),
            "learning": {
                "alpha": AUTO_ALPHA if self.alpha == "auto" else float(self.alpha),
                "warm_up": float(self.warm_up),
                "input_noise": float(self.input_noise),
                "dropout": float(self.dropout),
                "negligible": self._negligible(),
                "adversarial_weight": float(self.adversarial_weight),
                "adversarial_radius": float(self.adversarial_radius),
            },
        }

    def _m2(self, likelihood: Likelihood, generator: torch.Generator) -> M2:
        """Return the networks of M2 for values of this likelihood."""
        about = self._architecture
        return M2(
            likelihood,
            about["latent_dim"],
            about["hidden_dims"],
            about["activation"],
            self._log_prior(),
            Learning(**about["learning"]),
            generator,
        )

    def _log_prior(self) -> Tensor:
        return torch.tensor(self._architecture["class_prior"], dtype=torch.float32).log()

    def _negligible(self) -> float:
        if self.negligible != "auto":
            return float(self.negligible)
        return NEGLIGIBLE if training_device(self.device).type == "cpu" else 0.0

    def _log_joint(self, X: NDArray[Any], n_samples: int = 10) -> NDArray[Any]:
        check_scalar(n_samples, "n_samples", Integral, min_val=1)

        def log_joint(module: Any, x: Tensor) -> Tensor:
            bounds: Tensor = module.log_joint(x, fixed_noise((n_samples, 1, module.noise_dim), x))
            return bounds

        return apply_in_slices(self, X, log_joint, max(ROWS_AT_ONCE // n_samples, 1)) + self._coding.log_volume
