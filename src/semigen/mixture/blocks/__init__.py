"""Columns that are no numbers: what a component's density is in categories, counts and words, a file for each."""
