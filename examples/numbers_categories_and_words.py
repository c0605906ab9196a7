"""A table with numbers, categories, counts, notes and gaps: each kind of column has a distribution of its own.

Logistic regression sees the same columns, encoded, and learns from the labelled rows alone. Unlabelled rows pay here,
as columns say independent things of the class; labels held out find that by themselves.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedMixture, encoder_for

warnings.filterwarnings("ignore", message="Skipping features without any observed values")

rng = np.random.default_rng(0)
n = 1000
urgent = rng.random(n) < 0.3
WORDS = {False: ["question", "invoice", "address", "thanks"], True: ["broken", "stopped", "today", "help"]}
COMMON = ["please", "machine", "order", "number", "call", "customer", "we", "have"]
calls = pd.DataFrame(
    {
        "waited": np.exp(rng.normal(np.where(urgent, 1.5, 2.2), 0.6)),
        "plan": np.where(rng.random(n) < np.where(urgent, 0.6, 0.3), "business", "private"),
        "earlier calls": rng.poisson(np.where(urgent, 2.5, 0.8)).astype(float),
        "note": [" ".join(rng.permutation([*rng.choice(WORDS[bool(u)], 2), *rng.choice(COMMON, 6)])) for u in urgent],
    }
)
calls = calls.mask(rng.random(calls.shape) < 0.1)
truth = np.where(urgent, "urgent", "not")

errors: dict[str, list[float]] = {"mixture": [], "logistic regression": []}
for _ in range(5):
    known = rng.permutation(n)[:20]
    y = pd.Series([None] * n, dtype=object)
    y.iloc[known] = truth[known]
    new = y.isna().to_numpy()
    model = SemiSupervisedMixture(blocks={"poisson": ["earlier calls"]}, random_state=0).fit(calls, y)
    errors["mixture"].append(np.mean(model.predict(calls[new]) != truth[new]))
    encoder = encoder_for(calls)
    numbers = make_pipeline(encoder, SimpleImputer(), StandardScaler()).fit_transform(calls)
    regression = LogisticRegression(max_iter=1000).fit(numbers[known], truth[known])
    errors["logistic regression"].append(np.mean(regression.predict(numbers[new]) != truth[new]))

print(model.blocks_)
print(model.report())
for name, each in errors.items():
    print(f"{name:20} {100 * np.mean(each):4.1f} % wrong, twenty labels, five draws")
