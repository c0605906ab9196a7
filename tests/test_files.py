"""Files are written whole or not at all, and what killed processes have left is removed, but nothing that lives."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from semigen import _files as files
from semigen._files import are_same_file, check_file, check_place, remove_unfinished, replacing

needs_boot_id = pytest.mark.skipif(not files._this_boot(), reason="the system does not tell when it was started")
WRITE = "import sys, time; from pathlib import Path; from semigen._files import replacing\n"
BEGIN = WRITE + "with replacing(Path(sys.argv[1])) as file: print('begun', flush=True); time.sleep(60)"


@contextmanager
def begun(out):
    """A process that has begun to write a file, and is killed after the block."""
    with subprocess.Popen([sys.executable, "-c", BEGIN, str(out)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            yield
        finally:
            process.kill()


def write(out, content=b"x"):
    with replacing(out) as file:
        file.write(content)


def test_what_is_being_written_is_not_yet_under_the_name(tmp_path):
    path = tmp_path / "file"
    with replacing(path) as file:
        file.write(b"x")
        assert not path.exists()
    assert path.read_bytes() == b"x"


# What killed processes have left -----------------------------------------------------------------------------------


@needs_boot_id
def test_the_next_write_removes_what_a_killed_process_has_left(tmp_path):
    with begun(tmp_path / "a"):
        pass
    assert len(os.listdir(tmp_path)) == 1
    write(tmp_path / "b")
    assert os.listdir(tmp_path) == ["b"]


@needs_boot_id
def test_checking_a_place_removes_it_too(tmp_path):
    with begun(tmp_path / "a"):
        pass
    check_place(tmp_path / "b")
    assert os.listdir(tmp_path) == []


def test_what_a_living_process_writes_is_left_alone(tmp_path):
    with begun(tmp_path / "a"):
        before = os.listdir(tmp_path)
        write(tmp_path / "b")
        with replacing(tmp_path / "c"):
            write(tmp_path / "d")
        assert sorted(os.listdir(tmp_path)) == sorted([*before, "b", "c", "d"])


@needs_boot_id
@pytest.mark.parametrize("name", [".semigen-3e8a8690-0000-0000-0000-b32399c1c96f-0a.part", ".semigen-unlocked-0a.part"])
def test_parts_of_another_machine_and_parts_without_locks_are_left_alone(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    write(tmp_path / "a")
    assert sorted(os.listdir(tmp_path)) == [name, "a"]


@needs_boot_id
def test_links_pipes_folders_and_files_of_others_are_left_alone(tmp_path, monkeypatch):
    names = [f".semigen-{files._this_boot()}-{i}.part" for i in range(4)]
    (tmp_path / "real").write_bytes(b"mine")
    (tmp_path / names[0]).symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / names[1])
    (tmp_path / names[2]).mkdir()
    write(tmp_path / "a")
    (tmp_path / names[3]).write_bytes(b"theirs")
    theirs = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: theirs)
    write(tmp_path / "a")
    assert sorted(os.listdir(tmp_path)) == sorted([*names, "a", "real"])


@pytest.mark.parametrize("failure", [OSError(errno.ENOLCK, "No locks available"), BlockingIOError()])
def test_a_file_is_written_where_there_are_no_locks_and_is_not_taken_for_stale(tmp_path, monkeypatch, failure):
    def fail(*_):
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", fail)
        with replacing(tmp_path / "a") as file:
            patched.undo()
            file.write(b"x")
            write(tmp_path / "b")
            assert len(os.listdir(tmp_path)) == 2
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == b"x"


@needs_boot_id
def test_who_looks_just_before_the_lock_does_not_take_the_file_away(tmp_path, monkeypatch):
    lock = files._locked

    def late(descriptor):
        monkeypatch.setattr(files, "_locked", lock)
        files._remove_stale_parts(tmp_path)
        return lock(descriptor)

    monkeypatch.setattr(files, "_locked", late)
    write(tmp_path / "a")
    assert os.listdir(tmp_path) == ["a"]


def test_what_is_unfinished_can_be_removed_at_any_moment(tmp_path):
    at_once = replacing(tmp_path / "a")
    at_once.__enter__()
    assert len(os.listdir(tmp_path)) == 1
    remove_unfinished()
    assert os.listdir(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        at_once.__exit__(None, None, None)
    assert os.listdir(tmp_path) == []


def test_importing_semigen_handles_no_signal():
    script = (
        "import signal, semigen, semigen.cli, semigen._files, semigen.cli.application, semigen.deep\n"
        "handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]\n"
        "assert handlers == [signal.default_int_handler, signal.SIG_DFL, signal.SIG_DFL], handlers"
    )

    def restore() -> None:
        """Where the tests were started in the background, or by nohup, some signals would be ignored."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    assert subprocess.run([sys.executable, "-c", script], check=False, preexec_fn=restore).returncode == 0


# Places where no file can be written or read -----------------------------------------------------------------------


def places(folder):
    """Paths at which no file can be written, and what is wrong with each."""
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    (folder / "folder").mkdir()
    (folder / "file").write_bytes(b"old")
    os.mkfifo(folder / "pipe")
    (folder / "null").symlink_to("/dev/null")
    return {
        folder / "a": "leads back to itself",
        folder / "a" / "x": "leads back to itself",
        folder / ("n" * 300): "too long",
        folder / ("n/" * 3000): "too long",
        folder / "folder": "it is a directory",
        folder / "pipe": "no ordinary file",
        folder / "null": "no ordinary file",
        folder / "file" / "x": "there is no directory",
        folder / "absent" / "x": "there is no directory",
        Path("/proc/self/x"): "No such file",
    }


def test_a_place_where_no_file_can_be_written_is_an_os_error_that_says_why(tmp_path):
    for path, why in places(tmp_path).items():
        for attempt in (lambda path=path: check_place(path), lambda path=path: write(path)):
            with pytest.raises(OSError, match=why) as caught:
                attempt()
            assert why in caught.value.strerror
    assert (tmp_path / "file").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "file", "folder", "null", "pipe"]
    assert (tmp_path / "a").is_symlink()


def test_a_folder_that_may_not_be_written_to_is_an_os_error(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError, match="Permission denied"):
        check_place(tmp_path / "a")


def test_what_cannot_be_read_twice_is_no_file(tmp_path):
    for path in places(tmp_path):
        if path.name not in ("file", "x"):
            with pytest.raises(OSError, match=r".") as caught:
                check_file(path)
            assert caught.value.strerror
    check_file(tmp_path / "file")


def test_the_same_file_is_known_by_all_its_names(tmp_path):
    places(tmp_path)
    one = tmp_path / "file"
    (tmp_path / "link").symlink_to(one)
    (tmp_path / "twin").hardlink_to(one)
    for other in ("file", "link", "twin", "folder/../file"):
        assert are_same_file(one, tmp_path / other)
    for other in ("a", "absent", "pipe", "n" * 300):
        assert not are_same_file(one, tmp_path / other)
    assert are_same_file(tmp_path / "absent", tmp_path / "folder" / ".." / "absent")
