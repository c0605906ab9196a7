"""Devices for training and prediction, and advice when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def training_device(device: str) -> torch.device:
    """Return the device that was asked for; "auto" is the GPU if there is one.

    Raises
    ------
    ValueError
        If torch does not know the name or has no such device.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    chosen = _named(device)
    if chosen.type not in ("cpu", "cuda"):
        raise ValueError(f"device={device!r}: models train on 'cpu' or 'cuda' (or 'auto', which picks).")
    if chosen.type == "cuda" and not (torch.cuda.is_available() and (chosen.index or 0) < torch.cuda.device_count()):
        raise ValueError(
            f"device={device!r} was asked for, but torch sees {torch.cuda.device_count()} CUDA devices here; use "
            "device='auto' or device='cpu', or install torch for CUDA."
        )
    return chosen


def prediction_device(device: str) -> torch.device:
    """Return `training_device(device)`, or the CPU if that device is not available here."""
    if device != "auto" and not torch.cuda.is_available() and _named(device).type == "cuda":
        return torch.device("cpu")
    return training_device(device)


def _named(device: str) -> torch.device:
    try:
        return torch.device(device)
    except RuntimeError:
        raise ValueError(f"device={device!r} is no device of torch; use 'auto', 'cpu', 'cuda' or 'cuda:1'.") from None


def room_on(device: torch.device, n_bytes: int) -> bool:
    """Return whether so many bytes of rows fit on the device with half of the free memory left for networks."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return n_bytes < free / 2


@contextmanager
def advice_when_out_of_memory(batch_size: int) -> Iterator[None]:
    """Turn torch's out-of-memory error into one that says which batch size to try."""
    try:
        yield
    except RuntimeError as error:
        on_cpu = "DefaultCPUAllocator" in str(error)
        if not (on_cpu or isinstance(error, torch.OutOfMemoryError)):
            raise
        smaller = max(batch_size // 2, 1)
        raise MemoryError(
            f"Out of memory with batch_size={batch_size}; try batch_size={smaller}, or smaller hidden_dims."
        ) from error


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return a context for matrix products in bfloat16, if asked for; objectives still use float32."""
    # Without its cache of weights in half precision: a CUDA graph must cast them anew in every replay.
    return torch.autocast(
        device.type, torch.bfloat16, enabled=precision == "bfloat16", cache_enabled=device.type != "cuda"
    )
