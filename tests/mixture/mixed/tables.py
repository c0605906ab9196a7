"""Tables of numbers, categories, counts and texts with two classes, as tests of SemiSupervisedMixture need them."""

from __future__ import annotations

import numpy as np
import pandas as pd

WORDS = [["rain", "cloud", "wind", "cold"], ["sun", "warm", "beach", "light"]]
KINDS = {"poisson": ["visits"], "negative_binomial": ["calls"]}


def table(n: int = 240, seed: int = 0, gaps: float = 0.0) -> tuple[pd.DataFrame, np.ndarray]:
    """A frame with every kind of column, and the classes of its rows."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    common = ["the", "day", "was", "very", "long"]
    frame = pd.DataFrame(
        {
            "height": rng.normal(truth * 2.0, 1.0),
            "weight": rng.normal(60 + 10 * truth, 8.0),
            "town": np.where(rng.random(n) < 0.3, "north", np.where(truth == 1, "east", "west")).astype(object),
            "member": rng.random(n) < np.where(truth == 1, 0.7, 0.3),
            "visits": rng.poisson(np.where(truth == 1, 5.0, 2.0)).astype(float),
            "calls": rng.negative_binomial(1.5, np.where(truth == 1, 0.2, 0.5)).astype(float),
            "note": [" ".join(rng.permutation([*rng.choice(WORDS[k], 3), *rng.choice(common, 4)])) for k in truth],
        }
    )
    for name in frame.columns if gaps else ():
        frame[name] = (
            frame[name].astype("boolean" if name == "member" else frame[name].dtype).mask(rng.random(n) < gaps)
        )
    return frame, truth


def few_labels(truth: np.ndarray, n: int = 20) -> np.ndarray:
    """The first labels, -1 elsewhere."""
    return np.where(np.arange(len(truth)) < n, truth, -1)
