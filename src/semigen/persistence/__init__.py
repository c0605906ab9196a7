"""What is written to files and read back: arrays and JSON with a checksum, and what either may be."""
