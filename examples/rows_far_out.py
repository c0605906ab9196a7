"""Rows far out, among labelled and unlabelled ones: Gaussians follow them, Student t components do not."""

import warnings

import numpy as np
from sklearn.datasets import load_iris

from semigen import SemiSupervisedGMM
from semigen.diagnostics import SuspectFitWarning

X, species = load_iris(return_X_y=True)
y = np.where(np.arange(150) % 10 == 0, species, -1)  # five labels a species

# One row in twenty was measured wrongly.
rng = np.random.default_rng(0)
wrong = rng.random(150) < 0.05
measured = X.copy()
measured[wrong] += 20 * X.std(axis=0) * rng.normal(size=(wrong.sum(), 4))

warnings.simplefilter("ignore", SuspectFitWarning)  # Gaussians that follow rows far out are told of
for distribution in ("normal", "t"):
    for name, rows in (("clean", X), ("with rows far out", measured)):
        model = SemiSupervisedGMM("tied", distribution=distribution).fit(rows, y)
        print(f"{distribution}, {name}: {model.score(X, species):.2f} right")

print(model.report())
least = np.argsort(model.score_samples(measured))[: wrong.sum()]
print(f"{wrong[least].sum()} of the {wrong.sum()} wrong rows are the least probable ones")
