"""Colours that differ, for readers with deuteranopia too, and names that are moved apart."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from semigen.display._shared.style import COLOURS, UNLABELED, spread_apart


def test_names_are_moved_apart_as_little_as_need_be():
    moved = spread_apart([5.0, 1.0, 5.1, 9.0], 1.0)
    assert moved[[1, 3]].tolist() == [1.0, 9.0]
    np.testing.assert_allclose(moved[[0, 2]], [4.55, 5.55])


def seen_as(colours, cones):
    """CIELAB of colours, as seen after a matrix on linear red, green and blue."""
    values = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.transpose(cones), 0, 1) @ np.transpose(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    share = xyz / [0.95047, 1, 1.08883]
    root = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# G. Machado, M. Oliveira, L. Fernandes, 2009: full deuteranopia.
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]


@pytest.mark.parametrize(("cones", "least", "from_grey"), [(np.eye(3), 24, 30), (DEUTERANOPIA, 18, 24)])
def test_colours_are_far_from_each_other_and_from_unlabelled_rows(cones, least, from_grey):
    places = seen_as([*COLOURS, UNLABELED], cones)
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    assert distances[:10, :10][~np.eye(10, dtype=bool)].min() > least
    assert distances[10, :10].min() > from_grey
