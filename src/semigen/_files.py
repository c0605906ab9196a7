"""Files that are written whole or not at all, and what is left of those whose process was killed."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

# Unfinished files of this process.
_unfinished: set[Path] = set()


@contextmanager
def replacing(out: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `out` when the block ends well, and vanishes when it does not.

    Raises
    ------
    OSError
        If no file can be written there.
    """
    destination = _destination(out)
    with _part_beside(destination) as (file, part):
        yield file
        file.flush()
        os.fsync(file.fileno())
        if destination.exists():
            os.fchmod(file.fileno(), destination.stat().st_mode & 0o777)
        part.replace(destination)


def check_place(out: Path) -> None:
    """Refuse a path at which no file can be written, before hours are spent on what would go there.

    Raises
    ------
    OSError
        Whose `strerror` is the reason.
    """
    # Permissions alone do not tell (read-only file systems, quotas, root): make a file and take it away again.
    with _part_beside(_destination(out)):
        pass


def check_file(path: Path) -> None:
    """Refuse what is no file that can be read more than once, from its beginning to its end.

    Raises
    ------
    OSError
        Whose `strerror` is the reason.
    """
    _check_kind(_kind(path), path)


def are_same_file(one: Path, other: Path) -> bool:
    """Return whether two paths lead to the same file, through links too; also where there is no file yet."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:
        # One of them is not there, so that it is not the other.
        return False


def remove_unfinished() -> None:
    """Remove the unfinished files of this process, which is about to end."""
    for part in list(_unfinished):
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _destination(out: Path) -> Path:
    """Return where `out` leads: a link stays a link, and the file that it points to is replaced."""
    with suppress(FileNotFoundError, NotADirectoryError):
        _check_kind(_kind(out), out)
    destination = Path(os.path.realpath(out))
    if not destination.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"there is no directory {out.parent}; make it first", str(out))
    return destination


def _kind(path: Path) -> int:
    """Return what is at a path; a name that is too long, or a folder that may not be entered, is an error."""
    try:
        return os.stat(path).st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a symbolic link that leads back to itself", str(path)) from None
        raise


def _check_kind(kind: int, path: Path) -> None:
    """Refuse what is no ordinary file: a pipe or a device could not be read twice, or be replaced."""
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, "it is a directory; give the path of a file", str(path))
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, "it is no ordinary file; give the path of one", str(path))


@contextmanager
def _part_beside(destination: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Make an empty file in the same folder, which is gone after the block unless it has another name then.

    It is locked while it is open, and the system unlocks it when the process ends, however it ends. Its name tells on
    which machine, since that was started, so that nobody asks for locks that another machine may not see.
    """
    folder, boot = destination.parent, _this_boot()
    _remove_stale_parts(folder)
    while True:
        # Not tempfile: its files can be read by their owner only, and the result should follow the umask.
        part = folder / f".semigen-{boot or 'unlocked'}-{os.urandom(8).hex()}.part"
        # Before it is there, as the process may be told to end at any moment.
        _unfinished.add(part)
        try:
            descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            with os.fdopen(descriptor, "wb") as file:
                if boot and not (_locked(descriptor) and _is_at(descriptor, part)):
                    # There are no locks on this file system, or somebody looked whether it is stale before it was
                    # locked. Under the other name nobody does.
                    boot = ""
                    continue
                yield file, part
                return
        finally:
            part.unlink(missing_ok=True)
            _unfinished.discard(part)


def _remove_stale_parts(folder: Path) -> None:
    """Remove what killed processes of this machine have left in a folder."""
    boot = _this_boot()
    if not boot:
        return
    with suppress(OSError), os.scandir(folder) as entries:
        parts = [entry.path for entry in entries if entry.name.startswith(f".semigen-{boot}-")]
        for part in parts:
            # Somebody else's, or gone in the meantime.
            with suppress(OSError):
                _remove_if_stale(part)


def _remove_if_stale(part: str) -> None:
    # Never through a link, nor waiting for the other end of a pipe: anybody may make such a name in a shared folder.
    descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
        if own and _locked(descriptor) and _is_at(descriptor, part):
            os.unlink(part)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock an open file, if nobody else has, and the file system can."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(descriptor: int, path: str | Path) -> bool:
    """Return whether an open file still has this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


@lru_cache(maxsize=1)
def _this_boot() -> str:
    """Return what tells this machine, since it was started, from all others; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
