"""Saved models: files of arrays and JSON with a checksum, checks of their contents, and pickles."""
