"""Classes that are more or less frequent among new rows than in training: estimates, tests, corrected predictions."""
