"""Features learnt from all rows, a mixture on them: fewer errors than logistic regression on the pixels."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from semigen import SemiSupervisedGMM, VAEFeatures

X, digit = load_digits(return_X_y=True)
X = X / 16  # pixels between 0 and 1
y = np.full(len(X), -1)
known = np.random.default_rng(0).choice(len(X), 100, replace=False)
y[known] = digit[known]
hidden = y < 0

features = VAEFeatures(10, (200,), max_epochs=40, learning_rate=3e-3, random_state=0)
model = make_pipeline(features, SemiSupervisedGMM()).fit(X, y)
alone = LogisticRegression(max_iter=1000).fit(X[known], y[known])
print(f"mixture on features: {model.score(X[hidden], digit[hidden]):.3f}")
print(f"logistic regression on pixels: {alone.score(X[hidden], digit[hidden]):.3f}")
