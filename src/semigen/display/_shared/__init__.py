"""Helpers that several pictures share."""
