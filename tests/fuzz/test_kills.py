"""Signals at random moments of the command: a whole output or none, nothing left beside it, and the exit code of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import run

COMMAND = [sys.executable, "-m", "semigen.cli"]
# Of each subcommand: what is typed, the file that it writes, and how often it is tried.
TYPED = {
    "label": (["label", "in.csv", "-t", "kind", "-o", "out.csv", "-m", "mixture"], "out.csv", 0.4),
    "auto": (["label", "in.csv", "-t", "kind", "-o", "out.csv", "-m", "auto", "-b", "1"], "out.csv", 0.15),
    "recommend": (["recommend", "in.csv", "-t", "kind", "-b", "1", "-r", "page.html"], "page.html", 0.25),
    "demo": (["demo", "-n", "3", "-p", "demo.png"], "demo.png", 0.15),
    "info": (["info"], "", 0.05),
}
# A file of each kind that was cut off does not end so.
ENDS = {".csv": b"\n", ".html": b"</html>\n", ".png": b"IEND\xaeB`\x82", "": b""}


@pytest.fixture
def folder(tmp_path):
    """A folder with a table that takes some time to write."""
    rng = np.random.default_rng(0)
    k = np.arange(20_000) % 2
    x = rng.normal(size=(len(k), 3)) + 3 * k[:, None]
    kinds = [("cat", "dog")[each] if i < 40 else "" for i, each in enumerate(k)]
    lines = ["x,y,z,kind", *(f"{a:.4f},{b:.4f},{c:.4f},{kind}" for (a, b, c), kind in zip(x, kinds, strict=True))]
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


class Running:
    """A command in a process of its own, that answers signals already."""

    def __init__(self, typed: list[str], folder: Path):
        # Where the tests were started in the background, Ctrl-C would be ignored.
        self.process = subprocess.Popen(
            [*COMMAND, *typed],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        while self.process.poll() is None and not self._answers():
            time.sleep(0.0005)
        self.began = time.perf_counter()

    def _answers(self) -> bool:
        """Whether the process has a handler for SIGTERM, as it has before it does anything."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return True
        caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), "0")
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if the process is still there."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def ended(self) -> tuple[int, str]:
        """Exit code and standard error."""
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors.decode()


class Moments:
    """Random moments in the life of a command: how long it takes is learnt from those that ended before."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(TYPED, 3.0)

    def wait(self, rng: np.random.Generator, name: str, running: Running, folder: Path) -> None:
        """Wait for a moment: any, or one at which a file is being written."""
        until = running.began + rng.uniform(0, self.seconds[name])
        if rng.random() < 0.4:
            until = running.began + 60
            while running.process.poll() is None and not list(folder.glob(".semigen-*.part")):
                time.sleep(0.0005)
            until = time.perf_counter() + rng.uniform(0, 0.02)
        while running.process.poll() is None and time.perf_counter() < until:
            time.sleep(0.001)
        if running.process.poll() is None:
            # It may take longer than was thought.
            self.seconds[name] *= 1.05
        else:
            self.seconds[name] = time.perf_counter() - running.began


def check(folder: Path, out: str, code: int, errors: str) -> None:
    """A file that is whole or not there, nothing else, and no traceback."""
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert all(line.startswith("semigen: ") for line in errors.splitlines())
    written = sorted(set(os.listdir(folder)) - {"in.csv"})
    assert written in ([], [out])
    if code == 0 and out:
        assert written == [out]
    if written:
        content = (folder / out).read_bytes()
        assert content.endswith(ENDS[Path(out).suffix])
        assert out != "out.csv" or content.count(b"\n") == 20_001
        (folder / out).unlink()


@pytest.mark.fuzz(examples=1)
@pytest.mark.parametrize(
    ("number", "ending", "says"),
    [(signal.SIGINT, 130, "semigen: interrupted"), (signal.SIGTERM, 143, "semigen: told to end")],
)
def test_a_command_that_is_told_to_end_leaves_nothing_behind(number, ending, says, fuzz_seeds, folder):
    moments = Moments()
    for seed in fuzz_seeds:
        rng = np.random.default_rng(seed)
        name = str(rng.choice(list(TYPED), p=[share for *_, share in TYPED.values()]))
        typed, out, _ = TYPED[name]
        running = Running(typed, folder)
        moments.wait(rng, name, running, folder)
        running.send(number)
        if rng.random() < 0.5:
            # Pressed twice.
            time.sleep(rng.uniform(0, 0.01))
            running.send(number)
        code, errors = running.ended()
        assert code in (0, ending), errors
        if code == ending:
            assert errors.splitlines()[-1] == says
        check(folder, out, code, errors)


@pytest.mark.fuzz(examples=2)
def test_what_a_killed_command_leaves_is_removed_by_the_next_one(fuzz_seeds, folder):
    moments = Moments()
    left = 0
    for seed in fuzz_seeds:
        rng = np.random.default_rng(seed)
        typed, out, _ = TYPED["label"]
        running = Running(typed, folder)
        moments.wait(rng, "label", running, folder)
        running.send(signal.SIGKILL)
        code, _ = running.ended()
        assert code in (0, -signal.SIGKILL)
        parts = list(folder.glob(".semigen-*.part"))
        assert len(parts) <= 1
        left += len(parts)
        if (folder / out).exists():
            assert (folder / out).read_bytes().count(b"\n") == 20_001
        assert run("label", folder / "in.csv", "-t", "kind", "-o", folder / "again.csv").exit_code == 0
        (folder / "again.csv").unlink()
        check(folder, out, 1, "")
    # Otherwise nothing was tested.
    assert left or len(fuzz_seeds) < 10
