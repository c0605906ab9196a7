"""The plane of a picture: places on it, and the rows at those places."""

from __future__ import annotations

import numpy as np

from semigen.display._shared.plane import plane_through
from tests.display.examples import IRIS


def test_a_place_on_the_plane_is_where_its_row_is_drawn():
    for columns in (None, [0, 3], [2]):
        plane = plane_through(IRIS, ["a", "b", "c", "d"], columns)
        places = np.random.default_rng(0).normal(size=(7, plane.width))
        np.testing.assert_allclose(plane.apply(plane.rows_at(places)), places, atol=1e-12)
