"""Sources of rows for a mixture: arrays, and rows grouped by the columns that they lack."""
