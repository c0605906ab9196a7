"""Batches: the order of rows, and values beside rows."""

from __future__ import annotations

import numpy as np
import torch

from semigen.deep.training.batches import BesideRows, DeviceRows, HostRows, Stream
from tests.deep.problems import generator


def test_more_values_beside_rows_stay_beside_their_rows(tmp_path):
    values = np.arange(20, dtype=np.float32).reshape(10, 2)
    answers = torch.arange(10.0).unsqueeze(1)
    wanted = torch.tensor([7, 1, 1, 4])
    for rows in (
        DeviceRows(torch.from_numpy(values)),
        HostRows(values, np.arange(10), lambda some: some, torch.device("cpu")),
    ):
        beside = BesideRows(rows, answers)
        assert len(beside) == 10
        assert beside.home == rows.home
        taken = beside.take(wanted)
        assert torch.equal(taken[:, :2], torch.from_numpy(values)[wanted])
        assert torch.equal(taken[:, 2], wanted.float())


def test_every_row_comes_once_before_any_comes_again():
    stream = Stream(10, 3, generator())
    seen = torch.cat([stream.next() for _ in range(3)])
    assert len(seen.unique()) == 9
    assert len(Stream(2, 5, generator()).next()) == 2
    assert len(Stream(0, 5, generator()).next()) == 0
