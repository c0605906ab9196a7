"""SemiSupervisedGAN: the K-class generative adversarial network of Salimans et al. (2016) as a classifier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_scalar
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from semigen.base import TrainingSet
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.steps import Model
from semigen.deep.estimators.constructor_parameters import CLASSIFIER_CONSTRAINTS, inherits_parameters
from semigen.deep.estimators.deep_classifier import DeepClassifier, train_classifier
from semigen.deep.estimators.docstrings import with_shared_paragraphs
from semigen.deep.estimators.fitted_networks import apply_in_slices, device_of, networks
from semigen.deep.estimators.fitting import column_coding, drawing_generator, whole_numbers
from semigen.deep.estimators.plot_samples import plot_samples
from semigen.deep.estimators.saving import WIDTH
from semigen.deep.models.critic import Critic
from semigen.deep.models.gan import AdversarialPair, Game
from semigen.deep.models.generators import ImageGenerator, RowGenerator
from semigen.deep.training.trainer import TrainingResult
from semigen.persistence.schema import Array, Integer, Kind, ListOf, Nullable, options_of

# Parameters that need an objective: neither player's loss measures how good the model is.
_WITHOUT_OBJECTIVE = ("early_stopping", "validation_fraction", "n_iter_no_change", "tol", "n_fits")

# Most rows from which the critic's gains and biases are set before the first step.
_ROWS_TO_START_FROM = 500


@with_shared_paragraphs
class SemiSupervisedGAN(DeepClassifier):
    """Classifier that learns from labelled rows, from unlabelled ones, and from rows that a generator makes up.

    A critic classifies rows into K classes; the log-sum-exp of its K logits is the log-odds that a row is real. It
    learns the classes from labelled rows, and from unlabelled and generated rows where the data are and where they are
    not, so that borders between classes run where there are no data. The generator matches the mean of the critic's
    features. The model suits few labels with many unlabelled rows. Its probabilities are those of a discriminative
    network, and it has no density.

    Parameters
    ----------
    latent_dim : int, default=100
        Dimension of the generator's noise.
    hidden_dims : "auto" or sequence of int, default="auto"
        Widths of the critic's hidden layers; of the last one come the features. "auto" is w, w/2, w/2 with w
        between 200 and 500, eight times the number of columns if that lies between. With `image_shape`, channels
        of convolutions that halve height and width each, before one linear layer as wide as the last; "auto" is 32, 64
        and 128.
    image_shape : (channels, height, width), optional
        Of the image in each row, if rows are images; critic and generator are then convolutional.
    generator_dims : "auto" or sequence of int, default="auto"
        Widths of the generator's hidden layers, w/2 and w/2; with `image_shape`, channels of its maps, of which each
        doubles height and width, 128 and 64.
    activation : {"relu", "silu", "softplus", "tanh"}, default="relu"
    likelihood : str or sequence of str, default="auto"
        What a column is, as in `SemiSupervisedVAE`: values in [0, 1], real numbers (standardised here), codes of
        categories, or counts. The generator makes values of the same kinds.
    %(labels)s
    input_noise, layer_noise : float, default=0.3, 0.5
        Standard deviations of noise on the critic's inputs and hidden units in training. The defaults suit images and
        wide tables; where a few columns separate the classes, a fifth of the defaults is often better.
    dropout : float, default=0.0
        Share of the critic's hidden units that a step leaves out.
    pull_away : float, default=0.0
        Weight of the pull-away term, which keeps generated rows different from each other.
    adversarial_weight : float, default=0.0
        Weight of virtual adversarial training (Miyato et al., 2019), which penalises changes of the class probabilities
        near an unlabelled row.
    adversarial_radius : float, default=0.1
        How near: root mean square over the columns, which are in [0, 1], or standardised.
    max_epochs : "auto" or int, default="auto"
        Passes over the rows. "auto" is as many as make 10,000 steps, but at least 30 and at most 200.
    batch_size : int, default=100
        Unlabelled rows in a step, and as many generated ones; at most a tenth of all unlabelled ones, or 16.
    %(labeled_batch_size)s
    learning_rate : float, default=1e-3
        Of Adam, at its highest, for both players.
    %(schedule)s
    averaging : float, default=0.999
        Decay per step of an average of the weights over the later half of the training, which is what the fit keeps;
        None keeps the last weights.
    %(calibrate)s
    weight_decay, max_gradient_norm, device, precision, cuda_graphs, random_state, checkpoint, callbacks, \
