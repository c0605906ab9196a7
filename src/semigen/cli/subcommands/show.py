"""Show what a file of a model holds: classes, columns, where it comes from, and how well it did."""

from __future__ import annotations

from semigen.cli.subcommands.predict import SavedModel


def show(model: SavedModel) -> None:
    """Show what the file MODEL holds: classes, columns, where the model comes from, and how well it did.

    Files that `semigen.save` wrote in Python are shown as well.
    """
    from semigen.cli.console import print_result
    from semigen.cli.saved_model import read_model
    from semigen.cli.show_model import in_lines

    print_result(in_lines(read_model(model), model))
