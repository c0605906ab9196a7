"""See what unlabelled rows do on handwritten digits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semigen.cli.console import Console


def demo(
    labels_per_class: Annotated[
        int, typer.Option("--labels-per-class", "-n", min=1, max=100, metavar="NUMBER", help="Labels kept per digit.")
    ] = 10,
    seed: Annotated[
        int, typer.Option("--seed", "-s", min=0, max=2**32 - 1, metavar="NUMBER", help="Another seed, another split.")
    ] = 0,
    picture: Annotated[
        Path, typer.Option("--picture", "-p", metavar="FILE", help="Where to draw the result: .png.")
    ] = Path("semigen-demo.png"),
    no_picture: Annotated[bool, typer.Option("--no-picture", help="Draw nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")] = False,
) -> None:
    """Classify scikit-learn's digits with few labels, beside other methods on the same split.

    A third of the digits is held out to count errors; of the others, a few of each class keep their label.
    """
    from semigen.cli.compare_digits import run_demo

    run_demo(labels_per_class, seed, None if no_picture else picture, Console(quiet))
