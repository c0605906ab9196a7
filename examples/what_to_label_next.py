"""What to label next, and whether it pays: questions chosen by the model beside random ones, and a label curve.

This is one draw of labels. With so few a mixture may settle elsewhere after the next answers, and the error rise for a
while, as it does with the random rows here. Means of ten draws are in bench/README.md.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from semigen import SemiSupervisedGMM, label_curve, rank_queries

X, digit = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
start = np.full(len(X), -1)
for k in range(10):
    start[rng.choice(np.flatnonzero(digit == k), 2, replace=False)] = k


def random_rows(model, y):
    """Twenty rows without a label."""
    return rng.choice(np.flatnonzero(y < 0), 20, replace=False)


def ranked_rows(model, y):
    """Twenty rows that the model asks for."""
    return rank_queries(model, X, 20, y=y, random_state=0)


for name, choose in {"at random": random_rows, "rank_queries": ranked_rows}.items():
    y = start.copy()
    errors = []
    for _ in range(5):
        model = SemiSupervisedGMM().fit(X, y)
        errors.append(1 - model.score(X[y < 0], digit[y < 0]))
        asked = choose(model, y)
        y[asked] = digit[asked]  # somebody answers
    model = SemiSupervisedGMM().fit(X, y)
    errors.append(1 - model.score(X[y < 0], digit[y < 0]))
    shown = " ".join(f"{100 * errors[i]:4.1f}" for i in (0, 1, 2, 5))
    print(f"{name:12} error after 0, 20, 40, 100 answers: {shown} %")

# Do the unlabelled rows pay, and for how long? Random labels here: rows that were chosen for doubt are no fair test.
y = np.where(rng.random(len(X)) < 0.15, digit, -1)
models = {"mixture": SemiSupervisedGMM(), "logistic": LogisticRegression(max_iter=2000)}
print(label_curve(models, X / 16, y, n_repeats=3, random_state=0).table())
