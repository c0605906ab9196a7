"""Arrays in files, and two arrays read as one."""

from __future__ import annotations

import numpy as np

from semigen.deep.data.mapped_arrays import JoinedRows


def test_two_arrays_read_as_one():
    first, second = np.arange(6.0).reshape(3, 2), np.arange(10.0, 14.0).reshape(2, 2)
    joined, whole = JoinedRows(first, second), np.concatenate([first, second])
    assert joined.shape == whole.shape
    assert len(joined) == len(whole)
    for wanted in (slice(1, 4), np.array([4, 0, 3]), (slice(None), 1)):
        assert np.array_equal(joined[wanted], whole[wanted])
