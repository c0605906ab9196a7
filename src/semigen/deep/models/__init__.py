"""The networks of each model, wired to its objective: what the trainer trains and the estimators predict with."""
