"""adapt_prior, of every classifier of semigen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from semigen.prior_shift.prior_shift_classifier import PriorShiftClassifier


class AdaptsPrior:
    """Base of all classifiers of semigen: `adapt_prior`."""

    def adapt_prior(
        self, X_target: Any, *, X: Any = None, y: ArrayLike | None = None, class_prior: Any = None
    ) -> PriorShiftClassifier:
        """Return a classifier for rows in which classes are as frequent as in others, of which no label is known.

        The class probabilities of these rows are estimated by EM on what this classifier says of them (Saerens, Latinne
        and Decaestecker, 2002). If they can be trusted, predictions are corrected for them, otherwise they stay as they
        are: `prior_shift_` of what is returned says which, and why. This classifier stays as it is.

        Parameters
        ----------
        X_target : array-like of shape (n, d)
            Rows as those to predict, without labels.
        X, y : array-like of shape (m, d) and (m,), optional
            Rows and labels that this classifier was fitted to. Given, labels are held out in turn, in five folds, by as
            many fits. They tell which class probabilities this classifier assumes, and the estimate is used only where
            they do not speak against it; without them only the likelihood of the new rows decides.
        class_prior : array-like of shape (classes,) or dict, optional
            Class probabilities that this classifier assumes. By default its `class_prior_`; one that has none needs `X`
            and `y`.

        Returns
        -------
        PriorShiftClassifier

        Warns
        -----
        UserWarning
            If the estimate is too unsure to be used, or refuted.

        Examples
        --------
        >>> import numpy as np
        >>> from semigen import SemiSupervisedGMM
        >>> rng = np.random.default_rng(0)
        >>> truth = np.arange(100) % 2  # as many of each class
        >>> model = SemiSupervisedGMM().fit(rng.normal(size=(100, 2)) + 2 * truth[:, None], truth)
        >>> rare = rng.random(1000) < 0.1
        >>> adapted = model.adapt_prior(rng.normal(size=(1000, 2)) + 2 * rare[:, None])
        >>> adapted.class_prior_.round(1)
        array([0.9, 0.1])
        """
        from semigen.prior_shift.prior_shift_classifier import adapted

        return adapted(self, X_target, X=X, y=y, class_prior=class_prior)
