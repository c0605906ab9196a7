"""Memory that is still available, and a refusal in words before more than that is taken."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

_GROUPS = Path("/sys/fs/cgroup")
# Less than this is asked for without a look at what is available.
_WORTH_A_LOOK = 1 << 27


def available_memory() -> int | None:
    """Return the bytes that this process can still take: the least that the machine and its limits leave.

    Returns
    -------
    int or None
        None where the system does not tell.
    """
    found = [*_of_machine(), *_of_control_groups(), *_of_process()]
    return max(0, min(found)) if found else None


def require_memory(n_bytes: float, what: str, remedy: str) -> None:
    """Refuse what takes more memory than is available, before any of it is taken.

    Parameters
    ----------
    n_bytes : float
        About how much it takes.
    what : str
        What takes it: the subject of a sentence.
    remedy : str
        What to do instead, as a sentence.

    Raises
    ------
    MemoryError
    """
    if n_bytes < _WORTH_A_LOOK:
        return
    available = available_memory()
    if available is not None and n_bytes > available:
        raise MemoryError(
            f"{what} take about {_told(n_bytes)} of memory, and {_told(available)} are available. {remedy}"
        )


def _told(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"


def _of_machine() -> Iterator[int]:
    """Yield what the machine has left; its whole memory where only that is known."""
    with suppress(OSError, ValueError, KeyError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        yield 1024 * (kilobytes["MemAvailable"] + kilobytes["SwapFree"])
        return
    with suppress(AttributeError, OSError, ValueError):
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_control_groups() -> Iterator[int]:
    """Yield what the control groups of the process leave, as those of containers do (version 2)."""
    with suppress(OSError, ValueError):
        line = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()[-1]
        group = PurePosixPath(line.rpartition(":")[2].lstrip("/"))
        for each in (group, *group.parents):
            yield from _of_control_group(_GROUPS / each)


def _of_control_group(folder: Path) -> Iterator[int]:
    with suppress(OSError, ValueError, KeyError):
        limit = int((folder / "memory.max").read_text(encoding="ascii"))
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        counts = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines())
        # Pages of files that were read go before anything else is refused.
        yield limit - used + int(counts["inactive_file"]) + int(counts["active_file"])


def _of_process() -> Iterator[int]:
    """Yield what the limit of the process's address space leaves (`ulimit -v`)."""
    if sys.platform == "win32":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(OSError, ValueError):
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            yield limit - pages * os.sysconf("SC_PAGE_SIZE")
