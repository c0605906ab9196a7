"""Regret of what recommend chooses: its error less that of the best candidate in hindsight, on many tables.

    python -m bench.accuracy.recommend --data DIR [--sets iris ...] [--labels 3 10 30] [--splits 10] [--budget 60]
        [--outcomes FILE ...] [--proportional] [--against NAME ...]

Splits and rows are those of bench.accuracy.suite: each split holds out a third of the rows; of the others, so many a
class keep their labels, and at most 2,000 more are unlabelled. Splits are seeds 100, 101, ...; what recommend knows
beforehand was learnt on seeds 0 and 1. Every candidate is fitted to the training rows for its error on the rows held
out; the best in hindsight is the candidate with the least mean error over the splits of a set, and a regret is the
mean error of what was chosen less that. "by split" is stricter: less the error of the candidate that was best on the
very split. With --against, only the candidates of these names are looked at in hindsight, as those that there were when
a regret was measured before: that one does not grow by new candidates. Deep models compete if --deep is given. With
--proportional as many rows are labelled in all, but drawn as the classes are, two of each at least: a fair sample of
the rows to predict, as recommend asks for, and as labels of the same number a class are not where classes are of
unequal size. With --outcomes, each split is added to a file when it is done, and what is in a file is not run again:
the whole takes hours, and parts of it can be run apart.
"""

from __future__ import annotations

import json
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from bench.accuracy.digits import FIRST_SEED, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, tables
from bench.accuracy.suite import SETS, fewer_rows
from semigen import recommend
from semigen.model_selection.any_classifier import fit_any
from semigen.recommendation.candidates import CANDIDATES, LABELS_ALONE

ALWAYS = {
    "logistic regression": LABELS_ALONE,
    "GMMCV": "mixtures by cross-validation",
    "the average": "average of three",
}


@dataclass(frozen=True)
class Outcome:
    """One split: what was chosen, its error and seconds, and the errors of all candidates in per cent."""

    chosen: str
    seconds: float
    errors: dict[str, float]


def proportional_split(X: np.ndarray, truth: np.ndarray, seed: int, labels_per_class: int) -> tuple[np.ndarray, ...]:
    """As `split`, with as many labels in all, drawn in proportion to the classes, two of each at least."""
    X_train, X_test, y_train, y_test = train_test_split(X, truth, test_size=1 / 3, stratify=truth, random_state=seed)
    rng = np.random.default_rng(seed)
    classes, counts = np.unique(y_train, return_counts=True)
    n_labeled = labels_per_class * len(classes)
    y = np.full(len(y_train), -1)
    for k, share in zip(classes, counts / counts.sum(), strict=True):
        kept = rng.choice(np.flatnonzero(y_train == k), max(2, round(share * n_labeled)), replace=False)
        y[kept] = k
    return X_train, y, X_test, y_test


def outcome(
    X: np.ndarray,
    codes: np.ndarray,
    seed: int,
    labels: int,
    budget: float,
    names: list[str],
    proportional: bool = False,
) -> Outcome:
    draw = proportional_split if proportional else split
    X_train, y, X_test, y_test = fewer_rows(*draw(X, codes, seed, labels), seed)
    began = time.perf_counter()
    found = recommend(X_train, y, budget=budget, candidates=names, random_state=seed)
    seconds = time.perf_counter() - began
    errors = {}
    for i, each in enumerate(found.candidates):
        if i == found.chosen:
            model = found.best_estimator_
        elif each.status == "failed" or (CANDIDATES[each.name].deep and each.status == "no time"):
            continue
        else:
            model = fit_any(each.estimator, X_train, np.unique(codes), y, seed).model
        errors[each.name] = 100 * float(np.mean(model.predict(X_test) != y_test))
    return Outcome(found.candidates[found.chosen].name, seconds, errors)


class Outcomes:
    """Outcomes by what they are of, kept in files of a JSON object a line; new ones are added to the first."""

    def __init__(self, *paths: Path):
        self.path = paths[0] if paths else None
        lines = [line for path in paths if path.exists() for line in path.read_text().splitlines()]
        self.known = {json.dumps(of): Outcome(**found) for of, found in map(json.loads, lines)}

    def get(self, of: dict[str, Any], find: Callable[[], Outcome]) -> Outcome:
        key = json.dumps(of)
        if key not in self.known:
            self.known[key] = find()
            if self.path is not None:
                with self.path.open("a") as file:
                    file.write(json.dumps([of, asdict(self.known[key])]) + "\n")
        return self.known[key]


