"""Base of estimators that have the method `save`."""

from __future__ import annotations

from importlib import import_module
from os import PathLike

from semigen.persistence.pickled import VersionedPickle


class Saves(VersionedPickle):
    """Base of estimators that users save to a file, and may pickle."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator to a file, whole or not at all; `semigen.load` reads it back.

        Parameters
        ----------
        path : path

        Raises
        ------
        OSError
            If no file can be written there.
        TypeError
            If it holds something that a file cannot hold safely, such as an estimator of another package.
        ValueError
            If parameters or attributes were changed to what `semigen.load` would refuse.
        """
        # When it is needed: the table of all classes takes a while to import.
        import_module("semigen.persistence.save_and_load").save(self, path)
