"""What the fuzzers share: as many examples as were asked for, and a failure that says how its example runs again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

CONFTEST = "from tests.conftest import pytest_addoption\nfrom tests.fuzz.conftest import *\n"
FUZZER = """
import pytest

@pytest.mark.fuzz(examples=3)
def test_fuzzer(fuzz_seeds):
    seen = []
    for seed in fuzz_seeds:
        assert seed != 7
        seen.append(seed)
    print("seen", seen, len(fuzz_seeds))

def test_without_a_mark(fuzz_examples):
    print("asked for", fuzz_examples)
"""


# Runs of pytest in one process, as most of the time of each would be spent on imports.
RUNS = """
import pytest
common = ["-q", "-rP", "-p", "no:cacheprovider"]
pytest.main(common)
print("== more examples")
pytest.main([*common, "--fuzz-examples", "20"])
for seed in ("7", "8"):
    print("== seed", seed)
    pytest.main([*common, "test_it.py::test_fuzzer", "--fuzz-seed", seed, "--fuzz-examples", "1"])
"""


def test_a_failing_example_is_named_with_the_options_that_run_it_again(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = fuzz\n")
    (tmp_path / "test_it.py").write_text(FUZZER)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", RUNS]
    printed = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False).stdout
    usual, long, seventh, eighth = re.split("^== .*$", printed, flags=re.MULTILINE)
    assert "seen [0, 1, 2] 3" in usual
    assert "asked for 100" in usual
    assert "asked for 20" in long
    again = "pytest 'test_it.py::test_fuzzer' --fuzz-seed 7 --fuzz-examples 1"
    said = f"The example of seed 7 failed; run it again: {again}"
    assert said in long
    assert said in seventh
    assert "1 passed" in eighth
