"""Whatever the compiled core is called with, it computes or refuses: it never reads or writes what is not its own.

`.ci/run` runs this file with the core built under AddressSanitizer.
"""

from __future__ import annotations

import types

import numpy as np
import pytest

from semigen import _core
from semigen.mixture import families

FAMILIES = list(_core.Family)
HUGE = (2**31, 2**31 - 1, 2**62, 2**63 - 1, -(2**63), -1, 0, 1, 2**40)


def valid_model(rng: np.random.Generator, form: families.Family, m: int, d: int) -> dict:
    covariances = form.expand(form.target(np.ones(d)), m, d)
    return {
        "family": form.core,
        "log_weights": np.full(m, -np.log(m)),
        "means": rng.normal(size=(m, d)),
        "covariances": covariances,
        "factors": covariances.copy(),
    }


def valid_noise(rng: np.random.Generator, d: int) -> np.ndarray | None:
    return rng.normal(size=1 + d) if rng.uniform() < 0.5 else None


def valid_rows(rng: np.random.Generator, n: int, d: int, m: int) -> dict:
    cut = int(rng.integers(0, n + 1))
    unsure = rng.uniform() < 0.3
    return {
        "X": rng.normal(size=(n, d)).astype(rng.choice([np.float32, np.float64])),
        "centre": np.zeros(d),
        "scale": np.ones(d),
        "order": rng.permutation(n) if rng.uniform() < 0.5 else None,
        "groups": np.array([[0, cut, 0, 1, -1, 0], [cut, n, 0, m, 0 if unsure else -1, 1]], dtype=np.int64),
        "group_weights": np.array([1.0, 0.5]),
        "weights": rng.uniform(size=n) if rng.uniform() < 0.5 else None,
        "log_priors": np.zeros((n, m)) if unsure else None,
        "component_class": np.arange(m) if unsure else None,
    }


def mutated(value, rng: np.random.Generator):
    """Something that is almost, or not at all, what was there."""
    choices = [None, "text", 7, -1, 2.5, [], [[]], {}, np.zeros(0), np.zeros((0, 3)), np.array(["a"]), object()]
    if isinstance(value, np.ndarray) and value.size:
        flat = value.copy()
        extreme = rng.choice([np.nan, np.inf, -np.inf, 1e308, -1e308, 1e-320, 0.0])
        if flat.dtype.kind == "f":
            flat.flat[rng.integers(flat.size)] = extreme
        else:
            flat.flat[rng.integers(flat.size)] = HUGE[rng.integers(len(HUGE))]
        choices += [flat] * 12
        choices += [value[:-1], value[1:], np.concatenate([value, value]), value.astype(np.float32), value[::-1]]
        choices += [value.T, value.astype(">f8"), value.astype(object), value.ravel(), value[..., None], value.tolist()]
        choices += [np.broadcast_to(value.flat[0], value.shape), np.ma.masked_array(value)]
        choices.append(np.lib.stride_tricks.as_strided(value, value.shape, (0,) * value.ndim))
    elif isinstance(value, bool | int):
        choices += list(HUGE)
    return choices[rng.integers(len(choices))]


def spoilt(arguments: dict, rng: np.random.Generator, chance: float) -> dict:
    return {name: mutated(value, rng) if rng.uniform() < chance else value for name, value in arguments.items()}


