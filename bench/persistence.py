"""Saving and loading mixtures, beside writing and reading as many bytes.

    python -m bench.persistence [--repeats 5]

Bytes are written as `save` does, to a file that reaches the disk (fsync) before it takes the place of another.
"""

from __future__ import annotations

import argparse
import warnings
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import semigen
from bench.timing import alternate
from semigen._config import config
from semigen._files import replacing

# Rows and columns of two classes with a full covariance each; the last file is of 100 MB.
_SHAPES = ((200, 4), (400, 100), (1200, 1580))


def mixture(n: int, d: int) -> semigen.SemiSupervisedGMM:
    """A fitted mixture of two classes."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(n, d)) + np.arange(n)[:, None] % 2
    y = np.where(np.arange(n) < n // 2, np.arange(n) % 2, -1)
    return semigen.SemiSupervisedGMM(max_iter=1, shrinkage=1.0).fit(rows, y)


def write(path: Path, content: bytes) -> None:
    """Write bytes as `save` does."""
    with replacing(path) as file:
        file.write(content)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}, milliseconds\n")
    print("| file, MB | save | load | write the bytes | read the bytes |\n|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        for n, d in _SHAPES:
            model, path, other = mixture(n, d), Path(folder) / "model", Path(folder) / "bytes"
            model.save(path)
            content = path.read_bytes()
            write(other, content)
            tasks = [partial(model.save, path), partial(semigen.load, path), partial(write, other, content)]
            times = alternate([*tasks, other.read_bytes], options.repeats)
            print(f"| {len(content) / 1e6:.3f} | " + " | ".join(f"{each:.1f}" for each in times) + " |", flush=True)


if __name__ == "__main__":
    main()