def regrets(outcomes: Sequence[Outcome], against: Sequence[str] | None) -> tuple[str, dict[str, float], float]:
    """The best candidate in hindsight, the regrets of the rules, and that of recommend by split."""
    common = set.intersection(*(set(each.errors) for each in outcomes))
    mean = {name: float(np.mean([each.errors[name] for each in outcomes])) for name in sorted(common)}
    rivals = [name for name in mean if against is None or name in against]
    if not rivals:
        raise SystemExit(f"None of {', '.join(against or ())} was measured in all splits: name others with --against.")
    best = min(rivals, key=lambda name: mean[name])
    chosen = float(np.mean([each.errors[each.chosen] for each in outcomes]))
    rules = {"recommend": chosen} | {rule: mean[name] for rule, name in ALWAYS.items()}
    by_split = float(np.mean([each.errors[each.chosen] - least(each, against) for each in outcomes]))
    return best, {rule: error - mean[best] for rule, error in rules.items()}, by_split


def least(outcome: Outcome, against: Sequence[str] | None) -> float:
    """The least error of a split."""
    return min(error for name, error in outcome.errors.items() if against is None or name in against)


def print_set(name: str, outcomes: Sequence[Outcome], against: Sequence[str] | None) -> tuple[dict[str, float], float]:
    best, regret, by_split = regrets(outcomes, against)
    errors = {"recommend": [each.errors[each.chosen] for each in outcomes]}
    errors |= {rule: [each.errors[theirs] for each in outcomes] for rule, theirs in ALWAYS.items()}
    chosen = ", ".join(f"{theirs} {count}" for theirs, count in Counter(each.chosen for each in outcomes).most_common())
    print_row(
        [
            name,
            *(summary(values) for values in errors.values()),
            f"{best}: {np.mean([each.errors[best] for each in outcomes]):.1f}",
            *(f"{value:.1f}" for value in regret.values()),
            f"{by_split:.1f}",
            f"{np.median([each.seconds for each in outcomes]):.0f}",
            chosen,
        ]
    )
    return regret, by_split


def main() -> None:
    """Print a table for each number of labels, then the mean regrets."""
    parser = arguments(__doc__, 10, [])
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=[3, 10, 30], help="labelled rows a class")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for each recommendation")
    parser.add_argument("--deep", action="store_true", help="let deep models compete")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--proportional", action="store_true", help="label rows in proportion to the classes")
    parser.add_argument(
        "--outcomes", type=Path, nargs="+", default=[], help="files of splits that are done; new ones go to the first"
    )
    parser.add_argument("--against", nargs="+", choices=CANDIDATES, help="candidates to look at in hindsight")
    given = parser.parse_args()
    kept = Outcomes(*given.outcomes)
    warnings.simplefilter("ignore")  # of candidates that meet a class with a single row, or do not settle
    names = [name for name, each in CANDIDATES.items() if given.deep or not each.deep]
    rules = ["recommend", *ALWAYS]
    dealt = "; labels in proportion to the classes" if given.proportional else ""
    every: dict[str, list[tuple[dict[str, float], float]]] = {}
    for labels in given.labels:
        print(f"\n{labels} labels a class, {given.splits} splits, {given.budget:g} s: errors and regrets in %{dealt}\n")
        regret_of = [f"regret of {rule}" for rule in rules]
        print_header(["set", *rules, "best in hindsight", *regret_of, "by split", "seconds", "chosen"])
        of_labels = []
        for name, X, codes in tables(given.sets, given.data, labels):
            outcomes = []
            for seed in range(given.first_seed, given.first_seed + given.splits):
                of = {"set": name, "labels": labels, "seed": seed, "budget": given.budget, "deep": given.deep}
                if given.proportional:
                    of["proportional"] = True
                find = partial(outcome, X, codes, seed, labels, given.budget, names, given.proportional)
                outcomes.append(kept.get(of, find))
            of_labels.append(print_set(name, outcomes, given.against))
        every[f"{labels} labels a class"] = of_labels
    print("\nmean regret over sets (largest)\n")
    print_header(["", "sets", *rules, "by split"])
    for title, found in [*every.items(), ("all", [each for of_labels in every.values() for each in of_labels])]:
        print_means(title, found, rules)


def print_means(title: str, found: Sequence[tuple[dict[str, float], float]], rules: Sequence[str]) -> None:
    if found:
        regret = np.array([[each[rule] for rule in rules] for each, _ in found])
        cells = [f"{mean:.2f} ({most:.1f})" for mean, most in zip(regret.mean(axis=0), regret.max(axis=0), strict=True)]
        print_row([title, len(found), *cells, f"{np.mean([by_split for _, by_split in found]):.2f}"])


if __name__ == "__main__":
    main()
