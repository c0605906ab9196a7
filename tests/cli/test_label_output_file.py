"""`semigen label`: the output is written whole or not at all, whatever stops the command."""

import os
import resource
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest

from tests.cli.commands import COMMAND, one_line, run, two_clouds, write_csv


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_failure_while_writing_leaves_the_old_file_and_no_other(csv_file, tmp_path, monkeypatch, failure, name):
    result_file = tmp_path / name
    result_file.write_text("old")

    def fail(self, file, **_):
        file.write(b"half of it")
        raise failure

    monkeypatch.setattr(pl.DataFrame, "write_csv", fail)
    monkeypatch.setattr(pl.DataFrame, "write_parquet", fail)
    result = run("label", csv_file, "-t", "kind", "-o", result_file, "-q")
    if isinstance(failure, OSError):
        one_line(result, "No space left on device")
    else:
        assert result.exit_code == 130
    assert result_file.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["in.csv", name]


def test_an_existing_file_is_replaced_and_keeps_its_permissions(csv_file, out):
    out.write_text("old")
    out.chmod(0o640)
    assert run("label", csv_file, "-t", "kind", "-o", out).exit_code == 0
    assert "kind_predicted" in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_new_file_follows_the_umask(csv_file, out):
    before = os.umask(0o027)
    try:
        assert run("label", csv_file, "-t", "kind", "-o", out).exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_link_stays_a_link(csv_file, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    assert run("label", csv_file, "-t", "kind", "-o", link).exit_code == 0
    assert link.is_symlink()
    assert "kind_predicted" in real.read_text()


def test_exit_codes_of_the_real_command(csv_file, tmp_path, out):
    def code(*arguments):
        finished = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert "Traceback" not in finished.stderr
        return finished.returncode

    assert code("label", csv_file, "-t", "kind", "-o", out, "-m", "mixture") == 0
    assert code("label", tmp_path / "none.csv", "-t", "kind", "-o", out) == 1
    assert code("label", csv_file, "-o", out) == 2


def test_a_disk_that_fills_up_leaves_nothing(tmp_path, out):
    n = 2000
    columns = {name: two_clouds(n, blank="")[0][:, 0] for name in "xy"}
    columns["y"] = columns["y"] + np.random.default_rng(3).normal(size=n)
    source = write_csv(tmp_path / "in.csv", **columns, kind=two_clouds(n, blank="")[1])
    finished = subprocess.run(
        [*COMMAND, "label", source, "-m", "mixture", "-t", "kind", "-o", out, "-q"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384)),
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("semigen: error: cannot write")
    assert finished.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == ["in.csv"]


def test_control_c_exits_with_130_and_leaves_nothing(csv_file, tmp_path, out):
    script = (
        "import sys, time\n"
        "from semigen.cli import table_input as inputs\n"
        "def slow(*_):\n"
        "    print('reading', flush=True)\n"
        "    time.sleep(60)\n"
        "inputs.read_labelled = slow\n"
        "from semigen.cli import main\n"
        "main()\n"
    )
    arguments = ["label", str(csv_file), "-m", "mixture", "-t", "kind", "-o", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "reading\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full", "2> >(true)"])
def test_a_job_does_not_fail_because_nobody_reads_its_progress(csv_file, out, closing):
    command = " ".join([*COMMAND, "label", str(csv_file), "-m", "mixture", "-t", "kind", "-o", str(out), closing])
    assert subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL).returncode == 0
    assert out.exists()


def test_a_name_that_is_no_text_is_a_name(csv_file, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.csv")
    os.rename(csv_file, odd)
    target = tmp_path / "out.csv"
    result = subprocess.run(
        [*COMMAND, "label", odd, "-m", "mixture", "-t", "kind", "-o", str(target)], capture_output=True
    )
    assert result.returncode == 0, result.stderr
    assert target.exists()
