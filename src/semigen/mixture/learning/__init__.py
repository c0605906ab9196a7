"""Fitting a mixture: starts, EM and its acceleration, the number of components, the pessimistic likelihood."""
