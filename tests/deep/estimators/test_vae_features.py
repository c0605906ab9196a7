"""VAEFeatures: reconstructions, inactive latent variables, use in a stack."""

from __future__ import annotations

import numpy as np
import pytest

from tests.deep.tables import TRANSFORMERS, blobs, small, truth


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_weights_pull_the_bound_towards_their_rows(name):
    X, _ = blobs()
    weights = np.where(truth() == 0, 20.0, 0.05)
    weighted = small(name, max_epochs=60).fit(X, sample_weight=weights)
    plain = small(name, max_epochs=60).fit(X)
    gain = weighted.score_samples(X) - plain.score_samples(X)
    assert gain[truth() == 0].mean() > gain[truth() != 0].mean()


def test_features_go_back_to_rows_and_inactive_ones_can_be_dropped():
    X, _ = blobs()
    vae = small("VAEFeatures", latent_dim=6, drop_inactive=True, max_epochs=150, learning_rate=1e-2).fit(X)
    features = vae.transform(X)
    assert features.shape[1] == len(vae.active_) < 6
    assert features.shape[1] == len(vae.get_feature_names_out())
    error = np.square(vae.inverse_transform(features) - X).mean()
    assert error < 0.5 * X.var(axis=0).mean()
    with pytest.raises(ValueError, match="features"):
        vae.inverse_transform(np.ones((2, 6)))
    assert vae.sample(7).shape == (7, 4)
