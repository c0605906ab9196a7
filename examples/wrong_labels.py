"""Labels that may be wrong: how many are, which ones, and what several annotators are worth."""

import numpy as np
from sklearn.datasets import load_digits

from semigen import SemiSupervisedGMM

X, digit = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
y = np.full(len(X), -1)
labelled = rng.permutation(len(X))[:300]
y[labelled] = digit[labelled]
wrong = labelled[:60]  # one label in five is of another digit
y[wrong] = (y[wrong] + rng.integers(1, 10, 60)) % 10

plain = SemiSupervisedGMM().fit(X, y)
model = SemiSupervisedGMM(label_noise="auto").fit(X, y)
hidden = y < 0
print(
    f"{plain.score(X[hidden], digit[hidden]):.2f} right, with label_noise {model.score(X[hidden], digit[hidden]):.2f}"
)
first = model.suspect_labels_.first(60)
found, corrected = np.isin(first.rows, wrong), first.likeliest == digit[first.rows]
print(f"{found.sum()} of the first 60 suspects are wrong, and {corrected.sum()} likeliest classes right")
print(model.report().split(";")[0])

# Three annotators of all digits, each of whom labels a fifth of the rows; the last one guesses every second label.
labels = np.full((len(X), 3), np.nan)
for annotator, share in enumerate((0.05, 0.2, 0.5)):
    some = np.flatnonzero(rng.random(len(X)) < 0.2)
    guessed = rng.random(len(some)) < share
    labels[some, annotator] = np.where(guessed, rng.integers(0, 10, len(some)), digit[some])
model = SemiSupervisedGMM(label_noise="auto").fit(X, labels)
right = np.diagonal(model.label_noise_, axis1=1, axis2=2).mean(axis=1)
print(f"right labels of each annotator: {', '.join(f'{share:.2f}' for share in right)}")
print(f"all rows: {np.mean(model.transduction_ == digit):.2f} right")
