"""Rows with gaps: the mixture uses what was measured, and can say what it expects in the gaps."""

import numpy as np
from sklearn.datasets import load_wine

from semigen import SemiSupervisedGMM

X, cultivar = load_wine(return_X_y=True)
rng = np.random.default_rng(0)
y = np.where(rng.random(len(X)) < 0.2, cultivar, -1)
gaps = rng.random(X.shape) < 0.3
measured = np.where(gaps, np.nan, X)

model = SemiSupervisedGMM("tied", missing="marginal").fit(measured, y)
hidden = y < 0
print(f"{np.mean(model.predict(measured[hidden]) == cultivar[hidden]):.2f} of the hidden labels right")

filled, covariances = model.impute(measured, return_covariance=True)
deviation = np.sqrt(covariances[:, np.arange(13), np.arange(13)])
distance = np.abs(filled - X)[gaps] / deviation[gaps]
print(f"{np.mean(distance < 2):.2f} of the gaps within two standard deviations of what was expected")
