"""Functions that run the command, write tables of two clouds for it, and check that it refused."""

import sys

import numpy as np
import polars as pl
from typer.testing import CliRunner

from semigen.cli.application import application

COMMAND = [sys.executable, "-m", "semigen.cli"]


def run(*arguments):
    """Run the command; the plain mixture labels unless a test says otherwise, as to compare takes seconds."""
    typed = {"-m", "--model", "-h", "--help", "--report", "-r", "--budget", "-b", "--group", "-g"} & set(
        map(str, arguments)
    )
    if arguments[:1] == ("label",) and not typed:
        arguments = (*arguments, "--model", "mixture")
    return CliRunner().invoke(application, [str(argument) for argument in arguments])


def two_clouds(n=40, labels=("cat", "dog"), each=3, blank=None):
    """Columns x and y of two far apart clouds whose rows alternate, the labels of a few, and the truth."""
    generator = np.random.default_rng(0)
    truth = np.arange(n) % 2
    x = generator.normal(size=(n, 2)) + 8 * truth[:, None]
    given = [labels[k] if i < 2 * each else blank for i, k in enumerate(truth)]
    return x, given, [labels[k] for k in truth]


def write_csv(path, **changes):
    x, given, _ = two_clouds(blank="")
    columns = {"x": [f"{v:.6f}" for v in x[:, 0]], "y": [f"{v:.6f}" for v in x[:, 1]], "kind": given} | changes
    columns = {name: cells for name, cells in columns.items() if cells is not None}
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def parquet_of(path, labels, dtype, **more):
    x, given, truth = two_clouds(labels=labels)
    pl.DataFrame(
        {"x": x[:, 0], "y": x[:, 1], "kind": pl.Series(given, dtype=dtype)} | more, strict=False
    ).write_parquet(path)
    return path, truth


def one_line(result, *parts):
    """The refusal: exit code 1, nothing on standard output, one line on standard error with these parts."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if "warning:" not in line]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("semigen: error: ")
    for part in parts:
        assert part in lines[0]
