"""Base of SemiSupervisedGMM: fits that use unlabelled rows only where they help, and what is said of a fit in words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from semigen.base import TrainingSet
from semigen.labels import as_objects
from semigen.mixture.guard import EM, guarded
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.partitions.surveyed import Surveyed
from semigen.mixture.stream import LearnsFromStream
from semigen.mixture.training import learn, variants
from semigen.model_selection.paired_test import SUPERVISED


class FitsGuarded(LearnsFromStream):
    """Base of `SemiSupervisedGMM`: the guard, and the report."""

    init: Any
    guard: bool
    unlabeled_weight: float

    def report(self) -> str:
        """Say in words what was learnt besides the classes' shapes.

        With ``guard=True`` which fit was kept, why, and what the unlabelled rows changed; with
        ``class_prior="unlabeled"`` how frequent the classes are beside how often they are labelled; with `label_noise`
        how many labels are wrong, and which classes are mistaken for which; with ``distribution="t"`` how heavy tails
        are. One of these is needed.

        Returns
        -------
        str
        """
        check_is_fitted(self)
        said = [self._report] if hasattr(self, "supervised_") else []
        if self._fit.options.drawn_by_class:
            said.append(self._of_class_prior())
        if self._fit.confusion is not None:
            said.append(self._of_label_noise())
        if self._fit.parameters.degrees_of_freedom is not None:
            said.append(self._of_tails())
        if not said:
            raise ValueError(
                "report compares with the supervised fit, which only guard=True makes; fit with it. It also says which "
                "class probabilities class_prior='unlabeled' found, which labels label_noise finds wrong, and how "
                "heavy tails are with distribution='t'."
            )
        return "\n".join(said)

    def _of_class_prior(self) -> str:
        if not self.n_unlabeled_:
            return "No unlabelled row says how frequent the classes are: those with labels count as equally probable."
        share = self.n_labeled_ / max(self.n_labeled_.sum(), 1)
        of_class = (
            f"{name!r} {prior:.1%} ({labels:.1%} of the labels)"
            for name, prior, labels in zip(as_objects(self.classes_), self.class_prior_, share, strict=True)
        )
        return f"Class probabilities by the {self.n_unlabeled_:,} unlabelled rows: {', '.join(of_class)}."

    @property
    def _safer(self) -> str:
        return "SemiSupervisedGMMCV" if self.guard else "guard=True or SemiSupervisedGMMCV"

    def _fit_guarded(self, training: TrainingSet | Surveyed, counting: TrainingSet) -> MixtureFit:
        if not isinstance(self.init, str):
            raise ValueError("guard=True compares fits that start at the labelled rows: leave init as it is.")
        in_parts = isinstance(training, Surveyed)
        fitters = variants(self, counting, pessimistic=not in_parts)
        outcome = guarded(fitters, counting, np.random.default_rng(_seed(self.random_state)))
        self.kept_, self._report = outcome.choice.kept, outcome.report(counting)
        kept = outcome.kept
        if in_parts and self.kept_ == EM:
            kept = learn(self, training, check_random_state(deepcopy(self.random_state)))
        self._keep(kept, counting, 0.0 if self.kept_ == SUPERVISED else float(self.unlabeled_weight))
        self.supervised_ = clone(self).set_params(guard=False, unlabeled_weight=0.0, warm_start=False, verbose=0)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(self.supervised_, name, getattr(self, name))
        self.supervised_._keep(outcome.supervised, counting, 0.0)
        self.supervised_.transduction_ = self.classes_[self.supervised_._transduced(counting)]
        return kept


def _seed(random_state: Any) -> int:
    return int(check_random_state(random_state).randint(2**31 - 1))
