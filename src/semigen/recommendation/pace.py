"""A deep model leaves the race as soon as its epochs show that its fit would take longer than it may."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sklearn.base import clone

# The first epochs are slower than those that follow, so a pace is believed from this share of them on.
_TELLING_SHARE = 0.1


class TooSlowError(Exception):
    """A fit was given up.

    Attributes
    ----------
    seconds : float
        That all of it would have taken.
    """

    def __init__(self, seconds: float):
        super().__init__(f"The fit would have taken about {seconds:.0f} s.")
        self.seconds = seconds


class Pace:
    """A callback of the trainer that gives a fit up once it is known to take too long.

    How long a training takes is guessed from its steps before it begins, but a machine on which others work is slower
    than that by any factor: the epochs that are done tell.

    Parameters
    ----------
    seconds : float
        That the fit may take.
    clock : callable
        The time in seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.perf_counter):
        self.seconds = seconds
        self.clock = clock

    def training_began(self, moment: Any) -> None:
        """Look at the clock."""
        self._began = self.clock()

    def epoch_ended(self, moment: Any) -> None:
        """Give up if the time is over, or will be long before the last epoch."""
        share = moment.epoch / moment.max_epochs
        took = self.clock() - self._began
        if took > self.seconds or (share >= _TELLING_SHARE and took > share * self.seconds):
            raise TooSlowError(took / share)


def paced(estimator: Any, seconds: float) -> Any:
    """A clone, not fitted, of which every deep part gives up when a fit takes longer than so many seconds."""
    model = clone(estimator)
    for name, callbacks in model.get_params().items():
        if name == "callbacks" or name.endswith("__callbacks"):
            model.set_params(**{name: [*callbacks, Pace(seconds)]})
    return model
