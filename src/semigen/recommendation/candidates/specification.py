"""Specification of a candidate: its name, its explanation, how it is made and how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from semigen.recommendation.training_rows import Rows, Size


@dataclass(frozen=True, eq=False)
class Specification:
    """A classifier that may compete.

    Attributes
    ----------
    name : str
    about : str
        What it does, in a sentence for somebody who never read a paper.
    make : callable
        From the rows to the classifier, for rows of numbers.
    seconds : callable
        From a size to the seconds of a fit, roughly.
    memory : callable
        From a size to the bytes that a fit takes beyond the rows, of a candidate that does not check that itself.
    suits : callable
        Whether rows are of a shape that it is for.
    uses_unlabeled : bool
        Whether it learns from unlabelled rows; scaling that they teach does not count.
    needs_unlabeled : bool
        Whether it equals another candidate where there are no unlabelled rows.
    measures_itself : bool
        Whether a fit to all rows tells what it said of labels held out, as `SemiSupervisedGMMCV` does.
    deep : bool
        Whether it needs torch.
    average_of : mapping of str to float
        The candidates whose probabilities it averages, and their weights.
    stacked : bool
        Whether these weights are a prior only, and labels held out decide, as in `SemiSupervisedEnsemble`.
    fits_of : mapping of str to int
        How often a fit of it fits each of these candidates, where not once.
    """

    name: str
    about: str
    make: Callable[[Rows], Any]
    seconds: Callable[[Size], float]
    memory: Callable[[Size], float] = lambda size: 0.0
    suits: Callable[[Rows], bool] = lambda rows: True
    uses_unlabeled: bool = True
    needs_unlabeled: bool = False
    measures_itself: bool = False
    deep: bool = False
    average_of: Mapping[str, float] = field(default_factory=dict)
    stacked: bool = False
    fits_of: Mapping[str, int] = field(default_factory=dict)
