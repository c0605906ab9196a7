"""What every candidate of `recommend` makes of many tables: its answers for held-out labels and for new rows.

    python -m bench.accuracy.candidates DIR --data DIR [--kinds numeric mixed wide] [--sets iris ...] [--first-seed 0]
        [--splits 4] [--part 0/1] [--again NAME ...]

What `recommend` knows beforehand, and how much it trusts that, is learnt from these files by bench.accuracy.prior.
Tables are of three kinds: the numeric ones of bench.accuracy.suite with 3, 10 and 30 labels a class (in proportion to
the classes for odd seeds), those with words and gaps with 30 and 100 labels drawn at random, and wide ones with 10, 30
and 100 labels in all. At most 1,000 rows are unlabelled (400 where mixtures have most parameters), and the answers
asked for are those for these rows. Held-out labels are those of a round of five folds. Seeds are 0, 1, ...; figures are
reported on 100, 101, ...

Each case is a file; a candidate that it has is not measured again, unless --again names it, as is due where it has
changed, or how it is measured. --part 0/2 and --part 1/2 share the work.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.utils import _safe_indexing

from bench.accuracy.protocol import arguments, some_labels
from bench.accuracy.suite import SETS
from bench.datasets import MIXED, AbsentError, load, mixed, ssl_book
from semigen.labels import encode
from semigen.model_selection.any_classifier import AnyFit
from semigen.model_selection.cross_fit import Fold, cross_fit, hold_out
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.competitors import Candidate, candidate_named
from semigen.recommendation.evaluation import Answers, answers_of, fit_candidate, folds_for, joined
from semigen.recommendation.other_tables import shape_of
from semigen.recommendation.race import FOLDS
from semigen.recommendation.training_rows import Rows, prepare

WIDE = ("digit1", "usps", "g241c", "audiology")
LABELS = {"numeric": (3, 10, 30), "mixed": (30, 100), "wide": (10, 30, 100)}
_MOST_ROWS = 1000
# Where mixtures have so many parameters, fewer rows keep the whole within hours.
_LARGE, _FEWER_ROWS = 2e4, 400
# Candidates that need longer for a fit would have no time in a race either.
_SLOW = 8.0


@dataclass(frozen=True)
class Case:
    """A table with some of its labels."""

    kind: str
    name: str
    labels: int
    seed: int

    @property
    def file(self) -> str:
        return f"{self.kind}-{self.name.replace(' ', '_')}-{self.labels}-{self.seed}.npz"


def table_of(case: Case, folder: str | None) -> tuple[object, np.ndarray]:
    """Rows as they stand in the file, and class codes."""
    if case.kind == "wide" and case.name in ("digit1", "usps", "g241c"):
        X, codes, _ = ssl_book(case.name, folder)
        return X, codes
    X, truth = mixed(case.name, folder) if case.name in MIXED else load(case.name, folder)
    return X, np.unique(truth, return_inverse=True)[1]


def labelled(codes: np.ndarray, case: Case) -> np.ndarray | None:
    """Codes of the labelled rows, -1 for others, None if there are too few of a class."""
    rng = np.random.default_rng(case.seed)
    counts = np.bincount(codes)
    if case.kind != "numeric":
        if case.labels < 2 * len(counts) or case.labels > len(codes) / 2:
            return None
        return some_labels(codes, case.labels, rng)
    shares = counts / counts.sum() if case.seed % 2 else np.full(len(counts), 1 / len(counts))
    wanted = np.maximum(2, np.round(shares * case.labels * len(counts))).astype(int)
    if (wanted > 2 * counts / 3).any():
        return None
    y = np.full(len(codes), -1)
    for k, n in enumerate(wanted):
        y[rng.choice(np.flatnonzero(codes == k), n, replace=False)] = k
    return y


def drawn(case: Case, folder: str | None) -> tuple[Rows, np.ndarray] | None:
    """The rows of a case as candidates see them, and the classes of all of them."""
    X, codes = table_of(case, folder)
    y = labelled(codes, case)
    if y is None:
        return None
    n_unlabeled = _MOST_ROWS if len(np.unique(codes)) * np.shape(X)[1] ** 2 < _LARGE else _FEWER_ROWS
    others = np.random.default_rng(case.seed).permutation(np.flatnonzero(y < 0))[:n_unlabeled]
    kept = np.sort(np.r_[np.flatnonzero(y >= 0), others])
    return prepare(X[kept], encode(y[kept])), codes[kept]


def measure(case: Case, rows: Rows, codes: np.ndarray, known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Probabilities of each candidate for held-out labels and for unlabelled rows, and its seconds a fit.

    Of candidates that are `known` they are kept.
    """
    labels = rows.labels
    unlabeled = np.flatnonzero(~labels.labeled)
    folds = hold_out(labels.codes, FOLDS, np.random.default_rng(case.seed), together=rows.together)
    tested = np.concatenate([fold.test for fold in folds])
    found = {**known, "shape": shape_of(rows), "held out": codes[tested], "new": codes[unlabeled]}
    for name, specification in CANDIDATES.items():
        if specification.deep or specification.average_of or not specification.suits(rows):
            continue
        if specification.seconds(rows.size) > _SLOW or f"new: {name}" in known:
            continue
        candidate = candidate_named(name, rows)
        began = time.perf_counter()
        try:
            of_new = fitted_answers(candidate, rows, unlabeled)
            seconds = time.perf_counter() - began
            parts = held_out_answers(candidate, rows, folds, case.seed)
        except Exception as error:
            print(f"{case.file} {name}: {type(error).__name__}: {error}", flush=True)
            continue
        found[f"new: {name}"] = of_new.astype(np.float32)
        found[f"held out: {name}"] = joined(parts).probability.astype(np.float32)
        found[f"seconds: {name}"] = np.array(seconds)
    return found


