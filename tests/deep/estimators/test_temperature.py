"""Calibration of deep classifiers by a temperature."""

from __future__ import annotations

import numpy as np
import pytest

from tests.deep.tables import blobs, small, truth


def test_calibration_fits_a_temperature_to_held_out_labels():
    X, y = blobs(n=600, n_labeled=200)
    X += np.random.default_rng(1).normal(0, 4, X.shape).astype(np.float32)
    options = {
        "max_epochs": 40,
        "alpha": 100.0,
        "input_noise": 0.0,
        "dropout": 0.0,
        "learning_rate": 3e-2,
        "hidden_dims": (30,),
    }
    plain = small("SemiSupervisedVAE", **options).fit(X, y)
    calibrated = small("SemiSupervisedVAE", calibrate=True, **options).fit(X, y)
    assert plain.temperature_ == 1
    assert calibrated.temperature_ != 1
    held = y < 0
    rows, codes = X[held], truth(600)[held]
    loss = [-m.predict_log_proba(rows)[np.arange(len(rows)), codes].mean() for m in (plain, calibrated)]
    assert loss[1] < loss[0]
    assert np.array_equal(plain.predict(rows), calibrated.predict(rows))
    with pytest.raises(ValueError, match="two labelled rows"):
        small("SemiSupervisedVAE", calibrate=True).fit(X, np.where(np.arange(600) < 3, truth(600), -1))
