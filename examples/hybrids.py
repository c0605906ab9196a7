"""Hybrids: a generative model learns features from all rows, a classifier the classes on them from a few labels.

Digits of 8 x 8 pixels are easy for a linear classifier as they are, so not every hybrid pays here: four of the seven
have more errors than logistic regression on the pixels.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

from semigen import (
    FlowFeatures,
    GenerativeFeatures,
    LabeledStratifiedKFold,
    SemiSupervisedGAN,
    SemiSupervisedGMM,
    SemiSupervisedVAE,
    VAEFeatures,
)

X, digit = load_digits(return_X_y=True)
X = X / 16  # pixels between 0 and 1
y = np.full(len(X), -1)
known = np.random.default_rng(0).choice(len(X), 100, replace=False)
y[known] = digit[known]
hidden = y < 0

# Features that read no label are fitted once, for all classifiers on them and all folds.
features = VAEFeatures(10, (200,), max_epochs=30, batch_size=100, learning_rate=3e-3, random_state=0)
on_features = GenerativeFeatures(features).with_features_of(X)
linear = LogisticRegression(max_iter=1000)
flow = FlowFeatures(4, (64,), input_noise=0.3, max_epochs=8, learning_rate=3e-3, random_state=0)
vae = SemiSupervisedVAE(5, (100,), max_epochs=10, learning_rate=5e-3, random_state=0)
gan = SemiSupervisedGAN(10, (100, 50), max_epochs=6, learning_rate=3e-3, random_state=0)
hybrids = {
    "VAEFeatures + logistic regression": GenerativeFeatures(on_features.model, linear),
    "VAEFeatures + support vectors": GenerativeFeatures(on_features.model, SVC()),
    "VAEFeatures + SemiSupervisedGMM": GenerativeFeatures(on_features.model, SemiSupervisedGMM()),
    "FlowFeatures + logistic regression": GenerativeFeatures(flow, linear),
    "SemiSupervisedVAE + logistic regression": GenerativeFeatures(vae, linear),
    "SemiSupervisedGAN + logistic regression": GenerativeFeatures(gan, linear),
    "SemiSupervisedGMM + logistic regression": GenerativeFeatures(SemiSupervisedGMM(), linear),
}
print("error on the rows without labels")
for name, classifier in {"pixels + logistic regression": linear, "pixels + support vectors": SVC()}.items():
    print(f"  {name:40} {1 - classifier.fit(X[known], y[known]).score(X[hidden], digit[hidden]):.3f}")
for name, hybrid in hybrids.items():
    print(f"  {name:40} {1 - hybrid.fit(X, y).score(X[hidden], digit[hidden]):.3f}")

folds = LabeledStratifiedKFold(3, random_state=0)
scores = cross_val_score(on_features.set_params(classifier=SVC()), X, y, cv=folds)
print(f"VAEFeatures + support vectors by cross-validation: {1 - scores.mean():.3f}")
