"""Deep generative models; needs torch, which `pip install "semigen[deep]"` brings."""

from __future__ import annotations

from os import PathLike

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError('semigen.deep needs torch: pip install "semigen[deep]"') from error

from semigen.deep.estimators.auxiliary_vae import AuxiliarySemiSupervisedVAE
from semigen.deep.estimators.deep_estimator import DeepEstimator
from semigen.deep.estimators.flow import SemiSupervisedFlow
from semigen.deep.estimators.flow_features import FlowFeatures
from semigen.deep.estimators.gan import SemiSupervisedGAN
from semigen.deep.estimators.saving import read
from semigen.deep.estimators.stacked_vae import StackedSemiSupervisedVAE
from semigen.deep.estimators.vae import SemiSupervisedVAE
from semigen.deep.estimators.vae_features import VAEFeatures
from semigen.deep.training.callbacks import Moment, SamplePictures, TensorBoard

__all__ = [
    "AuxiliarySemiSupervisedVAE",
    "FlowFeatures",
    "Moment",
    "SamplePictures",
    "SemiSupervisedFlow",
    "SemiSupervisedGAN",
    "SemiSupervisedVAE",
    "StackedSemiSupervisedVAE",
    "TensorBoard",
    "VAEFeatures",
    "load",
]


# By name, so that a file can only ask for one of these.
_ESTIMATORS = {
    estimator.__name__: estimator
    for estimator in (
        AuxiliarySemiSupervisedVAE,
        FlowFeatures,
        SemiSupervisedFlow,
        SemiSupervisedGAN,
        SemiSupervisedVAE,
        StackedSemiSupervisedVAE,
        VAEFeatures,
    )
}


def load(path: str | PathLike[str], *, device: str = "auto") -> DeepEstimator:
    """Read a fitted deep model that its `save` wrote; nothing in the file can execute.

    A file sets the parameters, fitted attributes and weights that its class declares, and nothing else. It names no
    path, and is refused if it is damaged.

    Parameters
    ----------
    path : path
    device : str, default="auto"
        Where it is to predict.

    Returns
    -------
    estimator

    Raises
    ------
    ValueError
        If the file is damaged, or no saved model; the message says what is wrong with it.
    OSError
        If there is no such file, or it cannot be read.

    Examples
    --------
    >>> import semigen
    >>> model = semigen.load("digits.safetensors")  # doctest: +SKIP
    """
    return read(path, _ESTIMATORS, device)
