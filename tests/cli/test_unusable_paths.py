"""Paths at which nothing can be read or written: each is refused in a sentence, before anything is computed."""

import errno
import os
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from semigen.cli import compare_digits as demo_module
from tests.cli.commands import one_line, run, write_csv


@pytest.fixture
def folder(tmp_path):
    """A folder with a table, and with what is no file."""
    write_csv(tmp_path / "in.csv")
    for suffix in (".csv", ".html", ".png"):
        (tmp_path / f"loop{suffix}").symlink_to(tmp_path / f"pool{suffix}")
        (tmp_path / f"pool{suffix}").symlink_to(tmp_path / f"loop{suffix}")
        (tmp_path / f"folder{suffix}").mkdir()
        os.mkfifo(tmp_path / f"pipe{suffix}")
        (tmp_path / f"device{suffix}").symlink_to("/dev/zero")
    return tmp_path


READ = {
    "loop": "it is a symbolic link that leads back to itself",
    "folder": "it is a directory",
    "pipe": "it is no ordinary file",
    "device": "it is no ordinary file",
    "n" * 300: "File name too long",
    "in.csv/x": "Not a directory",
    "absent": "there is no file",
}
WRITTEN = READ | {
    "in.csv/x": "there is no directory",
    "absent/x": "there is no directory",
    "loop.csv/x": "leads back to itself",
}
del WRITTEN["absent"]


@pytest.mark.parametrize("name", READ, ids=lambda name: name[:20])
@pytest.mark.parametrize("subcommand", ["label", "recommend"])
def test_a_table_that_cannot_be_read(subcommand, name, folder):
    before = sorted(os.listdir(folder))
    options = {"label": ["-o", folder / "out.csv"], "recommend": ["-r", folder / "page.html"]}[subcommand]
    one_line(run(subcommand, folder / f"{name}.csv", "-t", "kind", *options), READ[name])
    assert sorted(os.listdir(folder)) == before


def writing(folder, name):
    """Commands that should write a file of this name, but for its suffix."""
    table, out = folder / "in.csv", folder / "out.csv"
    return [
        ["label", table, "-t", "kind", "-m", "mixture", "-o", folder / f"{name}.csv"],
        ["label", table, "-t", "kind", "-o", out, "-m", "auto", "-r", folder / f"{name}.html"],
        ["recommend", table, "-t", "kind", "-r", folder / f"{name}.html"],
        ["demo", "-p", folder / f"{name}.png"],
    ]


@pytest.mark.parametrize("name", WRITTEN, ids=lambda name: name[:20])
def test_a_file_that_cannot_be_written(name, folder, monkeypatch):
    monkeypatch.setattr(demo_module, "split_digits", lambda *_: pytest.fail("computed"))
    monkeypatch.setattr("semigen.recommend", lambda *_, **__: pytest.fail("computed"))
    before = sorted(os.listdir(folder))
    for typed in writing(folder, name):
        one_line(run(*typed), "cannot write", WRITTEN[name])
    assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize(
    "failure", [PermissionError(errno.EACCES, "Permission denied"), OSError(errno.EROFS, "Read-only")]
)
def test_a_folder_in_which_nobody_may_write(failure, folder, monkeypatch):
    opened = os.open

    def refuse(path, flags, *more, **options):
        if flags & os.O_CREAT:
            raise failure
        return opened(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", refuse)
    for typed in writing(folder, "new"):
        one_line(run(*typed), "cannot write", failure.strerror)


def test_a_report_is_not_written_over_the_table_under_another_name(folder):
    table = folder / "in.csv"
    (folder / "link.html").symlink_to(table)
    (folder / "twin.html").hardlink_to(table)
    before = table.read_bytes()
    for name in ("link.html", "twin.html"):
        one_line(run("recommend", table, "-t", "kind", "-r", folder / name), "another file of this command")
    assert table.read_bytes() == before


def test_a_picture_that_the_disk_has_no_room_for_leaves_nothing(folder, monkeypatch):
    def fail(self, file, **_):
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    before = sorted(os.listdir(folder))
    one_line(run("demo", "-n", 2, "-q", "-p", folder / "new.png"), "cannot write", "No space left on device")
    assert sorted(os.listdir(folder)) == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize("typed", ["info", "--version", "--help", "label --help"])
def test_a_standard_output_that_is_full_is_a_refusal(typed):
    command = f"{sys.executable} -m semigen.cli {typed} > /dev/full"
    finished = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert finished.stderr == "semigen: error: No space left on device\n"
