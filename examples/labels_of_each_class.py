"""As many labels of each class: what to do where classes are not equally frequent."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from semigen import PriorShiftClassifier, SemiSupervisedGMM

# One row in ten is ill; sixty of each were labelled.
rng = np.random.default_rng(0)
ill = (rng.random(2000) < 0.1).astype(int)
X = rng.normal(size=(2000, 2)) + 1.5 * ill[:, None]
y = np.full(2000, -1)
for k in (0, 1):
    y[np.flatnonzero(ill == k)[:60]] = k

plain = SemiSupervisedGMM().fit(X, y)
print(f"mixture: {plain.score(X, ill):.2f} right")
mixture = SemiSupervisedGMM(class_prior="unlabeled").fit(X, y)
print(f"frequencies by the unlabelled rows: {mixture.score(X, ill):.2f} right")
print(mixture.report())

# Any other classifier.
model = PriorShiftClassifier(LogisticRegression(), random_state=0).fit(X, y)
print(f"logistic regression: {model.estimator_.score(X, ill):.2f} right, corrected {model.score(X, ill):.2f}")

# Elsewhere two in three are ill.
others = (rng.random(500) < 0.67).astype(int)
elsewhere = rng.normal(size=(500, 2)) + 1.5 * others[:, None]
adapted = mixture.adapt_prior(elsewhere, X=X, y=y)
print(f"elsewhere: {mixture.score(elsewhere, others):.2f} right, adapted {adapted.score(elsewhere, others):.2f}")
print(adapted.prior_shift_)
