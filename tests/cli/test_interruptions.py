"""Ctrl-C, SIGTERM and a closed terminal: the command ends at once, in one line, and leaves no file half written."""

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

ENDINGS = [
    (signal.SIGINT, 130, "semigen: interrupted\n"),
    (signal.SIGTERM, 143, "semigen: told to end\n"),
    (signal.SIGHUP, 129, "semigen: the terminal was closed\n"),
]
WRITING = """
import sys, time
from pathlib import Path
from semigen import cli
from semigen._files import replacing

def run():
    with replacing(Path(sys.argv[1])) as file:
        file.write(b"half of it")
        print("begun", flush=True)
        while True:
            try:
                time.sleep(60)
            except BaseException:
                print("went on", flush=True)

cli.run = run
cli.main()
"""
IMPORTING = """
import sys, time

class Slow:
    def find_spec(self, name, *_):
        if name == "typer.core":
            print("begun", flush=True)
            try:
                time.sleep(60)
            except BaseException as error:
                raise ImportError("as an extension module says whose import is interrupted") from error

sys.meta_path.insert(0, Slow())
sys.argv = ["semigen", "info"]
from semigen.cli import main
main()
"""


@contextmanager
def begun(script, *arguments, ignored=(), **options):
    """A process that has printed that it has begun; killed after the block."""

    def prepare():
        # Where the tests were started in the background, Ctrl-C would be ignored.
        for number, _, _ in ENDINGS:
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "preexec_fn": prepare} | options
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, text=True, **given) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "code", "says"), ENDINGS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_ends_the_command_in_the_middle_of_a_write(number, code, says, times, tmp_path):
    (tmp_path / "out").write_bytes(b"old")
    with begun(WRITING, tmp_path / "out") as process:
        for _ in range(times):
            process.send_signal(number)
        printed, errors = process.communicate(timeout=30)
    assert (process.returncode, printed, errors) == (code, "", says)
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out").read_bytes() == b"old"


@pytest.mark.parametrize(("number", "code", "says"), ENDINGS)
def test_a_signal_ends_the_command_in_the_middle_of_an_import(number, code, says):
    with begun(IMPORTING) as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (code, says)


@pytest.mark.parametrize("ignored", [signal.SIGINT, signal.SIGHUP])
def test_what_was_ignored_when_the_command_was_started_stays_ignored(ignored, tmp_path):
    with begun(WRITING, tmp_path / "out", ignored=[ignored]) as process:
        process.send_signal(ignored)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143


@pytest.mark.parametrize(("number", "code", "says"), ENDINGS)
def test_what_is_done_is_done(number, code, says):
    script = (
        "import atexit, time\n"
        "from semigen import cli\n"
        "atexit.register(lambda: (print('begun', flush=True), time.sleep(0.5)))\n"
        "cli.run = lambda: None\n"
        "cli.main()"
    )
    with begun(script) as process:
        process.send_signal(number)
        assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_a_terminal_gets_its_cursor_back(tmp_path):
    ours, theirs = pty.openpty()
    with begun(WRITING, tmp_path / "out", stderr=theirs) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert b"\x1b[?25h" in os.read(ours, 1000)
    os.close(ours)
    os.close(theirs)


def test_nobody_need_read_that_the_command_was_interrupted(tmp_path):
    reading, writing = os.pipe()
    with begun(WRITING, tmp_path / "out", stderr=writing) as process:
        os.close(reading)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    os.close(writing)
    assert os.listdir(tmp_path) == []
