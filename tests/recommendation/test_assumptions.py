"""Whether what mixtures assume holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.datasets import make_blobs

from semigen.labels import encode
from semigen.recommendation import text
from semigen.recommendation.assumptions import misspecification
from semigen.recommendation.findings import Clouds
from semigen.recommendation.training_rows import prepare
from tests.recommendation.samples import (
    few,
)


def test_clouds_raise_no_suspicion_and_rings_do():
    rng = np.random.default_rng(0)
    rows, truth = make_blobs(900, 2, centers=3, random_state=0)
    calm = misspecification(prepare(rows, encode(few(truth, 60))), 0)
    assert calm.suspicious == ()
    # A thin core and a wide skirt: a tenth of the rows lie where no cloud would have them.
    spread = np.where(rng.random(900) < 0.1, 6.0, 0.3)[:, None]
    heavy = rng.normal(size=(900, 2)) * spread + 40.0 * truth[:, None]
    found = misspecification(prepare(heavy, encode(few(truth, 60))), 0)
    assert len(found.suspicious) >= 2
    assert "hardly Gaussian clouds" in text.sentence(Clouds(found, False))
    assert "Nothing that was seen speaks against" in text.sentence(Clouds(calm, False))


def test_unlabelled_rows_that_mislead_a_mixture_are_seen():
    rng = np.random.default_rng(0)
    # Two clusters that are clearer than the classes, and agree with them in four rows of five.
    truth = rng.integers(0, 2, 1000)
    side = np.where(rng.random(1000) < 0.8, truth, 1 - truth)
    rows = np.c_[6.0 * side, 3.0 * truth] + rng.normal(size=(1000, 2))
    found = misspecification(prepare(rows, encode(few(truth, 60))), 0)
    assert found.density_gain > 0
    assert found.error_gain < 0
    assert "labels more of the held-out rows wrongly" in text.sentence(Clouds(found, False))


def test_a_few_more_errors_are_no_sign_where_chance_explains_them():
    rng = np.random.default_rng(0)
    rows, truth = rng.normal(size=(600, 2)), rng.integers(0, 2, 600)
    found = misspecification(prepare(rows, encode(few(truth, 20))), 0)
    worse = replace(found, suspicious=(), density_gain=0.1, error_gain=-0.05)
    assert not found.harm_is_proved
    assert "Nothing that was seen speaks against" in text.sentence(Clouds(worse, False))
    assert "hardly Gaussian clouds" in text.sentence(Clouds(replace(worse, harm_is_proved=True), False))
