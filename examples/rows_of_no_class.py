"""A digit that nobody has labelled: found among the unlabelled rows, and answered as unknown."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from semigen import SemiSupervisedGMM

X, digit = load_digits(return_X_y=True)
X, X_test, of_train, of_test = train_test_split(X / 16, digit, test_size=1 / 3, stratify=digit, random_state=0)
rng = np.random.default_rng(0)
y = np.full(len(X), -1)
for known in range(9):  # no nine is labelled
    y[rng.choice(np.flatnonzero(of_train == known), 30, replace=False)] = known
components = PCA(20, random_state=0).fit(X[y < 0])
X, X_test = components.transform(X), components.transform(X_test)

nine = of_test == 9
plain = SemiSupervisedGMM().fit(X, y)
model = SemiSupervisedGMM(novelty=3, noise="uniform", unknown_label=-2, false_alarm=0.05, random_state=0).fit(X, y)
for name, score in (("plain density", -plain.score_samples(X_test)), ("outlier_score", model.outlier_score(X_test))):
    print(f"{name}: AUROC {roc_auc_score(nine, score):.2f}")

predicted = model.predict(X_test)
unknown = predicted == -2
print(f"{unknown[nine].mean():.0%} of the nines are unknown, and {unknown[~nine].mean():.1%} of the others")
rest = ~nine & ~unknown
print(f"{np.mean(predicted[rest] == of_test[rest]):.1%} of the rest are right")
