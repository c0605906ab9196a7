"""StackedSemiSupervisedVAE: the model M1+M2 of Kingma et al. (2014) as a scikit-learn classifier."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import Interval
from torch import Tensor

from semigen.base import TrainingSet
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.steps import Model
from semigen.deep.estimators.class_prior import class_prior
from semigen.deep.estimators.constructor_parameters import inherits_parameters
from semigen.deep.estimators.deep_classifier import train_classifier
from semigen.deep.estimators.docstrings import with_shared_paragraphs
from semigen.deep.estimators.fitted_networks import apply_in_slices, networks
from semigen.deep.estimators.fitting import check_parameters, fitting, settings_of
from semigen.deep.estimators.vae_features import VAEFeatures, active_latents
from semigen.deep.estimators.variational import VARIATIONAL_CONSTRAINTS, VariationalClassifier
from semigen.deep.likelihoods import Gaussian
from semigen.deep.models.m1 import M1
from semigen.deep.models.m2 import M2
from semigen.deep.models.stacked_vae import FrozenStack, JointStack
from semigen.deep.training.batches import DeviceRows
from semigen.deep.training.trainer import TrainingResult
from semigen.persistence.schema import Kind, Record


@with_shared_paragraphs
class StackedSemiSupervisedVAE(VariationalClassifier):
    """Semi-supervised variational autoencoder on the features of another (M1+M2).

    p(x, y, z1, z2) = p(y) p(z2) p(z1 | y, z2) p(x | z1). First M1 learns q(z1 | x) and p(x | z1) from all rows; then M2
    is fitted to z1, of which every step takes a fresh draw. Predictions use the mean of z1. The model of choice for
    images and the like with few labels: classes are far easier to tell apart in z1 than in pixels.

    Parameters
    ----------
    latent_dim : int, default=50
        Dimension of z2.
    hidden_dims : sequence of int, default=(500,)
        Widths of the hidden layers of M2.
    vae : VAEFeatures or FrozenEstimator of one, optional
        M1: fitted, it is used as it is; unfitted, a clone of it is fitted first. scikit-learn's `clone`, and so a
        search over parameters, forgets fits: wrap a fitted one in `sklearn.frozen.FrozenEstimator` there. Default:
        `VAEFeatures` with this estimator's `likelihood`, `precision`, `device`, `random_state`, `on_interrupt` and
        `verbose`.
    joint : bool, default=False
        Fine-tune M1 and M2 together afterwards, for `joint_epochs`.
    joint_epochs : int, default=20
    batch_size : int, default=500
    input_noise : float, default=0.0
        Fresh draws of z1 are noise enough.
    **others
        All other parameters of `SemiSupervisedVAE`; they are those of M2. A `checkpoint` is one of M2's training; to
        resume it, pass the same fitted `vae`.

    Attributes
    ----------
    vae_ : VAEFeatures
        The fitted M1; with `joint`, as it was before the fine-tuning.
    %(vae_attributes)s

    Notes
    -----
    `history_` and `training_history_` are those of M2 on z1, or of the fine-tuning with `joint`.

    References
    ----------
    D. Kingma, D. Rezende, S. Mohamed, M. Welling, "Semi-supervised learning with deep generative models", NeurIPS 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from semigen import StackedSemiSupervisedVAE, VAEFeatures
    >>> X, digit = load_digits(return_X_y=True)
    >>> known = np.arange(len(X)) % 9 == 0
    >>> y = np.where(known, digit, -1)  # every ninth row is labelled
    >>> features = VAEFeatures(10, (100,), max_epochs=40, batch_size=100, learning_rate=5e-3, random_state=0)
    >>> model = StackedSemiSupervisedVAE(5, (100,), vae=features, max_epochs=40)
    >>> model = model.set_params(learning_rate=5e-3, random_state=0).fit(X / 16, y)
    >>> bool(model.score(X[~known] / 16, digit[~known]) > 0.8)
    True
    """

    _has_onnx_graph = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **VARIATIONAL_CONSTRAINTS,
        "vae": [VAEFeatures, FrozenEstimator, None],
        "joint": ["boolean"],
        "joint_epochs": [Interval(Integral, 1, None, closed="left")],
    }
    _architecture_kinds: ClassVar[dict[str, Kind]] = {
        **VariationalClassifier._architecture_kinds,
        "lower": Record(VAEFeatures._architecture_kinds),
    }

    # The folds of a calibration use the features that the model itself uses.
    _kept_for_folds: ClassVar[tuple[str, ...]] = ("class_prior", "vae")

    @inherits_parameters(VariationalClassifier.__init__, batch_size=500, input_noise=0.0)
    def __init__(
        self,
        latent_dim: int = 50,
        hidden_dims: Sequence[int] = (500,),
        *,
        vae: VAEFeatures | FrozenEstimator | None = None,
        joint: bool = False,
        joint_epochs: int = 20,
        **others: Any,
    ):
        super().__init__(latent_dim, hidden_dims, **others)
        self.vae = vae
        self.joint = joint
        self.joint_epochs = joint_epochs

    def _describe(self, training: TrainingSet, weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        self.class_prior_ = class_prior(self.class_prior, training.labels)
        self.vae_ = self._fitted_vae(training, weights)
        lower = {**self.vae_._architecture, "latent_dim": len(self._active())}
        return self.vae_._coding, {**self._described_networks(), "lower": lower}

    def _fitted_vae(self, training: TrainingSet, weights: NDArray[np.float64]) -> VAEFeatures:
        vae = self.vae.estimator if isinstance(self.vae, FrozenEstimator) else self.vae
        if vae is not None and hasattr(vae, "_coding"):
            self._check_same_columns(vae)
            return vae
        if vae is None:
            shared = ("likelihood", "precision", "device", "cuda_graphs", "random_state", "on_interrupt", "verbose")
            vae = VAEFeatures(**{name: getattr(self, name) for name in shared})
        fresh: VAEFeatures = clone(vae)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(fresh, name, getattr(self, name))
        check_parameters(fresh)
        with fitting(fresh):
            fresh._fit_rows(training.X, weights)
        if fresh._interrupted:
            raise KeyboardInterrupt
        return fresh

    def _check_same_columns(self, vae: VAEFeatures) -> None:
        if vae.n_features_in_ != self.n_features_in_:
            raise ValueError(f"vae was fitted to {vae.n_features_in_} features, and X has {self.n_features_in_}.")
        theirs, ours = (getattr(each, "feature_names_in_", None) for each in (vae, self))
        if theirs is not None and ours is not None and not np.array_equal(theirs, ours):
            raise ValueError(f"vae was fitted to the columns {theirs.tolist()}, and X has {ours.tolist()}.")

    def _active(self) -> list[int]:
        """Return the numbers of M1's latent variables that carry information about the rows."""
        active: list[int] = active_latents(self.vae_.latent_deviation_).tolist()
        return active

    def _train(
        self, training: TrainingSet, weights: NDArray[np.float64], device: torch.device, resume: Any
    ) -> tuple[Model, TrainingResult]:
        """Train M2 on what M1 says of the rows; then, with `joint`, both on the rows."""
        latents = self._posteriors(training.X)
        frozen: Any
        frozen, result = train_classifier(
            self,
            training,
            weights,
            device,
            resume,
            start=lambda generator: FrozenStack(self._upper(generator)),
            rows_of=lambda numbers: DeviceRows(torch.from_numpy(latents[numbers]).to(device)),
            more_identity=lambda: {"checksum of z1": zlib.crc32(latents.tobytes())},
            preview=self._preview_through_m1,
        )
        stack = self._build(torch.Generator())
        stack.lower.load_state_dict(self._reduced_lower().state_dict())
        stack.upper.load_state_dict(frozen.upper.state_dict())
        if not self.joint or result.interrupted:
            return stack, result
        settings = replace(settings_of(self), max_epochs=int(self.joint_epochs), checkpoint=None)
        return train_classifier(
            self, training, weights, device, None, start=lambda _: stack, settings=settings, n_fits=1
        )

    def _reduced_lower(self) -> M1:
        """Return M1 with only the latent variables that carry information."""
        lower: Any = networks(self.vae_, np.float32)
        reduced: M1 = lower.reduced(self._active())
        return reduced

    def _posteriors(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Return means and log-variances of q(z1 | x) of all rows, side by side."""
        active = self._active()

        def parameters(module: Any, x: Tensor) -> Tensor:
            posterior = module.posterior(x)
            return torch.cat([posterior.mean[:, active], posterior.log_variance[:, active]], dim=1)

        return apply_in_slices(self.vae_, X, parameters).astype(np.float32, copy=False)

    def _preview_through_m1(self, module: Any, n_rows: int, generator: torch.Generator) -> Tensor:
        """Return encoded rows while M2 trains on latents: M1 decodes its draws."""
        lower: Any = self._reduced_lower().to(module.log_prior.device)
        latents = module.upper.likelihood.sample(module.draw(module.classes_in_turn(n_rows), generator), generator)
        return self._coding.likelihood.expectation(lower.decoder(latents))

    def _upper(self, generator: torch.Generator) -> M2:
        return self._m2(Gaussian(self._architecture["lower"]["latent_dim"]), generator)

    def _build(self, generator: torch.Generator) -> JointStack:
        lower = self._architecture["lower"]
        return JointStack(
            M1(self._coding.likelihood, lower["latent_dim"], lower["hidden_dims"], lower["activation"], generator),
            self._upper(generator),
        )
