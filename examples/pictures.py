"""Four pictures on one sheet: classes, the regions that a model gives them, what a label is worth, what to take."""

import sys
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_wine, make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM, label_curve, recommend
from semigen.display import ClassEllipsesDisplay, DecisionRegionsDisplay, LabelCurveDisplay, RecommendationDisplay

X, kind = load_wine(return_X_y=True)
wine = np.array(["Barolo", "Grignolino", "Barbera"])[kind]
y = np.where(np.arange(len(X)) % 6 == 0, wine, None)  # every sixth row is labelled
figure = Figure(figsize=(13, 9), layout="constrained")
# A part for each picture, so that the legend of one takes no room from the others.
clouds, regions, curve, chart = (part.subplots() for part in figure.subfigures(2, 2).flat)

ClassEllipsesDisplay.from_estimator(SemiSupervisedGMM("tied").fit(X, y), X, y, ax=clouds)
clouds.set_title("Wines, and the classes that a mixture sees")

moons, moon = make_moons(300, noise=0.1, random_state=0)
few = np.where(np.arange(300) < 30, moon, -1)
curved = SemiSupervisedGMM(n_components=3, random_state=0).fit(moons, few)
DecisionRegionsDisplay.from_estimator(curved, moons, few, ax=regions)
regions.set_title("Two moons, and the border between them")

alone = make_pipeline(StandardScaler(), LogisticRegression())
estimators = {"mixture": SemiSupervisedGMM("tied"), "logistic regression": alone}
found = label_curve(estimators, X, wine, sizes=[6, 12, 24, 48], n_repeats=10, unlabeled=None, random_state=0)
LabelCurveDisplay.from_curve(found, ax=curve)
curve.set_title("What a label is worth")

candidates = ["LDA", "self-training", "mixture", "mixture, then logistic regression"]
advice = recommend(X, y, budget=20, candidates=candidates, random_state=0)
RecommendationDisplay.from_recommendation(advice, ax=chart)
chart.set_title("What to take")

path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "pictures.png"
figure.savefig(path, dpi=60)
print(f"{len(figure.axes)} pictures on a sheet of {path.stat().st_size // 1000} kB")
