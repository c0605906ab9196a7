"""What a classifier lacks it says: no method is missing without a reason."""

from __future__ import annotations

import pytest

from semigen import GenerativeFeatures, SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.recommendation import ProbabilityAverage

WITHOUT_DENSITY = [SemiSupervisedGMMCV(), GenerativeFeatures(SemiSupervisedGMM()), ProbabilityAverage([])]


@pytest.mark.parametrize("model", WITHOUT_DENSITY, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("name", ["score_samples", "predict_joint_log_proba", "sample"])
def test_a_classifier_without_a_density_says_so(model, name):
    assert not hasattr(model, name)
    with pytest.raises(AttributeError, match=f"{type(model).__name__} has no {name}: .*SemiSupervisedGMM, "):
        getattr(model, name)
    assert hasattr(SemiSupervisedGMM(), name)
