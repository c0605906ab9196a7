"""Number of epochs, rows in a step, and learning rate over a training."""

from __future__ import annotations

import math

SCHEDULES = ("cosine", "constant")

# Fewest and most epochs of `max_epochs="auto"`. Networks need some thousand steps, but few rows should not be repeated
# without end, and many rows should be seen more than a few times.
_EPOCHS = (30, 200)

# Largest share of all rows in a step, beyond which more steps would be a better use of the time; and fewest rows, below
# which the gradient is too noisy.
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
