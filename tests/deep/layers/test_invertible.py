"""Invertible maps: inverses, log-determinants, starts, rows far out."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen.deep.layers.invertible import AffineCoupling, Chain, Invertible, Rotation, Whitening
from semigen.deep.layers.splines import ColumnSplines
from tests.deep.problems import generator

WIDTHS = [1, 2, 5, 8]


def random_values(module: torch.nn.Module, scale: float) -> None:
    """Parameters as training might leave them, not those of the start."""
    draw = generator(4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=draw))


def whitening(width: int) -> Whitening:
    made = Whitening(width)
    draw = generator(5)
    made.centre.copy_(torch.randn(width, generator=draw))
    lower = torch.randn((width, width), generator=draw).tril(-1)
    made.factor.copy_(lower + torch.diag(0.5 + torch.rand(width, generator=draw)))
    return made


def coupling(width: int) -> AffineCoupling:
    made = AffineCoupling(width, (6,), "tanh", generator(6))
    random_values(made, 0.7)
    return made


def splines(width: int) -> ColumnSplines:
    made = ColumnSplines(width)
    random_values(made, 1.5)
    return made


def chain(width: int) -> Chain:
    maps: list[Invertible] = [splines(width), whitening(width)]
    if width > 1:
        maps += [Rotation(width, generator(7)), coupling(width), coupling(width)]
    return Chain(maps)


MAPS = {
    "whitening": whitening,
    "rotation": lambda width: Rotation(width, generator(7)),
    "coupling": coupling,
    "splines": splines,
    "chain": chain,
}


# A coupling needs two columns.
CASES = [(kind, width) for kind in MAPS for width in WIDTHS if not (kind == "coupling" and width == 1)]


cases = pytest.mark.parametrize(("kind", "width"), CASES)


def rows_of(width: int, far: float = 100.0) -> st.SearchStrategy[torch.Tensor]:
    near, wide = st.floats(-6, 6), st.floats(-far, far)
    row = st.lists(near | wide, min_size=width, max_size=width)
    return st.lists(row, min_size=1, max_size=6).map(lambda rows: torch.tensor(rows, dtype=torch.float64))


def made_slope(made: ColumnSplines, value: float, column: int) -> torch.Tensor:
    at = torch.full((1, 3), value, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(made(at)[0][0, column], at)[0][0, column]


@cases
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_map_and_its_inverse_undo_each_other(kind, width, data):
    invertible = MAPS[kind](width).double()
    x = data.draw(rows_of(width))
    with torch.no_grad():
        for again in (invertible.inverse(invertible(x)[0]), invertible(invertible.inverse(x))[0]):
            # Columns are mixed: digits are those of the largest value in a row.
            size = x.abs().amax(dim=1, keepdim=True).clamp_min(1)
            torch.testing.assert_close(again / size, x / size, rtol=0, atol=1e-9)


@cases
def test_log_determinants_are_those_of_the_jacobian(kind, width):
    invertible = MAPS[kind](width).double()
    x = 2.5 * torch.randn((20, width), generator=generator(8), dtype=torch.float64)
    x[0] = 30.0
    for row, claimed in zip(x, invertible(x)[1].detach(), strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda given: invertible(given[None])[0][0], row)
        assert float(claimed) == pytest.approx(float(torch.linalg.slogdet(jacobian)[1]), abs=1e-9)


@pytest.mark.parametrize("width", WIDTHS)
def test_flows_start_as_the_identity(width):
    x = 3 * torch.randn((30, width), generator=generator(9), dtype=torch.float64)
    x[0] = 50.0
    for fresh in (ColumnSplines(width), Whitening(width)):
        image, log_volume = fresh.double()(x)
        torch.testing.assert_close(image, x, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(log_volume, torch.zeros(30, dtype=torch.float64), rtol=0, atol=1e-12)
    if width > 1:
        image, log_volume = AffineCoupling(width, (6,), "relu", generator(6)).double()(x)
        swapped = torch.cat([x[:, width // 2 :], x[:, : width // 2]], dim=1)
        assert torch.equal(image, swapped)
        assert not log_volume.any()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_rotation_keeps_lengths(width):
    x = torch.randn((30, width), generator=generator(9), dtype=torch.float64)
    image, log_volume = Rotation(width, generator(7)).double()(x)
    torch.testing.assert_close(image.norm(dim=1), x.norm(dim=1), rtol=1e-12, atol=1e-12)
    assert not log_volume.any()


def test_a_coupling_s_scales_are_bounded():
    made = coupling(4)
    random_values(made, 100.0)
    _, log_volume = made.double()(torch.randn((200, 4), generator=generator(9), dtype=torch.float64))
    assert log_volume.abs().max() <= 2 * 2.0
    assert log_volume.abs().max() > 3


def test_a_coupling_is_affine_in_rows_far_out():
    made = coupling(4).double()
    near, far = torch.full((1, 4), 12.0), torch.full((1, 4), 12.0)
    far[:, :2] = 1e6
    one, other = (made(rows.double()) for rows in (near, far))
    assert torch.equal(one[0][:, :2], other[0][:, :2])
    assert torch.equal(one[1], other[1])


def test_splines_rise_and_go_over_into_the_identity_without_a_step_or_a_kink():
    made = splines(3).double()
    grid = torch.linspace(-6, 6, 4001, dtype=torch.float64).unsqueeze(1).expand(-1, 3)
    image, _ = made(grid)
    assert (image.diff(dim=0) > 0).all()
    outside = grid.abs() >= 4
    assert torch.equal(image[outside], grid[outside])
    for end in (-4.0, 4.0):
        for beside in (-1e-7, 1e-7):
            at = torch.full((1, 3), end + beside, dtype=torch.float64)
            beside_end, _ = made(at)
            torch.testing.assert_close(beside_end, at, rtol=0, atol=1e-8)
            each_slope = torch.stack([made_slope(made, end + beside, column) for column in range(3)])
            torch.testing.assert_close(each_slope, torch.ones(3, dtype=torch.float64), rtol=0, atol=1e-4)


@cases
@pytest.mark.parametrize("far", [1e30, -1e30])
def test_rows_far_out_have_finite_images_and_densities(kind, width, far):
    invertible = MAPS[kind](width).double()
    image, log_volume = invertible(torch.full((2, width), far, dtype=torch.float64))
    assert image.isfinite().all()
    assert log_volume.isfinite().all()
    assert invertible.inverse(image).isfinite().all()
