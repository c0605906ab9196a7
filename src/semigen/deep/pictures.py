"""What a model imagines, as a picture: draws of every class side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INCHES = 0.6


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
        None takes square grey images. Three channels are red, green and blue between 0 and 1, one is grey, of any other
        number the mean is shown.
    title : str

    Raises
    ------
    ValueError
        If the rows don't have as many columns as the images have pixels.
    ImportError
        If matplotlib is not installed.
    """
    n_pixels = rows[0].shape[1]
    if image_shape is None:
        side = math.isqrt(n_pixels)
        image_shape = (side, side)
    shape = tuple(image_shape)
    channels, height, width = shape if len(shape) == 3 else (1, *shape) if len(shape) == 2 else (0, 0, 0)
    if channels * height * width != n_pixels:
        raise ValueError(
            f"Rows of {n_pixels} columns are no images of image_shape={shape}; give (height, width), or (channels, "
            "height, width) for colours."
        )
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('Pictures need matplotlib: pip install "semigen[plot]"') from error
    n_images = max(len(some) for some in rows)
    figure = Figure(
        figsize=(_INCHES * (n_images + 1.5), _INCHES * (len(rows) + 0.8) * height / width), layout="compressed"
    )
    axes = figure.subplots(len(rows), n_images, squeeze=False)
    every = np.concatenate(rows)
    lowest, highest = float(every.min()), float(every.max())
    for line, some, name in zip(axes, rows, names, strict=True):
        for place in line:
            place.set(xticks=[], yticks=[])
            for spine in place.spines.values():
                spine.set_visible(False)
        for place, pixels in zip(line, some, strict=False):
            image = pixels.reshape(channels, height, width)
            if channels == 3:
                place.imshow(np.clip(image.transpose(1, 2, 0), 0, 1))
            else:
                place.imshow(image.mean(axis=0), cmap="gray_r", vmin=lowest, vmax=highest)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.suptitle(title)
    return figure
