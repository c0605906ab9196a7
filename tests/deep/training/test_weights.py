"""The average of weights over a training."""

from __future__ import annotations

import pytest

from tests.deep.tables import blobs, small, truth


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_the_average_of_few_steps_is_of_trained_weights(epochs):
    X, y = blobs(600, n_labeled=60)
    options = {"max_epochs": epochs, "hidden_dims": (50,), "learning_rate": 1e-2}
    averaged, plain = (small("SemiSupervisedGAN", averaging=rate, **options).fit(X, y) for rate in (0.999, None))
    assert averaged.score(X, truth(600)) > plain.score(X, truth(600)) - 0.15


@pytest.mark.parametrize("epochs", [1, 5])
def test_weights_that_the_last_step_spoilt_are_not_kept(epochs):
    """One step an epoch: its loss is fine, and what it leaves is not."""
    X, y = blobs()
    model = small("SemiSupervisedVAE", learning_rate=1e30, max_epochs=epochs, batch_size=200, classes=[0, 1, 2])
    with pytest.raises(FloatingPointError, match="learning_rate"):
        model.fit(X[:16], y[:16])


def test_early_weights_have_no_part_in_the_average():
    X, y = blobs()
    options = {"max_epochs": 40, "learning_rate": 1e-2}
    plain = small("SemiSupervisedVAE", **options).fit(X, y)
    averaged = small("SemiSupervisedVAE", averaging=0.999, **options).fit(X, y)
    assert averaged.score(X, truth()) > plain.score(X, truth()) - 0.05
