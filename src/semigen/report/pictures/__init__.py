"""The pictures of a report, a file for each with all that is said of it, and the table of all, in the order of drawing.

They come from `semigen.display`. A file has a function `picture` of the `Material` of a report.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from semigen.report.contents import Picture
from semigen.report.pictures.material import Material

_FILES = ("candidate_errors", "rows_on_a_plane", "held_out_calibration", "errors_by_labels")


def pictures_of(material: Material) -> Iterator[Picture | ValueError]:
    """Yield the pictures for which there are rows and time enough, or why the fits for one failed."""
    for name in _FILES:
        try:
            picture: Picture | None = import_module(f"{__name__}.{name}").picture(material)
        except ValueError as error:
            yield error
        else:
            if picture is not None:
                yield picture
