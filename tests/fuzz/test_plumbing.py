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


def run(folder: Path, *options: str) -> str:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = fuzz\n")
    (folder / "test_it.py").write_text(FUZZER)
    command = [sys.executable, "-m", "pytest", "-q", "-rP", "-p", "no:cacheprovider", *options]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False).stdout


def test_a_failing_example_is_named_with_the_options_that_run_it_again(tmp_path):
    usual = run(tmp_path)
    assert "seen [0, 1, 2] 3" in usual
    assert "asked for 100" in usual
    long = run(tmp_path, "--fuzz-examples", "20")
    assert "asked for 20" in long
    again = re.search(r"The example of seed 7 failed; run it again: pytest '(\S+)' (.*)", long)
    assert again is not None
    assert "The example of seed 7 failed" in run(tmp_path, again[1], *again[2].split())
    assert "1 passed" in run(tmp_path, again[1], *again[2].replace("7", "8").split())
