"""Classifiers made of other models: generative features under a classifier, and averages."""
