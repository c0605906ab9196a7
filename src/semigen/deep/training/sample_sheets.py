"""What a model imagines, as a picture of its own: a sheet of images that needs no pyplot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from semigen.display._shared.image_sheet import size_of_sheet
from semigen.display.samples import SamplesDisplay

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def sheet_of_images(
    rows: Sequence[NDArray[Any]], names: Sequence[str], image_shape: Sequence[int] | None, title: str
) -> Figure:
    """A sheet with a line of images for each name.

    Parameters
    ----------
    rows : sequence of arrays of shape (images, pixels)
        A line with fewer images than others ends in blanks.
    names : sequence of str
        What stands before each line.
    image_shape : (height, width), (channels, height, width) or None
        As in `SamplesDisplay`; None takes square grey images.
    title : str

    Raises
    ------
    ValueError
        If the rows don't have as many columns as the images have pixels.
    ImportError
        If matplotlib is not installed.
    """
    display = SamplesDisplay(rows=rows, names=names, image_shape="square" if image_shape is None else image_shape)
    assert display.image_shape is not None
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('Pictures need matplotlib: pip install "semigen[plot]"') from error
    figure = Figure(figsize=size_of_sheet(rows, display.image_shape), layout="compressed")
    display.plot(figure.subplots())
    figure.suptitle(title)
    return figure
