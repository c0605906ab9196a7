from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

compiler: str
openmp: int | None

def instruction_sets() -> list[str]: ...
def instruction_set() -> str: ...
def use_instruction_set(name: str) -> None: ...
def default_threads() -> int: ...
def install_blas(table: object) -> None: ...
def exponential(values: NDArray[Any]) -> NDArray[Any]: ...
def logarithm(values: NDArray[Any]) -> NDArray[Any]: ...

@final
class Cancellation:
    def cancel(self) -> None: ...
    @property
    def cancelled(self) -> bool: ...

def cancellation(within: Cancellation | None = None) -> Cancellation: ...
def heed(cancellation: Cancellation | None) -> Cancellation | None: ...
def heeded() -> Cancellation | None: ...

@final
class Family:  # an enum.Enum; its members are the names of csrc/include/semigen/families/list.hpp
    name: str
    __members__: ClassVar[Mapping[str, Family]]

def statistics_offsets(
    family: Family, components: int, features: int, rank: int = 0, heavy_tails: bool = False
) -> tuple[int, ...]: ...

@final
class RowPass:
    def expectation(
        self,
        family: Family,
        log_weights: NDArray[np.float64],
        means: NDArray[np.float64],
        factors: NDArray[np.float64],
        threads: int,
        prune: bool = True,
        degrees_of_freedom: NDArray[np.float64] | None = None,
        noise: NDArray[np.float64] | None = None,
        tables: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]: ...
    def class_scores(
        self,
        family: Family,
        log_weights: NDArray[np.float64],
        means: NDArray[np.float64],
        factors: NDArray[np.float64],
        class_first: NDArray[np.int64],
        threads: int,
        degrees_of_freedom: NDArray[np.float64] | None = None,
        tables: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]: ...
    def likeliest_classes(
        self,
        family: Family,
        log_weights: NDArray[np.float64],
        means: NDArray[np.float64],
        factors: NDArray[np.float64],
        class_first: NDArray[np.int64],
        threads: int,
        degrees_of_freedom: NDArray[np.float64] | None = None,
        tables: NDArray[np.float64] | None = None,
    ) -> NDArray[np.int64]: ...

def row_pass(
    X: NDArray[Any],
    *,
    centre: NDArray[np.float64],
    scale: NDArray[np.float64],
    order: NDArray[np.int64] | None,
    groups: ArrayLike | Sequence[Sequence[int]],
    group_weights: ArrayLike,
    weights: NDArray[np.float64] | None,
    log_priors: NDArray[np.float64] | None = None,
    component_class: NDArray[np.int64] | None = None,
    cells: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64] | None, int] | None = None,
) -> RowPass: ...

@final
class PatternPass:
    def expectation(
        self,
        family: Family,
        log_weights: NDArray[np.float64],
        means: NDArray[np.float64],
        covariances: NDArray[np.float64],
        factors: NDArray[np.float64],
        threads: int,
        prune: bool = True,
        degrees_of_freedom: NDArray[np.float64] | None = None,
        noise: NDArray[np.float64] | None = None,
        tables: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], int]: ...
    def class_scores(
        self,
        family: Family,
        log_weights: NDArray[np.float64],
        means: NDArray[np.float64],
        covariances: NDArray[np.float64],
        factors: NDArray[np.float64],
        class_first: NDArray[np.int64],
        threads: int,
        degrees_of_freedom: NDArray[np.float64] | None = None,
        tables: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], int]: ...
    def likeliest_classes(
        self,
        family: Family,
        log_weights: NDArray[np.float64],
        means: NDArray[np.float64],
        covariances: NDArray[np.float64],
        factors: NDArray[np.float64],
        class_first: NDArray[np.int64],
        threads: int,
        degrees_of_freedom: NDArray[np.float64] | None = None,
        tables: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.int64], int]: ...

def pattern_pass(
    passes: Sequence[RowPass],
    observed: Sequence[ArrayLike | Sequence[int]],
    features: int,
    incomplete: RowPass | None = None,
) -> PatternPass: ...
def completes_rows(family: Family, features: int) -> bool: ...
def maximize(
    family: Family,
    statistics: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
    *,
    pseudo_count: float,
    target: NDArray[np.float64],
    root: NDArray[np.float64],
    floor: NDArray[np.float64],
    threads: int,
    heavy_tails: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float, int]: ...
def factorise(
    family: Family,
    components: int,
    features: int,
    covariances: NDArray[np.float64],
    *,
    pseudo_count: float,
    target: NDArray[np.float64],
    root: NDArray[np.float64],
    floor: NDArray[np.float64],
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, int]: ...
