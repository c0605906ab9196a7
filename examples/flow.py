"""A normalising flow: curved classes from a few labels, exact densities, fresh rows, and a map that can be undone."""

import numpy as np
from sklearn.datasets import make_moons

from semigen import SemiSupervisedFlow, SemiSupervisedGMM

X, moon = make_moons(300, noise=0.1, random_state=0)
y = np.full(300, -1)
for k in (0, 1):
    y[np.flatnonzero(moon == k)[:6]] = k  # six labels a class

# Two clear moons: the flow needs no answers of another classifier to start from, and noisy copies should agree.
flow = SemiSupervisedFlow(
    6, (32, 32), start=None, consistency_weight=1, input_noise=0.05, learning_rate=1e-2, max_epochs=30, random_state=0
)
# A flow depends on where it starts: of several, the one of the best objective is kept.
flow.set_params(n_fits=2).fit(X, y)
print(f"error of the flow    {1 - flow.score(X, moon):.3f}")
print(f"error of the mixture {1 - SemiSupervisedGMM().fit(X, y).score(X, moon):.3f}")

usual, strange = flow.score_samples([X[0], [0.5, -2.0]])
print(f"log-density of a row of the data {usual:.1f}, of one far from both moons {strange:.1f}")
print("two fresh rows of the first moon:", flow.sample(2, y=0)[0].round(2).tolist())
there_and_back = flow.inverse_transform(flow.transform(X))
print(f"largest difference after the map and its inverse: {abs(there_and_back - X).max():.0e}")
