"""Covariance families, a file for each, and the table of all. Nothing outside this folder asks for a family's name."""

from __future__ import annotations

from semigen import _core
from semigen.mixture.families.diag import Diag
from semigen.mixture.families.family import ClosedForm, Family, Moments
from semigen.mixture.families.full import Full
from semigen.mixture.families.low_rank import LowRank
from semigen.mixture.families.spherical import Spherical
from semigen.mixture.families.tied import Tied
from semigen.mixture.families.tied_spherical import TiedSpherical

__all__ = ["FAMILIES", "ClosedForm", "Family", "Moments"]

FAMILIES: dict[str, Family] = {
    family.name: family for family in (Full(), Tied(), Diag(), Spherical(), TiedSpherical(), LowRank())
}

_compiled = sorted(_core.Family.__members__)
if sorted(FAMILIES) != _compiled:
    raise ImportError(
        f"Covariance families are {sorted(FAMILIES)} in Python and {_compiled} in the compiled core: each needs both "
        "halves. Build the core again after a change of csrc/include/semigen/families."
    )
