"""Learning from a stream: partial_fit of SemiSupervisedGMM."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from semigen._runtime.blas import single_threaded_blas
from semigen.base import unchanged_if_failed
from semigen.labels import as_objects
from semigen.mixture.families import FAMILIES, ClosedForm
from semigen.mixture.gaussian.parameters import Statistics
from semigen.mixture.learning.stepwise import RunningStatistics
from semigen.mixture.options import NORMAL
from semigen.mixture.suspect_labels import FindsSuspectLabels


class LearnsFromStream(FindsSuspectLabels):
    """Base of `SemiSupervisedGMM`: fits that go on with more rows."""

    covariance_type: str
    # What pickles of earlier versions lack.
    label_mechanism: str | None = None
    _stream: RunningStatistics

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Go on learning with more rows, of which each is seen once: stepwise EM.

        On a mixture that is not fitted the first call is `fit` (a cold start). On a fitted one (a warm start)
        the first call takes its E step from the fit and then replaces it by what its rows say: make it a large one.
        Each call after that makes an E step on its rows, fades what older rows have said by
        ``(t + 2) ** -0.6`` at the t-th step, and takes an M step. Scaling of columns and prior of covariances stay
        those of the fit, as do `n_labeled_` and `n_unlabeled_`. A call should bring many rows, in an order that is
        random: those of one class after those of another would each be forgotten in turn.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, classes)
            In any form that `fit` takes; in later calls of classes that are known by then. A class that comes later
            must be named by the parameter `classes` of the mixture.
        sample_weight : array-like of shape (n,), optional
        classes : array-like, optional
            All classes, as scikit-learn passes them: they must be those that the mixture knows.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the input is unusable, or ``covariance_type='low_rank'``, whose statistics are about its loadings, and
            cannot be moved to others, or ``distribution='t'``. The estimator is then as it was before the call.

        References
        ----------
        O. Cappé, E. Moulines, "On-line expectation-maximization algorithm for latent data models", Journal of the Royal
        Statistical Society B 71, 2009.

        Examples
        --------
        >>> import numpy as np
        >>> from semigen import SemiSupervisedGMM
        >>> rng = np.random.default_rng(0)
        >>> model = SemiSupervisedGMM()
        >>> for _ in range(20):
        ...     truth = rng.integers(0, 2, 500)
        ...     X = rng.normal(size=(500, 2)) + 3 * truth[:, None]
        ...     y = np.where(np.arange(500) < 5, truth, -1)
        ...     model = model.partial_fit(X, y)
        >>> np.abs(model.means_).round(1)
        array([[0., 0.],
               [3., 3.]])
        """
        if not isinstance(FAMILIES[self.covariance_type], ClosedForm):
            raise ValueError(
                f"covariance_type={self.covariance_type!r} cannot learn from a stream: its statistics are about the "
                "loadings that made them. Take 'full', 'tied', 'diag', 'spherical' or 'tied_spherical'."
            )
        if self.distribution != NORMAL:
            raise ValueError(
                f"distribution={self.distribution!r} cannot learn from a stream: what rows weigh depends on all "
                "parameters, so that statistics of older rows cannot be moved to new ones. Take distribution='normal', "
                "or `statistics` and `update`, which pass over all rows."
            )
        if self.label_noise is not None:
            raise ValueError(
                "label_noise is estimated from all labelled rows together, and a stream does not keep them: fit with "
                "label_noise=None to go on by partial_fit, or fit all rows at once."
            )
        if self.label_mechanism is not None:
            raise ValueError(
                "label_mechanism is estimated from all rows together, and a stream does not keep them: fit with "
                "label_mechanism=None to go on by partial_fit, or fit all rows at once."
            )
        begins = not hasattr(self, "_fit")
        if not begins and self._fit.parameters.family != self.covariance_type:
            raise ValueError(
                f"covariance_type={self.covariance_type!r} was set since the fit, which is "
                f"{self._fit.parameters.family!r}: fit again."
            )
        with unchanged_if_failed(self), single_threaded_blas():
            if begins:
                self.fit(X, y, sample_weight)
            self._check_classes(classes)
            statistics = self.statistics(X, y, sample_weight)
            if not statistics.mass.sum() > 0:
                raise ValueError("No row counts, so there is nothing to learn from: sample_weight is zero everywhere.")
            stream, parameters = self.__dict__.get("_stream"), self._fit.parameters
            if stream is None:
                self._check_begin(statistics)
                self._stream = RunningStatistics.first(statistics, parameters)
            else:
                self._stream = stream.with_rows(statistics, parameters)
            if not begins:
                self.update(self._stream.of_all_rows())
                self.__dict__.pop("transduction_", None)
        return self

    def _check_begin(self, statistics: Statistics) -> None:
        """Refuse too few rows to begin with: all that later rows are added to is what these say."""
        short = np.flatnonzero(statistics.mass < self.n_features_in_ + 1)
        if len(short):
            name = as_objects(self.classes_)[self.component_class_[short[0]]]
            raise ValueError(
                f"The stream begins with these rows, and {statistics.mass[short[0]]:.1f} of them belong to a component "
                f"of class {name!r}; one more than the {self.n_features_in_} columns are needed: begin with more rows."
            )

    def _check_classes(self, classes: ArrayLike | None) -> None:
        """Refuse classes that the mixture does not know: it has no component for them."""
        if classes is None:
            return
        unknown = [name for name in as_objects(np.asarray(classes)) if name not in as_objects(self.classes_)]
        if unknown:
            raise ValueError(
                f"classes names {unknown}, and the mixture knows {as_objects(self.classes_)}: name all classes by the "
                "parameter `classes` of the mixture, if the first rows lack some."
            )
