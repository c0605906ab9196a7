"""StackedSemiSupervisedVAE: fine-tuning, and features that were fitted before."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from tests.deep.tables import blobs, small


def test_fine_tuning_both_models_together_goes_on_from_the_stack():
    X, y = blobs()
    vae = small("VAEFeatures", max_epochs=60).fit(X)
    apart = small("StackedSemiSupervisedVAE", vae=vae, max_epochs=60).fit(X, y)
    joint = small("StackedSemiSupervisedVAE", vae=vae, max_epochs=60, joint=True, joint_epochs=30).fit(X, y)
    assert len(joint.history_) == 30
    assert joint.score_samples(X).mean() > apart.score_samples(X).mean()


def test_fine_tuning_trains_one_model_once_however_many_fits_came_before():
    X, y = blobs()
    vae = small("VAEFeatures", max_epochs=20).fit(X)
    model = small("StackedSemiSupervisedVAE", vae=vae, n_fits=3, joint=True, joint_epochs=5).fit(X, y)
    assert len(model.history_) == 5


def test_calibration_and_searches_keep_features_that_were_fitted():
    X, y = blobs(n_labeled=30)
    vae = small("VAEFeatures").fit(X)
    fits = []
    vae.callbacks = [fits.append]
    small("StackedSemiSupervisedVAE", vae=vae, calibrate=True).fit(X, y)
    clone(small("StackedSemiSupervisedVAE", vae=FrozenEstimator(vae))).fit(X, y)
    assert not fits


def test_features_of_other_columns_are_refused():
    X, y = blobs()
    vae = small("VAEFeatures").fit(pd.DataFrame(X, columns=list("abcd")))
    with pytest.raises(ValueError, match="columns"):
        small("StackedSemiSupervisedVAE", vae=vae).fit(pd.DataFrame(X, columns=list("dcba")), y)
    with pytest.raises(ValueError, match="4 features"):
        small("StackedSemiSupervisedVAE", vae=small("VAEFeatures").fit(X)).fit(X[:, :3], y)
