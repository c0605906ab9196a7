"""A table with numbers, categories and gaps in both: scikit-learn's encoders in front, any model behind.

Unlabelled rows do not pay with every model. The variational autoencoder models zeros and ones as such, gains from the
rows without labels, and has the fewest errors here. Mixtures take zeros and ones for clouds, and have more errors than
logistic regression on the labelled rows alone. These are two draws of twenty labels: a point or two is chance.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from semigen import LabeledStratifiedKFold, SemiSupervisedGMMCV, SemiSupervisedVAE

# Customers who stay or leave; of 20 in 600 we know which.
rng = np.random.default_rng(0)
n = 600
leaves = rng.random(n) < 0.5
customers = pd.DataFrame(
    {
        "age": rng.normal(np.where(leaves, 38, 47), 8),
        "spending": np.exp(rng.normal(np.where(leaves, 3.2, 4.0), 0.5)),
        "region": np.where(rng.random(n) < 0.5, np.where(leaves, "north", "south"), rng.choice(["east", "west"], n)),
        "plan": np.where(rng.random(n) < 0.4, np.where(leaves, "free", "team"), rng.choice(["basic", "pro"], n)),
    }
)
customers = customers.mask(rng.random(customers.shape) < 0.1)
truth = pd.Series(np.where(leaves, "leaves", "stays"))
numbers, categories = ["age", "spending"], ["region", "plan"]

# A column of zeros and ones for each category and for "missing". Rare categories share one, which unknown ones join.
one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.02, sparse_output=False)
filled = make_pipeline(SimpleImputer(), StandardScaler())
columns = ColumnTransformer([("numbers", filled, numbers), ("categories", one_hot, categories)])

# A mixture takes numbers with gaps as they are: it has the density of what was measured.
gaps = ColumnTransformer([("numbers", "passthrough", numbers), ("categories", one_hot, categories)])
with_gaps = SemiSupervisedGMMCV(n_components=1, missing="marginal", random_state=0)

# A variational autoencoder finds the zeros and ones, and models them as such.
network = SemiSupervisedVAE(3, (50,), max_epochs=15, learning_rate=3e-3, random_state=0)

models = {
    "mixtures": make_pipeline(columns, SemiSupervisedGMMCV(n_components=1, random_state=0)),
    "mixtures of what was measured": make_pipeline(gaps, with_gaps),
    "variational autoencoder": make_pipeline(columns, network),
}
only_labelled = {
    "variational autoencoder, labelled rows only": make_pipeline(columns, network),
    "logistic regression, labelled rows only": make_pipeline(columns, LogisticRegression()),
}
errors = {name: [] for name in (*models, *only_labelled)}
for _ in range(2):  # which rows have labels matters as much as the model
    known = np.zeros(n, dtype=bool)
    known[rng.permutation(n)[:20]] = True
    y = truth.where(known)  # NaN: no label
    for name, model in models.items():
        errors[name].append(np.mean(model.fit(customers, y).predict(customers[~known]) != truth[~known]))
    for name, model in only_labelled.items():
        model.fit(customers[known], y[known])
        errors[name].append(np.mean(model.predict(customers[~known]) != truth[~known]))
for name, of_draws in errors.items():
    print(f"{name}: error {np.mean(of_draws):.3f}")

accuracy = cross_val_score(models["mixtures"], customers, y, cv=LabeledStratifiedKFold(3, random_state=0)).mean()
print(f"mixtures, by cross-validation on the 20 labels of the last draw: error {1 - accuracy:.3f}")
