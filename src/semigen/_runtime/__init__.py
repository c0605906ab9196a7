"""Keep what the caller's process has set out of computations: threads, error state, output of transformers."""
