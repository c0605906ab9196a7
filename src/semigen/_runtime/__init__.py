"""Settings of the process that computations depend on: threads, BLAS, error state, output of transformers, callers."""
