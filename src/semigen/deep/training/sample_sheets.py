"""A sheet of sample images as a figure of its own, which pyplot does not keep in memory."""

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
    """Return a figure with a line of images for each name, drawn by `SamplesDisplay`.

    Parameters
    ----------
    rows : sequence of arrays of shape (images, pixels)
        A line with fewer images than others ends in blanks.
    names : sequence of str
        Labels of the lines.
    image_shape : (height, width), (channels, height, width) or None
        As in `SamplesDisplay`; None stands for square grey images.
    title : str

    Raises
    ------
    ValueError
        If the number of columns is not that of the pixels of such an image.
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
