"""Close all figures after each test."""

from __future__ import annotations

import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _no_figure_left():
    yield
    plt.close("all")
