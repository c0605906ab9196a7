"""SemiSupervisedVAE: the model M2 of Kingma et al. (2014) as a scikit-learn classifier."""

from __future__ import annotations

import torch

from semigen.deep.estimators.docstrings import with_shared_paragraphs
from semigen.deep.estimators.variational import VariationalClassifier
from semigen.deep.models.m2 import M2


@with_shared_paragraphs
class SemiSupervisedVAE(VariationalClassifier):
    """Semi-supervised variational autoencoder (M2): a class and a style generate each row.

    p(x, y, z) = p(y) p(z) p(x | y, z), the last a neural network, with a classifier q(y | x) and an encoder
    q(z | x, y). Labelled rows raise a bound on log p(x, y), unlabelled rows one on log p(x), in which every class is
    taken into account. Use it where a Gaussian for each class is too simple: pixels, mixed columns, curved classes.

    Parameters
    ----------
    latent_dim : int, default=50
        Dimension of z.
    hidden_dims : sequence of int, default=(500,)
        Widths of the hidden layers of encoder and classifier; the decoder has them in reverse.
    activation : {"relu", "silu", "softplus", "tanh"}, default="relu"
    likelihood : str or sequence of str, default="auto"
        What a column is: "bernoulli" for values in [0, 1] (bits, grey pixels), "gaussian" for real numbers
        (standardised here, with a learned variance), "categorical" for codes of categories (one-hot here), "poisson"
        and "negative_binomial" for counts up to 100,000 (networks see log(1 + count)), the latter where counts vary
        more than Poisson's. One for all columns, or one for each. "auto" is Bernoulli for columns of zeros and ones
        and Gaussian for the others, but for images: Bernoulli for all columns if no value lies outside [0, 1] and,
        besides the smallest and the largest, a tenth of the values in the typical grey column are 0 or 1, as black
        and white pixels are. Later values beyond 0 and 1 in Bernoulli columns count as these, with a warning.
    alpha : "auto" or float, default="auto"
        Weight of the classifier's mean cross-entropy on labelled rows beside the bound per row. It does not depend on
        the sizes of batches or of the training set. "auto" is 10.
    %(labels)s
    %(class_prior)s
    max_epochs : "auto" or int, default="auto"
        Passes over the rows. "auto" is as many as make 10,000 steps, but at least 30 and at most 200.
    batch_size : int, default=200
        Unlabelled rows in a step; at most a tenth of all, or 16.
    %(labeled_batch_size)s
    learning_rate : float, default=3e-3
        Of Adam, at its highest.
    %(schedule)s
    weight_decay : float, default=0.0
        Gradient of a normal prior on the weights, per datum: 1 / n for a standard normal one.
    max_gradient_norm : float, optional
        Longer gradients are shortened to this.
    averaging : float, optional
        Decay per step of an average of the weights over the later half of the training, which then is what the fit
        keeps; 0.999, say.
    warm_up : float, default=0.3
        Fraction of the training after which the classifier follows the unlabelled rows in full. In the first third of
        this phase the classifier learns from labels only, while the decoder learns to generate its classes. Without it,
        classes may drift to other divisions of the rows, such as slant or thickness of digits.
    input_noise : float, default=0.3
        Standard deviation of noise on the classifier's inputs in training (columns are in [0, 1], or standardised).
    dropout : float, default=0.2
        Share of the classifier's hidden units that a step leaves out.
    adversarial_weight : float, default=0.0
        Weight of virtual adversarial training of the classifier (Miyato et al., 2019) beside the bound per row. It
        penalises changes of the class probabilities near a row.
    adversarial_radius : float, default=0.1
        How near: root mean square over what the classifier sees, columns in [0, 1] or standardised; over z1 in the
        stacked model.
    negligible : "auto" or float, default="auto"
        Classes of an unlabelled row with less probability than this are left out of a step, which most rows soon spend
        on one or two classes; the bound is then that of q(y | x) without them. 0 leaves out none. "auto" is 0.001 on
        a CPU and 0 on a GPU, where shapes known beforehand are worth more.
    early_stopping : bool, default=False
        Hold out `validation_fraction` of the unlabelled rows, stop when the bound on them has not gained `tol` of its
        size for `n_iter_no_change` epochs, and keep the best weights. Labels play no part in it.
    validation_fraction : float, default=0.1
    n_iter_no_change : int, default=10
    tol : float, default=1e-4
    n_fits : int, default=1
        Fits from different starts, one after the other, of which the one of the best objective is kept.
    %(calibrate)s
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", ...; "auto" is the GPU if there is one. Predictions fall back to the CPU.
    precision : {"float32", "bfloat16"}, default="float32"
        Of matrix products in training. "bfloat16" is two to four times as fast on processors and GPUs that have it;
        likelihoods and divergences are computed in float32 either way.
    cuda_graphs : bool, default=True
        On a GPU, record the step as a CUDA graph and replay it, where the rows fit and `negligible` is 0.
    random_state : int, RandomState instance or None, default=None
        Start, order of rows and noise. Two fits with the same seed agree to the last bit on one machine with the
        same number of torch's threads.
    checkpoint : path, optional
        File to which the training is written as it goes, for `fit(..., resume=path)`.
    callbacks : sequence, default=()
        Functions called after every epoch, or objects with any of the methods `on_train_begin`, `on_epoch_end` and
        `on_train_end`; each is given a `semigen.deep.Moment`.
    on_interrupt : {"auto", "keep", "raise"}, default="auto"
        What Ctrl-C does after the first epoch: "keep" ends the training, keeps the best weights so far and warns;
        "raise" raises KeyboardInterrupt and leaves the estimator as it was. "auto" keeps them if `fit` was called by
        code of your own, and raises where a library lies between: in a cross-validation, a search or a `Pipeline`,
        which would go on as if nothing had happened.
    verbose : int, default=0
        1 shows a progress bar, 2 a line per epoch as well.

    Attributes
    ----------
    %(vae_attributes)s

    References
    ----------
    D. Kingma, D. Rezende, S. Mohamed, M. Welling, "Semi-supervised learning with deep generative models", NeurIPS 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from semigen import SemiSupervisedVAE
    >>> X, digit = load_digits(return_X_y=True)
    >>> known = np.arange(len(X)) % 9 == 0
    >>> y = np.where(known, digit, -1)  # every ninth row is labelled
    >>> model = SemiSupervisedVAE(5, (100,), max_epochs=12, learning_rate=5e-3, random_state=0)
    >>> model = model.fit(X / 16, y)
    >>> bool(model.score(X[~known] / 16, digit[~known]) > 0.85)
    True
    >>> sevens, _ = model.sample(5, y=7)
    >>> sevens.shape
    (5, 64)
    """

    _has_onnx_graph = True

    def _build(self, generator: torch.Generator) -> M2:
        return self._m2(self._coding.likelihood, generator)
