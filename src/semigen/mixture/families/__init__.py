"""Covariance families, a file for each, and the table of all. Nothing outside this folder asks for a family's name."""

from __future__ import annotations

from semigen.mixture.families.diag import Diag
from semigen.mixture.families.family import Family
from semigen.mixture.families.full import Full
from semigen.mixture.families.spherical import Spherical
from semigen.mixture.families.tied import Tied
from semigen.mixture.families.tied_spherical import TiedSpherical

__all__ = ["FAMILIES", "Family"]

FAMILIES: dict[str, Family] = {family.name: family for family in (Full(), Tied(), Diag(), Spherical(), TiedSpherical())}
