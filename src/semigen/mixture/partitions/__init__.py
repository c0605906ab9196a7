"""Rows that memory does not hold: parts that are read again for every pass, and fits and predictions by parts."""

from semigen.mixture.partitions.partitions import Partitions

__all__ = ["Partitions"]
