"""Networks of each model together with its objective; the trainer trains them, estimators predict with them."""
