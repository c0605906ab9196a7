"""Limits on the time of deep models in the race: one thread, and fits given up once their epochs are too slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import clone

# The first epochs are slower than those that follow, so they tell the time of all from this share on.
_TELLING_SHARE = 0.1


@contextmanager
def one_thread_of_torch() -> Iterator[None]:
    """Limit torch to one thread: networks for tables are too small to gain by more, and wait where others work.

    A fit of 600 steps took as long on one thread as on two, but five to fourteen times as long on two where another
    program used one of the two cores.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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


class TimeLimit:
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

    def on_train_begin(self, moment: Any) -> None:
        """Look at the clock."""
        self._began = self.clock()

    def on_epoch_end(self, moment: Any) -> None:
        """Give up if the time is over, or will be long before the last epoch."""
        share = moment.epoch / moment.max_epochs
        took = self.clock() - self._began
        if took > self.seconds or (share >= _TELLING_SHARE and took > share * self.seconds):
            raise TooSlowError(took / share)


def with_time_limit(estimator: Any, seconds: float) -> Any:
    """Return a clone, not fitted, of which every deep part gives up when a fit takes longer than so many seconds."""
    model = clone(estimator)
    for name, callbacks in model.get_params().items():
        if name == "callbacks" or name.endswith("__callbacks"):
            model.set_params(**{name: [*callbacks, TimeLimit(seconds)]})
    return model
