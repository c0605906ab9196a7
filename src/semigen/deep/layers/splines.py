"""Monotone splines, which make skewed columns more normal before they are mixed."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from semigen.deep.layers.invertible import Invertible

# Columns are standardised: the spline lies within so many standard deviations, and is the identity beyond.
_BOUND = 4.0

_BINS = 16

# Smallest width and height of a bin, as shares of an even one, and smallest slope: densities stay finite.
_LEAST_SHARE = 0.05
_LEAST_SLOPE = 0.05


class ColumnSplines(Invertible):
    """A monotone rational-quadratic spline for each column, the identity beyond four standard deviations.

    It starts as the identity.

    References
    ----------
    C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, "Neural spline flows", NeurIPS 2019, equations 4 to 8.
    """

    def __init__(self, width: int):
        super().__init__()
        self.widths = nn.Parameter(torch.zeros((width, _BINS), dtype=torch.float32))
        self.heights = nn.Parameter(torch.zeros((width, _BINS), dtype=torch.float32))
        self.slopes = nn.Parameter(torch.zeros((width, _BINS - 1), dtype=torch.float32))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return straightened columns."""
        columns = x.T.contiguous()
        left, width, bottom, height, before, after = self._bins(columns, inverse=False)
        steepness = height / width
        share = ((columns - left) / width).clamp(0, 1)
        product = share * (1 - share)
        below = steepness + (before + after - 2 * steepness) * product
        inside = bottom + height * (steepness * share.square() + before * product) / below
        rise = after * share.square() + 2 * steepness * product + before * (1 - share).square()
        log_slope = 2 * steepness.log() + rise.log() - 2 * below.log()
        within = columns.abs() < _BOUND
        image = torch.where(within, inside, columns).T
        return image, torch.where(within, log_slope, 0.0).sum(dim=0)

    def inverse(self, z: Tensor) -> Tensor:
        """Return the columns that were straightened: within a bin, the root of a quadratic equation."""
        columns = z.T.contiguous()
        left, width, bottom, height, before, after = self._bins(columns, inverse=True)
        steepness = height / width
        rest = (columns - bottom).clamp_min(0)
        bend = rest * (before + after - 2 * steepness)
        square = height * (steepness - before) + bend
        linear = height * before - bend
        constant = -steepness * rest
        # The form without cancellation: numerator and denominator are sums of one sign.
        root = (linear.square() - 4 * square * constant).clamp_min(0).sqrt()
        share = 2 * constant / (-linear - root)
        return torch.where(columns.abs() < _BOUND, left + share * width, columns).T

    def _bins(self, columns: Tensor, *, inverse: bool) -> tuple[Tensor, ...]:
        """Return left end, width, lower end and height of every value's bin, and the slopes at both ends."""
        widths, heights = (_even(raw) for raw in (self.widths, self.heights))
        lefts, bottoms = (functional.pad(each.cumsum(dim=1), (1, 0))[:, :-1] - _BOUND for each in (widths, heights))
        # At zero the slope is one, as it is beyond the ends.
        shift = math.log(math.expm1(1 - _LEAST_SLOPE))
        slopes = functional.pad(_LEAST_SLOPE + functional.softplus(self.slopes + shift), (1, 1), value=1.0)
        knots = (bottoms if inverse else lefts)[:, 1:].detach()
        bin_of = torch.searchsorted(knots.contiguous(), columns.detach())
        table = (lefts, widths, bottoms, heights, slopes[:, :-1], slopes[:, 1:])
        return tuple(each.gather(1, bin_of) for each in table)


def _even(raw: Tensor) -> Tensor:
    """Return positive parts of the whole interval, all equal where `raw` is zero."""
    share = torch.softmax(raw, dim=1)
    return 2 * _BOUND * (_LEAST_SHARE / raw.shape[1] + (1 - _LEAST_SHARE) * share)
