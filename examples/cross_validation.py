"""Choose a covariance family by cross-validation on the labelled rows; unlabelled rows stay in every training fold.

Whether unlabelled rows help is one of the choices: a weight of 0 leaves them out.
"""

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV

from semigen import SemiSupervisedGMM

sklearn.set_config(enable_metadata_routing=True)
X, y = load_breast_cancer(return_X_y=True)
labelled = np.arange(len(X)) % 9 == 0  # every ninth row

for weights in ([0.0], [0.0, 0.1, 1.0]):
    search = GridSearchCV(
        SemiSupervisedGMM().set_fit_request(X_unlabeled=True),
        {"covariance_type": ["full", "tied", "diag"], "unlabeled_weight": weights},
        cv=3,
    )
    search.fit(X[labelled], y[labelled], X_unlabeled=X[~labelled])
    print(search.best_params_)
    print(f"accuracy on the rows without labels: {search.score(X[~labelled], y[~labelled]):.3f}")
sklearn.set_config(enable_metadata_routing=False)
