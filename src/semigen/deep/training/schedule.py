"""Number of epochs, rows in a step, and learning rate over a training."""

from __future__ import annotations

import math

SCHEDULES = ("cosine", "constant")

# Networks need some thousand steps, however few the rows are; but in a training whose caller left the epochs open, few
# rows should not be gone over without end, nor many rows be seen a few times only.
_EPOCHS = (30, 200)

# A step on more than this share of the rows spends time that more steps would use better; less than so many rows
# make its gradient too noisy.
_LARGEST_SHARE = 0.1
_FEWEST_ROWS = 16


def epochs_for(steps: int, steps_per_epoch: int) -> int:
    """Return the number of epochs that make about so many steps, at least 30 and at most 200."""
    return min(max(math.ceil(steps / steps_per_epoch), _EPOCHS[0]), _EPOCHS[1])


def rows_in_step(batch_size: int, n_rows: int) -> int:
    """Return the number of rows in a step: `batch_size`, but at most a tenth of all rows, or 16."""
    return min(batch_size, max(int(_LARGEST_SHARE * n_rows), _FEWEST_ROWS), max(n_rows, 1))


def rate_factor(schedule: str, done: float) -> float:
    """Return the factor of the learning rate when the fraction `done` of the training is over.

    "cosine" falls from 1 to 0 along half a wave (Loshchilov and Hutter, "SGDR", ICLR 2017): late steps are small
    enough for the weights to settle, so the last ones are the ones to keep.
    """
    if schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * min(max(done, 0.0), 1.0)))
