"""Fill every GPU column of bench/README.md in one command that ends in time.

    python -m bench.gpu --data DIR [--minutes 9] [--device cuda] [--out DIR]

First come the tests that need a CUDA device and are skipped elsewhere, then one split of every row of the tables of
MNIST whose GPU column is empty, the row that is worth most first, then a second split of each, and so on while time is
left. Each runs in a process of its own with a limit of its own. After each, gpu.json and gpu.md in the output folder
are replaced as a whole, so that whatever was measured stays if the machine is taken away.

torch, numpy, scipy, scikit-learn and a built core (src/semigen/_core*.so, which a machine with a compiler has made) are
needed; tqdm and safetensors may lie in a folder of PYTHONPATH. What is missing is said, and what needs it is left out.
With ``--device cpu --minutes 1`` it shows on any machine that it ends in time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import numpy as np

# Rows of the tables of MNIST: a model, labels, and the seconds that a fit may take on a GPU.
ROWS = (
    ("m1+m2", 100, 200),
    ("gan", 100, 260),
    ("m2", 100, 140),
    ("m1+gmm", 100, 90),
    ("m1+m2", 1000, 200),
    ("flow", 1000, 240),
    ("sdgm", 100, 600),
    ("gan", 50, 260),
    ("gan", 200, 260),
    ("gan", 20, 260),
)
# Seconds that are kept for writing, and for a process to end.
_RESERVE = 5.0
_SPLIT = re.compile(r"split \d+: ([\d.]+) %, (\d+) s")


@dataclass(frozen=True)
class Task:
    """A command, and the seconds that it may take."""

    name: str
    command: Sequence[str]
    limit: float


@dataclass(frozen=True)
class Outcome:
    """What came of a task: "done", "failed", or "cut off"; the last line that it printed, and what it measured."""

    name: str
    status: str
    seconds: float
    last_line: str
    error: float | None = None
    fit_seconds: float | None = None


def tasks(device: str, data: str | None) -> Iterator[Task]:
    """Yield what there is to run, in the order of worth, without end."""
    python = sys.executable
    yield Task("tests that need CUDA", [python, "-m", "pytest", "-q", "-rs", "tests/deep/training/test_graphs.py"], 120)
    for split in count():
        for model, labels, limit in ROWS:
            command = [python, "-m", "bench.accuracy.mnist", "--models", model, "--labels", str(labels)]
            command += ["--splits", "1", "--first-split", str(split), "--device", device]
            yield Task(f"{model}, {labels} labels", [*command, *(["--data", data] if data else [])], limit)


def run(task: Task, seconds: float) -> Outcome:
    """Run a task for so many seconds at most; it is ended with all that it started."""
    began = time.perf_counter()
    process = subprocess.Popen(
        task.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        printed, _ = process.communicate(timeout=seconds)
        status = "done" if process.returncode == 0 else "failed"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
        status = "cut off"
    except BaseException:
        # Told to end: what it has started would keep the device.
        os.killpg(process.pid, signal.SIGKILL)
        raise
    found = _SPLIT.findall(printed or "")
    error, fit_seconds = map(float, found[-1]) if found else (None, None)
    lines = (printed or "").strip().splitlines()
    last = lines[-1] if lines else ""
    return Outcome(task.name, status, round(time.perf_counter() - began, 1), last, error, fit_seconds)


def run_all(every: Iterator[Task], deadline: float, out: Path, about: dict[str, str]) -> list[Outcome]:
    """Run tasks until time is up or none of a round could be done, and write what is known after each."""
    outcomes: list[Outcome] = []
    failures = 0
    for task in every:
        left = deadline - time.perf_counter() - _RESERVE
        if left < _RESERVE or failures > len(ROWS):
            break
        print(f"{task.name} ({min(task.limit, left):.0f} s at most)", flush=True)
        outcomes.append(run(task, min(task.limit, left)))
        failures = 0 if outcomes[-1].status == "done" else failures + 1
        print(f"  {outcomes[-1].status} in {outcomes[-1].seconds:.0f} s: {outcomes[-1].last_line}", flush=True)
        replace(out / "gpu.json", json.dumps({**about, "outcomes": [asdict(each) for each in outcomes]}, indent=1))
        replace(out / "gpu.md", table(outcomes, about))
    return outcomes


def table(outcomes: Sequence[Outcome], about: dict[str, str]) -> str:
    """Return what was measured in Markdown."""
    lines = [", ".join(f"{name} {value}" for name, value in about.items()), ""]
    lines += ["| task | error, % | each | seconds a fit | runs |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(each.name for each in outcomes):
        of_name = [each for each in outcomes if each.name == name]
        errors = [each.error for each in of_name if each.error is not None]
        seconds = [each.fit_seconds for each in of_name if each.fit_seconds is not None]
        spread = f" ± {np.std(errors, ddof=1):.2f}" if len(errors) > 1 else ""
        mean = f"{np.mean(errors):.2f}{spread}" if errors else "–"
        runs = ", ".join(f"{each.status} ({each.seconds:.0f} s)" for each in of_name)
        each_error = ", ".join(f"{error:.2f}" for error in errors)
        lines.append(f"| {name} | {mean} | {each_error} | {f'{np.mean(seconds):.0f}' if seconds else '–'} | {runs} |")
    return "\n".join([*lines, ""])


def replace(path: Path, text: str) -> None:
    """Write a file as a whole."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text)
    unfinished.replace(path)


def what_is_here(device: str) -> dict[str, str]:
    """Return the versions and the device.

    Raises
    ------
    SystemExit
        If torch, the device or semigen is not there; says what to do.
    """
    try:
        import torch
    except ImportError:
        raise SystemExit("torch is not installed, and everything here needs it") from None
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch sees no CUDA device; --device cpu tries the command without one")
    tried = subprocess.run([sys.executable, "-c", "import semigen.deep"], capture_output=True, text=True)
    if tried.returncode:
        last = tried.stderr.strip().splitlines()[-1]
        raise SystemExit(
            f"semigen cannot be imported ({last}). It needs its core, src/semigen/_core*.so and _blas*.so, built for "
            "this Python on a machine with a compiler, PYTHONPATH=src, and tqdm and safetensors."
        )
    where = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    return {"torch": torch.__version__, "numpy": np.__version__, "python": sys.version.split()[0], "on": where}


def main() -> None:
    began = time.perf_counter()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("SEMIGEN_DATA"), help="folder with mnist/ in it")
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--out", type=Path, default=Path())
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if given.data and not (Path(given.data) / "mnist").is_dir():
        raise SystemExit(f"there is no folder mnist in {given.data}, which most of this needs")
    about = what_is_here(given.device)
    given.out.mkdir(parents=True, exist_ok=True)
    run_all(tasks(given.device, given.data), began + 60 * given.minutes, given.out, about)
    print((given.out / "gpu.md").read_text() if (given.out / "gpu.md").exists() else "nothing ran: too little time")


if __name__ == "__main__":
    main()
