"""Samples of classes, as lines or as images."""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import StandardScaler

from semigen.display import SamplesDisplay
from tests.display.examples import IRIS, MODEL, SPECIES


def test_samples_are_the_rows():
    display = SamplesDisplay.from_predictions(IRIS, SPECIES, n_samples=4)
    standard = StandardScaler().fit(np.concatenate([IRIS[k == SPECIES][:4] for k in range(3)]))
    for k, lines in enumerate(display.lines_):
        rows = standard.transform(IRIS[k == SPECIES][:4])
        assert np.allclose([line.get_ydata() for line in lines[:-1]], rows)
        assert np.allclose(lines[-1].get_ydata(), np.median(rows, axis=0))
    images = SamplesDisplay.from_predictions(IRIS, SPECIES, n_samples=4, image_shape="square")
    sheet = np.asarray(images.image_.get_array())
    assert np.array_equal(sheet[3:5, 3:5].ravel(), IRIS[SPECIES == 1][1])
    drawn = SamplesDisplay.from_estimator(MODEL, n_samples=6)
    assert [len(lines) for lines in drawn.lines_] == [7, 7, 7]
