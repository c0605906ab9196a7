"""The command that fills the GPU columns: it ends in time, and keeps what was measured."""

from __future__ import annotations

import itertools
import json
import sys
import time

import pytest

from bench.gpu import ROWS, Task, run_all, tasks


def python(name: str, code: str, limit: float = 30) -> Task:
    return Task(name, [sys.executable, "-c", code], limit)


QUICK = python("quick", "print('  m2, 100 labels, split 0: 5.25 %, 12 s')")
SLOW = python("slow", "print('begun', flush=True); import time; time.sleep(60)", limit=2)
BROKEN = python("broken", "raise SystemExit('no such device')")


def test_what_was_measured_stays_when_later_tasks_fail_or_are_cut_off(tmp_path):
    run_all(iter([QUICK, BROKEN, SLOW, QUICK]), time.perf_counter() + 60, tmp_path, {"on": "CPU"})
    written = json.loads((tmp_path / "gpu.json").read_text())
    assert [each["status"] for each in written["outcomes"]] == ["done", "failed", "cut off", "done"]
    assert [each["error"] for each in written["outcomes"]] == [5.25, None, None, 5.25]
    assert written["outcomes"][1]["last_line"] == "no such device"
    table = (tmp_path / "gpu.md").read_text()
    assert "| quick | 5.25 ± 0.00 | 5.25, 5.25 | 12 |" in table
    assert "| slow | – |  | – | cut off" in table
    assert {each.name for each in tmp_path.iterdir()} == {"gpu.json", "gpu.md"}


def test_nothing_begins_that_could_not_be_written_down(tmp_path):
    assert run_all(iter([QUICK]), time.perf_counter() + 8, tmp_path, {}) == []


def test_it_gives_up_where_nothing_works(tmp_path):
    outcomes = run_all(itertools.repeat(BROKEN), time.perf_counter() + 600, tmp_path, {})
    assert len(outcomes) == len(ROWS) + 1


@pytest.mark.parametrize("split", [0, 1])
def test_every_row_has_its_turn_in_every_round(split):
    first = 1 + split * len(ROWS)
    of_round = list(itertools.islice(tasks("cuda", "data"), first, first + len(ROWS)))
    assert [each.name for each in of_round] == [f"{model}, {labels} labels" for model, labels, _ in ROWS]
    assert all(each.command[each.command.index("--first-split") + 1] == str(split) for each in of_round)
