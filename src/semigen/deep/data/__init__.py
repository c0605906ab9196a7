"""Rows on their way into a network: likelihoods of columns, dequantisation, arrays in files, batches of a step."""
