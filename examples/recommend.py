"""Which classifier for these data? Candidates race on the labelled rows; the answer says how sure it is."""

import numpy as np
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import recommend

X, kind = load_wine(return_X_y=True)
rng = np.random.default_rng(0)
y = np.full(len(X), -1)
for k in range(3):
    known = rng.choice(np.flatnonzero(kind == k), 4, replace=False)  # four labels of each kind
    y[known] = k

# Labels alone (logistic regression) always compete. Leave candidates out to try all there are.
neighbours = make_pipeline(StandardScaler(), KNeighborsClassifier(3))
candidates = ["LDA", "self-training", "mixture", ("nearest neighbours", neighbours)]
found = recommend(X, y, budget=100, candidates=candidates, random_state=0)
print(found)

best = found.best_estimator_
print(f"\nerror on the rows without a label: {np.mean(best.predict(X[y < 0]) != kind[y < 0]):.1%}")
for each in found.candidates:
    print(f"{each.name}: {each.detail}")
