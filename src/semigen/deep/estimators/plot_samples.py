"""The method `plot_samples`: a picture of samples of each class, drawn by `semigen.display`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from semigen.deep.training.sample_sheets import sheet_of_images
from semigen.display.samples import drawn_by

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_samples(self: Any, n_samples: int = 10, *, image_shape: Sequence[int] | None = None) -> Figure:
    """Draw a picture of samples, with a line for each class.

    Autoencoders show the mean of p(x | y, z) for each z that they draw. The generator of an adversarial pair knows no
    classes: its rows are sorted by `predict`, and a line may have fewer images than asked for.

    Parameters
    ----------
    n_samples : int, default=10
        Images in a line.
    image_shape : (height, width) or (channels, height, width), optional
        Of an image; default: the model's own parameter `image_shape` if it has one, or square.

    Returns
    -------
    matplotlib.figure.Figure
        ``figure.savefig("samples.png")`` writes it; notebooks show it. `semigen.display.SamplesDisplay` draws into axes
        of your own, and draws rows that are no images.

    Raises
    ------
    ValueError
        If rows are no images of that shape.
    ImportError
        If matplotlib is not installed.
    """
    check_is_fitted(self)
    if image_shape is None:
        image_shape = self._architecture.get("image_shape")
    names = [str(name) for name in self.classes_]
    return sheet_of_images(drawn_by(self, n_samples), names, image_shape, f"Samples of {type(self).__name__}")