def held_out_answers(candidate: Candidate, rows: Rows, folds: list[Fold], seed: int) -> list[Answers]:
    """What fits say of labelled rows that they have not seen, fold by fold, as in a round of the race."""
    labels, X = rows.labels, candidate.rows(rows)

    def fit(train: np.ndarray) -> AnyFit:
        seen = _safe_indexing(X, train), labels.classes, labels.codes[train]
        return fit_candidate(candidate, candidate.racing, *seen, seed)

    def predict(model: AnyFit, test: np.ndarray) -> Answers:
        return answers_of(candidate, model, X, test, labels.codes)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cross_fit(fit, predict, folds_for(candidate, folds, len(labels.codes)))


def fitted_answers(candidate: object, rows: Rows, unlabeled: np.ndarray) -> np.ndarray:
    """Probabilities for the unlabelled rows of a fit to all rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = fit_candidate(candidate, candidate.racing, rows.numbers, rows.labels.classes, rows.labels.codes, 0)
        return np.nan_to_num(fit.model.predict_proba(rows.numbers[unlabeled]))


def kept(path: Path, again: list[str]) -> dict[str, np.ndarray]:
    """What a file has of candidates that there are, but for those to be measured again."""
    if not path.exists():
        return {}
    with np.load(path) as file:
        named = {each: each.partition(": ")[2] for each in file.files}
        return {each: file[each] for each, name in named.items() if name in CANDIDATES and name not in again}


def is_complete(known: dict[str, np.ndarray]) -> bool:
    """Whether every candidate that could be measured was; one that suits no such rows, or failed, counts as missing."""
    wanted = {name for name, each in CANDIDATES.items() if not each.deep and not each.average_of}
    return all(f"new: {name}" in known for name in wanted)


def cases(kinds: list[str], seeds: range) -> Iterator[Case]:
    """All cases, a seed of all tables first."""
    names = {"numeric": SETS, "mixed": MIXED, "wide": WIDE}
    for seed in seeds:
        for kind in kinds:
            for name in names[kind]:
                for labels in LABELS[kind]:
                    yield Case(kind, name, labels, seed)


def main() -> None:
    """Measure what is not there yet."""
    parser = arguments(__doc__, 4, [])
    parser.add_argument("into", type=Path)
    parser.add_argument("--kinds", nargs="+", default=list(LABELS))
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--sets", nargs="+", help="tables; by default all of the kinds")
    parser.add_argument("--part", default="0/1", help="as 0/2: every second case")
    parser.add_argument("--again", nargs="*", default=[], help="candidates to measure again")
    given = parser.parse_args()
    given.into.mkdir(exist_ok=True)
    part, parts = map(int, given.part.split("/"))
    warnings.simplefilter("ignore")
    every = cases(given.kinds, range(given.first_seed, given.first_seed + given.splits))
    for i, case in enumerate(case for case in every if given.sets is None or case.name in given.sets):
        path = given.into / case.file
        known = kept(path, given.again)
        if i % parts != part or is_complete(known):
            continue
        try:
            found = drawn(case, given.data)
        except AbsentError as absent:
            print(absent)
            continue
        if found is not None:
            began = time.perf_counter()
            np.savez_compressed(path, **measure(case, *found, known))
            print(f"{case.file}: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
