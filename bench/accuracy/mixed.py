"""Error of what recommend chooses on tables of numbers, words and gaps, beside logistic regression and forests.

    python -m bench.accuracy.mixed --data DIR [--sets titanic ...] [--labels 30 100] [--splits 10] [--budget 60]
        [--outcomes FILE ...] [--peers]

So many labels are drawn at random from all rows (of more than 2,500 rows, of so many drawn at random); all others are
unlabelled, and errors are on these. Tables are read by read_table, and classes of fewer than ten rows left out; a table
is left out that has fewer than twice as many rows as labels, or not two labels a class. "embeddings, made" is a set
too. Draws are seeds 100, 101, ...; what recommend knows beforehand was learnt on seeds 0 and 1, on other draws of the
same tables (bench.accuracy.candidates). Logistic regression, extra trees and gradient boosting are the candidates of
recommend by these names, which see labelled rows alone; logistic regression is regularised by cross-validation, and
only numbers are scaled. Candidates that had no time are fitted afterwards, unless they are expected to take more than
20 seconds. "hindsight" is the mean of what was best on each draw, and the regret the mean distance of recommend from
it; "always one" is the regret, had it been taken on all draws, of the candidate that has the least mean, and of the one
whose largest is least. Deep models do not compete. With --peers only what was chosen and the candidates that are shown
are fitted, as far as they take few seconds: that halves the time, and there is no hindsight then.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.accuracy.digits import FIRST_SEED
from bench.accuracy.protocol import arguments, print_header, print_row, some_labels, summary
from bench.accuracy.recommend import Outcome, Outcomes
from bench.datasets import MIXED, AbsentError, mixed
from semigen import recommend
from semigen.model_selection.any_classifier import fit_any
from semigen.recommendation.candidates import CANDIDATES, LABELS_ALONE

_MOST_ROWS = 2500
# Candidates that need more seconds than this besides are not fitted.
_SLOW = 20.0
PEERS = (LABELS_ALONE, "extra trees", "gradient boosting")
SHOWN = (*PEERS, "mixtures by cross-validation")


def outcome(X: Any, codes: np.ndarray, labels: int, seed: int, budget: float, *, peers: bool = False) -> Outcome:
    """What is recommended for one draw of labels, and the errors of all candidates in per cent, or of peers alone."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(codes))[:_MOST_ROWS])
    X, codes = X[rows], codes[rows]
    y = some_labels(codes, labels, rng)
    names = [name for name, each in CANDIDATES.items() if not each.deep]
    began = time.perf_counter()
    found = recommend(X, y, budget=budget, candidates=names, random_state=seed)
    seconds = time.perf_counter() - began
    new = np.flatnonzero(y < 0)
    answers: dict[str, np.ndarray] = {}
    for each in found.candidates:
        if peers and each.name not in PEERS:
            continue
        in_time = each.n_rounds or each.more_seconds < _SLOW
        if not CANDIDATES[each.name].average_of and each.status != "failed" and in_time:
            model = fit_any(each.estimator, X, np.unique(codes), y, seed).model
            answers[each.name] = np.nan_to_num(model.predict_proba(X[new]))
    for each in found.candidates:
        weights = None if peers else CANDIDATES[each.name].average_of
        if weights and CANDIDATES[each.name].stacked and each.status != "failed":
            answers[each.name] = fit_any(each.estimator, X, np.unique(codes), y, seed).model.predict_proba(X[new])
        elif weights and set(weights) <= set(answers):
            answers[each.name] = sum(weight * answers[name] for name, weight in weights.items())
    classes = np.unique(codes)
    errors = {name: 100 * float(np.mean(classes[said.argmax(axis=1)] != codes[new])) for name, said in answers.items()}
    chosen = found.candidates[found.chosen].name
    errors[chosen] = 100 * float(np.mean(found.best_estimator_.predict(X[new]) != codes[new]))
    return Outcome(chosen, seconds, errors)


def main() -> None:
    """Print a table for each number of labels, then means."""
    parser = arguments(__doc__, 10, [])
    parser.add_argument("--sets", nargs="+", default=MIXED)
    parser.add_argument("--labels", type=int, nargs="+", default=[30, 100], help="labels in all")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for each recommendation")
    parser.add_argument("--peers", action="store_true", help="no hindsight: fit what is chosen and three peers")
    parser.add_argument(
        "--outcomes", type=Path, nargs="+", default=[], help="files of draws that are done; new ones go to the first"
    )
    given = parser.parse_args()
    kept = Outcomes(*given.outcomes)
    warnings.simplefilter("ignore")  # of columns that are left out, and candidates that do not settle
    for labels in given.labels:
        print(f"\n{labels} labels, {given.splits} draws, {given.budget:g} s: error in %, mean ± sd\n")
        of_all = [] if given.peers else [SHOWN[-1], "hindsight", "regret (largest)", "always one (largest)"]
        print_header(["table", "recommend", *PEERS, *of_all, "seconds", "chosen"])
        every = []
        for name in given.sets:
            try:
                X, truth = mixed(name, given.data)
            except AbsentError as absent:
                print(absent)
                continue
            codes = np.unique(truth, return_inverse=True)[1]
            if 2 * labels > len(codes) or labels < 2 * len(np.unique(codes)):
                continue
            outcomes = [
                kept.get(
                    {"set": name, "labels": labels, "seed": seed, "budget": given.budget},
                    partial(outcome, X, codes, labels, seed, given.budget, peers=given.peers),
                )
                for seed in range(FIRST_SEED, FIRST_SEED + given.splits)
            ]
            every.append(print_table(name, outcomes, peers=given.peers))
        if every:
            print_row(["mean", *(f"{mean:.1f}" for mean in np.mean(every, axis=0)), *([""] * (2 + (not given.peers)))])


def print_table(name: str, outcomes: list[Outcome], *, peers: bool) -> list[float]:
    """A row of the table; returns the means of its errors, and the regret."""
    errors = [[each.errors[each.chosen] for each in outcomes]]
    errors += [[each.errors.get(shown, np.nan) for each in outcomes] for shown in (PEERS if peers else SHOWN)]
    chosen = ", ".join(f"{theirs} {count}" for theirs, count in Counter(each.chosen for each in outcomes).most_common())
    seconds = f"{np.median([each.seconds for each in outcomes]):.0f}"
    row, means = [name, *map(summary, errors)], [float(np.mean(values)) for values in errors]
    if not peers:
        best = [min(each.errors.values()) for each in outcomes]
        regret = np.array(errors[0]) - best
        row += [f"{np.mean(best):.1f}", f"{regret.mean():.1f} ({regret.max():.1f})", always_one(outcomes, best)]
        means += [float(np.mean(best)), float(regret.mean())]
    print_row([*row, seconds, chosen])
    return means


def always_one(outcomes: list[Outcome], best: list[float]) -> str:
    """The candidates with the least mean regret on these draws, and with the least of largest regrets."""
    common = set.intersection(*(set(each.errors) for each in outcomes))
    of = {name: np.array([each.errors[name] for each in outcomes]) - best for name in sorted(common)}
    found = dict.fromkeys(
        min(of, key=measure) for measure in (lambda name: of[name].mean(), lambda name: of[name].max())
    )
    return "; ".join(f"{name}: {of[name].mean():.1f} ({of[name].max():.1f})" for name in found)


if __name__ == "__main__":
    main()
