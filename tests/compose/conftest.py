"""Clear the record of fits before each test."""

from __future__ import annotations

import pytest

from tests.compose.recorder import FITS


@pytest.fixture(autouse=True)
def _no_fits_yet():
    FITS.clear()
