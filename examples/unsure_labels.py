"""Labels that leave room for doubt: probabilities from annotators, or sets of classes that are possible."""

import numpy as np
from sklearn.datasets import load_iris

from semigen import SemiSupervisedGMM

X, species = load_iris(return_X_y=True)
rng = np.random.default_rng(0)

# Three annotators look at 30 flowers, and each is right three times in four.
looked_at = rng.permutation(150)[:30]
votes = np.where(rng.random((30, 3)) < 0.75, species[looked_at, None], rng.integers(0, 3, (30, 3)))
y = np.full((150, 3), np.nan)
y[looked_at] = [(np.bincount(each, minlength=3) + 0.3) / 3.9 for each in votes]
model = SemiSupervisedGMM().fit(X, y)
print(f"probabilities: {model.score(X, species):.2f} right; {model.n_unsure_} rows had unsure labels")

# Somebody only tells setosa from the others, but for six flowers.
sets = [{"setosa"} if k == 0 else {"versicolor", "virginica"} for k in species]
for flower in (51, 52, 53, 101, 102, 103):
    sets[flower] = {"versicolor"} if species[flower] == 1 else {"virginica"}
model = SemiSupervisedGMM().fit(X, sets)
right = model.transduction_ == np.array(["setosa", "versicolor", "virginica"])[species]
print(f"sets: {right.mean():.2f} right")
