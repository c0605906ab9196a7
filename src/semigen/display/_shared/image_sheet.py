"""A sheet of images: a line for each group of rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semigen.display._shared.names import short_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Inches of an image in a new figure.
_INCHES = 0.6


def checked_shape(image_shape: Sequence[int] | str, n_pixels: int) -> tuple[int, int, int]:
    """Return channels, height and width of images; refuse a shape that does not fit the number of columns."""
    side = math.isqrt(n_pixels)
    if isinstance(image_shape, str) and image_shape != "square":
        raise ValueError(f'image_shape={image_shape!r} must be "square", (height, width) or (channels, height, width).')
    shape: tuple[Any, ...] = (side, side) if image_shape == "square" else tuple(image_shape)
    full: tuple[Any, ...] = shape if len(shape) == 3 else (1, *shape) if len(shape) == 2 else (0, 0, 0)
    channels, height, width = (int(part) for part in full)
    if channels * height * width != n_pixels:
        raise ValueError(
            f"Rows of {n_pixels} columns are no images of image_shape={shape}; give (height, width), or (channels, "
            "height, width) for colours."
        )
    return channels, height, width


def size_of_sheet(rows: Sequence[NDArray[Any]], shape: tuple[int, int, int]) -> tuple[float, float]:
    """Return the size of a figure that holds a sheet of images, in inches."""
    n_images = max(len(some) for some in rows)
    return _INCHES * (n_images + 1.5), _INCHES * (len(rows) + 0.8) * shape[1] / shape[2]


def draw_sheet(
    ax: Axes, rows: Sequence[NDArray[Any]], names: Sequence[Any], shape: tuple[int, int, int], **kwargs: Any
) -> Any:
    """Draw a line of images for each group of rows, its name before it.

    Parameters
    ----------
    ax : matplotlib Axes
    rows : sequence of arrays of shape (rows, pixels)
    names : sequence
        Of the groups.
    shape : (channels, height, width)
    **kwargs
        Passed on to matplotlib's ``imshow``.

    Returns
    -------
    matplotlib AxesImage
    """
    sheet, centres = sheet_of(rows, shape)
    height, width = sheet.shape[:2]
    drawn = {"cmap": "gray_r", "interpolation": "nearest"}
    image = ax.imshow(sheet, **{**drawn, **kwargs})
    ax.set(xticks=[], xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    ax.set_yticks(centres, short_names(names))
    ax.tick_params(axis="y", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image


def sheet_of(rows: Sequence[NDArray[Any]], shape: tuple[int, int, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return images in one array, a line for each group, NaN between them; and the middle of each line.

    The array has shape (height, width), or (height, width, 4) for red, green, blue and how opaque.
    """
    channels, height, width = shape
    gap = max(height // 12, 1)
    n_images = max(len(some) for some in rows)
    size = (len(rows) * (height + gap) - gap, n_images * (width + gap) - gap)
    sheet = np.zeros((*size, 4)) if channels == 3 else np.full(size, np.nan)
    for line, some in enumerate(rows):
        for place, pixels in enumerate(some):
            image = np.asarray(pixels, dtype=np.float64).reshape(shape)
            window = np.s_[
                line * (height + gap) : line * (height + gap) + height,
                place * (width + gap) : place * (width + gap) + width,
            ]
            if channels == 3:
                colours = np.clip(image.transpose(1, 2, 0), 0, 1)
                sheet[window] = np.concatenate([colours, np.ones((height, width, 1))], axis=2)
            else:
                sheet[window] = image.mean(axis=0)
    return sheet, np.arange(len(rows)) * (height + gap) + (height - 1) / 2
