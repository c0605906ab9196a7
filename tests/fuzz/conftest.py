"""What all fuzzers share: how many examples they try, and the seed of the one that failed.

A fuzzer is a test that makes one example from each seed::

    @pytest.mark.fuzz(examples=50)  # 100 without the mark
    def test_something(fuzz_seeds):
        for seed in fuzz_seeds:
            rng = np.random.default_rng(seed)
            ...

``pytest tests/fuzz --fuzz-examples 20000`` tries more; a failure says with which options its example runs again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

# Examples of a fuzzer that has no mark.
EXAMPLES = 100


class Seeds:
    """The seeds of a fuzzer's examples, one after the other; remembers which one is at work."""

    def __init__(self, first: int, examples: int):
        self._seeds = range(first, first + examples)
        self.current: int | None = None

    def __len__(self) -> int:
        return len(self._seeds)

    def __iter__(self) -> Iterator[int]:
        for seed in self._seeds:
            self.current = seed
            yield seed
        self.current = None


_SEEDS = pytest.StashKey[Seeds]()


@pytest.fixture
def fuzz_examples(request: pytest.FixtureRequest) -> int:
    """Examples that this fuzzer should try."""
    asked = request.config.getoption("--fuzz-examples")
    if asked is not None:
        return asked
    mark = request.node.get_closest_marker("fuzz")
    return EXAMPLES if mark is None else mark.kwargs["examples"]


@pytest.fixture
def fuzz_seeds(request: pytest.FixtureRequest, fuzz_examples: int) -> Seeds:
    """A seed for each example; the test's report names the one that failed."""
    seeds = Seeds(request.config.getoption("--fuzz-seed"), fuzz_examples)
    request.node.stash[_SEEDS] = seeds
    return seeds


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Networks of a few units are quicker on one thread."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    seeds = item.stash.get(_SEEDS, None)
    if report.when == "call" and report.failed and seeds is not None and seeds.current is not None:
        again = f"pytest '{item.nodeid}' --fuzz-seed {seeds.current} --fuzz-examples 1"
        report.sections.append(("fuzz", f"The example of seed {seeds.current} failed; run it again: {again}"))
    return report