on_interrupt, verbose
        As in `SemiSupervisedVAE`.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    %(transduction)s
    history_ : array of shape (epochs, 2)
        Minus the losses of the critic and the generator, means over each epoch. Neither says how good the classifier
        is: each is measured against an opponent that changes.
    training_history_ : dict of arrays
        All terms: "critic_loss", "generator_loss", "cross_entropy", "labeled_error"; "real_believed" and
        "generated_believed", the mean probabilities the critic gives real and generated rows of being real; "variety",
        the total variance of generated rows over that of real ones; "adversarial", the virtual adversarial loss, if it
        has a weight; "loss", the sum of both players' losses.
    %(training)s
    %(classifier)s
    %(columns)s

    References
    ----------
    T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen, "Improved techniques for training GANs",
    NeurIPS 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from semigen import SemiSupervisedGAN
    >>> X, digit = load_digits(return_X_y=True)
    >>> known = np.arange(len(X)) % 9 == 0
    >>> y = np.where(known, digit, -1)  # every ninth row is labelled
    >>> model = SemiSupervisedGAN(10, (100, 50), max_epochs=8, learning_rate=2e-3, random_state=0)
    >>> model = model.fit(X / 16, y)
    >>> bool(model.score(X[~known] / 16, digit[~known]) > 0.9)
    True
    >>> model.sample(5).shape
    (5, 64)
    """

    _has_onnx_graph = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: allowed for name, allowed in CLASSIFIER_CONSTRAINTS.items() if name not in _WITHOUT_OBJECTIVE},
        "hidden_dims": [StrOptions({"auto"}), "array-like"],
        "generator_dims": [StrOptions({"auto"}), "array-like"],
        "image_shape": ["array-like", None],
        "layer_noise": [Interval(Real, 0, None, closed="left")],
        "pull_away": [Interval(Real, 0, None, closed="left")],
    }
    _architecture_kinds: ClassVar[dict[str, Kind]] = {
        **DeepClassifier._architecture_kinds,
        "latent_dim": WIDTH,
        "n_classes": Integer(1, size="classes"),
        "image_shape": Nullable(ListOf(WIDTH, 3)),
        "generator_dims": ListOf(WIDTH),
        "game": options_of(Game),
    }
    _attribute_kinds: ClassVar[dict[str, Kind]] = {
        **DeepClassifier._attribute_kinds,
        "history_": Array("f", ("epochs", 2)),
    }

    @inherits_parameters(
        DeepClassifier.__init__,
        without=_WITHOUT_OBJECTIVE,
        batch_size=100,
        learning_rate=1e-3,
        dropout=0.0,
        averaging=0.999,
    )
    def __init__(
        self,
        latent_dim: int = 100,
        hidden_dims: str | Sequence[int] = "auto",
        *,
        image_shape: Sequence[int] | None = None,
        generator_dims: str | Sequence[int] = "auto",
        layer_noise: float = 0.5,
        pull_away: float = 0.0,
        **others: Any,
    ):
        super().__init__(latent_dim, hidden_dims, **others)
        self.image_shape = image_shape
        self.generator_dims = generator_dims
        self.layer_noise = layer_noise
        self.pull_away = pull_away

    def sample(self, n_samples: int = 1) -> NDArray[np.float32]:
        """Draw rows from the generator.

        Parameters
        ----------
        n_samples : int, default=1

        Returns
        -------
        array of shape (n_samples, d), float32
            In the columns and units of X. With an integer `random_state`, every call gives the same rows.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        module = networks(self, np.float32)
        generator = drawing_generator(self, device_of(module))
        with torch.inference_mode():
            return self._coding.decode(module.preview(n_samples, generator).cpu().numpy())

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Return the critic's features, the units of its last hidden layer.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n, features)
        """
        check_is_fitted(self)
        return apply_in_slices(self, self._validated_rows(X), _features)

    def critic_score(self, X: ArrayLike) -> NDArray[Any]:
        """Return the log-odds by the critic that each row is real rather than generated.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        array of shape (n,)
            Logsumexp of the K logits. It ranks rows; it is no log-density.
        """
        check_is_fitted(self)
        return apply_in_slices(self, self._validated_rows(X), _log_evidence)

    plot_samples = plot_samples

    def _describe(self, training: TrainingSet, weights: NDArray[np.float64]) -> tuple[ColumnCoding, dict[str, Any]]:
        coding = column_coding(self, training.X, weights, self.likelihood)
        widest = min(max(8 * coding.likelihood.width, 200), 500)
        return coding, {
            "latent_dim": int(self.latent_dim),
            "n_classes": len(self.classes_),
            "image_shape": self._checked_image_shape(coding),
            "hidden_dims": self._widths("hidden_dims", [widest, widest // 2, widest // 2], [32, 64, 128]),
            "generator_dims": self._widths("generator_dims", [widest // 2, widest // 2], [128, 64]),
            "activation": self.activation,
            "game": {
                "input_noise": float(self.input_noise),
                "layer_noise": float(self.layer_noise),
                "dropout": float(self.dropout),
                "pull_away": float(self.pull_away),
                "adversarial_weight": float(self.adversarial_weight),
                "adversarial_radius": float(self.adversarial_radius),
            },
        }

    def _checked_image_shape(self, coding: ColumnCoding) -> list[int] | None:
        if self.image_shape is None:
            return None
        shape = whole_numbers("image_shape", self.image_shape)
        _check_images(shape, coding)
        return shape

    def _check_restored(self) -> None:
        super()._check_restored()
        if self._architecture["image_shape"] is not None:
            _check_images(self._architecture["image_shape"], self._coding)

    def _widths(self, name: str, of_rows: list[int], of_images: list[int]) -> list[int]:
        """Return the widths that were given, or those that "auto" stands for."""
        if not isinstance(getattr(self, name), str):
            return whole_numbers(name, getattr(self, name))
        return of_rows if self.image_shape is None else of_images

    def _train(
        self, training: TrainingSet, weights: NDArray[np.float64], device: torch.device, resume: Any
    ) -> tuple[Model, TrainingResult]:
        """Train both players, the critic from gains and biases that suit some of the rows."""
        counting = np.flatnonzero(weights > 0)
        some = counting[np.linspace(0, len(counting) - 1, min(len(counting), _ROWS_TO_START_FROM)).astype(int)]
        rows = torch.from_numpy(self._coding.encode(training.X[some]).astype(np.float32))

        def start(generator: torch.Generator) -> AdversarialPair:
            pair = self._build(generator)
            pair.critic.start_from(rows)
            return pair

        return train_classifier(self, training, weights, device, resume, start=start)

    def _build(self, generator: torch.Generator) -> AdversarialPair:
        about = self._architecture
        likelihood = self._coding.likelihood
        shape = None if about["image_shape"] is None else tuple(about["image_shape"])
        critic = Critic(
            likelihood.width, about["hidden_dims"], about["n_classes"], generator, about["activation"], shape
        )
        start = about["latent_dim"], about["generator_dims"], likelihood.n_parameters
        maker: nn.Module
        if shape is None:
            maker = RowGenerator(*start, generator, about["activation"])
        else:
            maker = ImageGenerator(*start, shape, generator, about["activation"])
        return AdversarialPair(likelihood, about["latent_dim"], critic, maker, Game(**about["game"]))

    @property
    def _n_features_out(self) -> int:
        return int(self._architecture["hidden_dims"][-1])


def _check_images(shape: Sequence[int], coding: ColumnCoding) -> None:
    """Raise a ValueError if the columns are no images of this shape."""
    if len(shape) != 3 or math.prod(shape) != len(coding.kinds):
        raise ValueError(
            f"image_shape={tuple(shape)} does not match rows of {len(coding.kinds)} columns: give channels, height, "
            "width."
        )
    if "categorical" in coding.kinds or len(set(coding.kinds)) > 1:
        raise ValueError("image_shape needs columns of one kind: set likelihood to 'bernoulli' or 'gaussian'.")


def _features(module: Any, x: Tensor) -> Tensor:
    features: Tensor = module.critic.features(x)
    return features


def _log_evidence(module: Any, x: Tensor) -> Tensor:
    evidence: Tensor = module.critic(x).logsumexp(dim=1)
    return evidence