def call_anything(rng: np.random.Generator) -> None:
    family = FAMILIES[rng.integers(len(FAMILIES))]
    n, d, m = int(rng.integers(1, 70)), int(rng.choice([1, 2, 3, 4, 5, 9, 17])), int(rng.integers(1, 5))
    form = families.FAMILIES[family.name].of_rank(int(rng.integers(0, 4)))
    chance = rng.choice([0.0, 0.05, 0.2])
    rows, model = valid_rows(rng, n, d, m), valid_model(rng, form, m, d)
    threads = int(rng.choice([1, 2, 3, -5, 2**31 - 1]))
    prior = {
        "pseudo_count": 1.0,
        "target": form.target(np.ones(d)),
        "root": form.root(form.target(np.ones(d))),
        "floor": form.floor(np.ones(d), 1e-6),
        "threads": threads,
    }
    which = rng.integers(8)
    if which == 0:
        _core.statistics_offsets(*spoilt({"family": family, "m": m, "d": d, "rank": form.rank}, rng, chance).values())
        return
    if which == 1:
        size = _core.statistics_offsets(family, m, d, form.rank)[3]
        arguments = {"family": family, "statistics": rng.uniform(size=size)}
        arguments |= {"means": model["means"], "covariances": model["covariances"]}
        _core.maximize(**spoilt(arguments | prior, rng, chance))
        return
    if which == 2:
        arguments = {"family": family, "components": m, "features": d, "covariances": model["covariances"]}
        _core.factorise(**spoilt(arguments | prior, rng, chance))
        return
    if which == 3:
        function = (_core.exponential, _core.logarithm)[rng.integers(2)]
        function(mutated(rng.normal(size=n), rng))
        return
    passing = _core.row_pass(**spoilt(rows, rng, chance))
    class_first = np.arange(m + 1)
    if which in (4, 5):
        arguments = {name: model[name] for name in ("family", "log_weights", "means", "factors")}
        if which == 4:
            arguments |= {"threads": threads, "prune": bool(m % 2), "noise": valid_noise(rng, d)}
            passing.expectation(**spoilt(arguments, rng, chance))
            return
        free = _core.row_pass(**rows | {"groups": [[0, n, 0, m, -1]], "group_weights": [1.0], "log_priors": None})
        score = (free.class_scores, free.likeliest_classes)[rng.integers(2)]
        score(**spoilt(arguments | {"class_first": class_first, "threads": threads}, rng, chance))
        return
    observed = np.flatnonzero(rng.uniform(size=d) < 0.6)
    some = valid_rows(rng, n, max(1, len(observed)), m)
    few = _core.row_pass(**some)
    patterns = {"passes": [passing, few], "observed": [np.arange(d), observed], "features": d}
    if rng.uniform() < 0.2:
        patterns["passes"] = [passing, None, few][: rng.integers(0, 4)]
    both = _core.pattern_pass(**spoilt(patterns, rng, chance / 2))
    arguments = model | {"threads": threads}
    if which == 6:
        both.expectation(**spoilt(arguments | {"prune": True, "noise": valid_noise(rng, d)}, rng, chance))
    else:
        score = (both.class_scores, both.likeliest_classes)[rng.integers(2)]
        score(**spoilt(arguments | {"class_first": class_first}, rng, chance))


@pytest.mark.fuzz(examples=3000)
def test_the_core_computes_or_refuses(fuzz_seeds):
    computed = 0
    for seed in fuzz_seeds:
        try:
            call_anything(np.random.default_rng(seed))
        except (ValueError, TypeError):
            continue
        computed += 1
    assert computed > len(fuzz_seeds) / 5 or len(fuzz_seeds) < 20


@pytest.mark.parametrize("name", ["RowPass", "PatternPass", "Cancellation"])
def test_an_object_that_was_never_made_cannot_be_had(name):
    kind = getattr(_core, name)
    with pytest.raises(TypeError):
        kind()
    with pytest.raises(TypeError):
        kind.__new__(kind)
    with pytest.raises(TypeError):
        kind.__mro__[1].__new__(kind)
    with pytest.raises(TypeError):
        types.new_class("Derived", (kind,))


def test_patterns_need_rows():
    with pytest.raises(ValueError, match="every pattern needs its rows"):
        _core.pattern_pass([None], [[0]], 1)


def test_a_group_cannot_point_beyond_its_log_priors_however_large_the_number():
    rows = {"X": np.zeros((3, 1)), "centre": [0.0], "scale": [1.0], "order": None, "weights": None}
    given = {"log_priors": np.zeros((3, 1)), "component_class": [0], "group_weights": [1.0]}
    _core.row_pass(**rows, **given, groups=[[0, 3, 0, 1, 0]])
    with pytest.raises(ValueError, match="outside log_priors"):
        _core.row_pass(**rows, **given, groups=[[0, 3, 0, 1, 2**63 - 1]])


def test_rows_without_columns_are_refused():
    rows = {"X": np.zeros((3, 0)), "centre": [], "scale": [], "order": None, "weights": None}
    with pytest.raises(ValueError, match="must have a column"):
        _core.row_pass(**rows, groups=[[0, 3, 0, 1, -1]], group_weights=[1.0])


def test_a_capsule_of_somebody_else_is_no_table_of_blas():
    import datetime

    with pytest.raises(ValueError, match=r"semigen\._blas"):
        _core.install_blas(datetime.datetime_CAPI)
