"""The learning rate over a training."""

from __future__ import annotations

import math

SCHEDULES = ("cosine", "constant")


def rate_factor(schedule: str, done: float) -> float:
    """What to multiply the learning rate with when the fraction `done` of the training lies behind.

    "cosine" falls from 1 to 0 along half a wave (Loshchilov and Hutter, "SGDR", ICLR 2017): late steps are small
    enough for the weights to settle, so the last ones are the ones to keep.
    """
    if schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * min(max(done, 0.0), 1.0)))
