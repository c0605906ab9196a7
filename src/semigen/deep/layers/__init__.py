"""Networks, invertible maps and distributions that the models are built from."""
