"""What `recommend` knows beforehand, learnt from the answers that bench.accuracy.candidates wrote.

    python -m bench.accuracy.prior DIR [--write] [--choose]

Prints, for each kind of table, the mean error of a few rules of choice, their regret (error less that of the best
candidate in hindsight), and how far they are above logistic regression. Each table is judged by what the others say of
the candidates. "its best two together" is the mean of the probabilities of what recommend chooses and of the next one
that learns from the same rows, and the last line what that would gain, with its standard error. --choose tries other
values of what is chosen by this (INFLATION, WIDER, ...), and --write writes the errors of these tables into the
package, where those of other tables stay as they are.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

import semigen.recommendation
from bench.accuracy.protocol import print_header, print_row
from semigen.compose.stacking import weigh
from semigen.recommendation import choice, other_tables
from semigen.recommendation.candidates import CANDIDATES, LABELS_ALONE
from semigen.recommendation.choice import expected_errors, is_worse
from semigen.recommendation.evaluation import Answers, averaged, stacked
from semigen.recommendation.other_tables import MEASURED, Measured, measured, prior_of
from semigen.recommendation.race import FOLDS

NAMES = tuple(name for name, each in CANDIDATES.items() if not each.deep)
# Values that --choose tries.
TRIED = {
    "INFLATION": (1.5, 3.0, 6.0),
    "WIDER": (2.0, 4.0),
    "SHARE_OF_WIDER": (0.1, 0.3),
    "WIDTH": (0.7, 1.0, 1.5),
    "DOUBT": (1.0, 3.0),
    "LEAST_SD": (0.01, 0.02),
}


@dataclass(frozen=True)
class Case:
    """What candidates made of a table with some labels: on labels held out, and on new rows."""

    kind: str
    table: str
    labels: int
    shape: np.ndarray
    held_out: dict[str, Answers]
    new: dict[str, Answers]

    @cached_property
    def error(self) -> dict[str, float]:
        return {name: float(each.wrong.mean()) for name, each in self.new.items()}


def case_of(path: Path) -> Case:
    """Read a case, and answer for the candidates that average others."""
    kind, _, rest = path.stem.replace("_", " ").partition("-")
    table, labels, _ = rest.rsplit("-", 2)
    with np.load(path) as file:
        arrays = dict(file)
    held_out, new = _members(arrays, "held out"), _members(arrays, "new")
    for name in NAMES:
        weights = CANDIDATES[name].average_of
        if not weights or not set(weights) <= set(held_out):
            continue
        known, asked = ([answers[each] for each in weights] for answers in (held_out, new))
        if CANDIDATES[name].stacked:
            found = weigh(
                np.array([each.probability for each in known]),
                known[0].codes,
                np.ones(len(known[0].codes)),
                np.array(list(weights.values())),
            )
            held_out[name] = stacked(known, list(weights.values()))
            new[name] = _of(asked[0].codes, found.average(np.array([each.probability for each in asked])))
        else:
            held_out[name], new[name] = (averaged(some, list(weights.values())) for some in (known, asked))
    return Case(kind, table, int(labels), arrays["shape"], held_out, new)


def _members(arrays: dict[str, np.ndarray], of: str) -> dict[str, Answers]:
    """Answers of the candidates that were measured."""
    return {
        name: _of(arrays[of], arrays[f"{of}: {name}"].astype(np.float64)) for name in NAMES if f"{of}: {name}" in arrays
    }


def _of(codes: np.ndarray, probability: np.ndarray) -> Answers:
    return Answers(codes, (probability.argmax(axis=1) != codes).astype(float), probability)


def table_of(cases: Sequence[Case]) -> Measured:
    """Mean errors over the draws of each table and number of labels."""
    of = defaultdict(list)
    for case in cases:
        of[f"{case.table}, {case.labels} labels"].append(case)
    shapes = np.array([np.mean([case.shape for case in some], axis=0) for some in of.values()])
    errors = np.array([[_mean(some, name) for name in NAMES] for some in of.values()])
    return Measured(tuple(of), shapes, NAMES, errors)


def _mean(cases: Sequence[Case], name: str) -> float:
    errors = [case.error.get(name, np.nan) for case in cases]
    return float(np.mean(errors))


def chosen_for(case: Case, known: Measured) -> list[str]:
    """The candidates that recommend might choose, its choice first, with every candidate measured in one round."""
    names = list(case.held_out)
    expected = expected_errors([_loss(case.held_out[name]) for name in names], prior_of(names, case.shape, known))
    wrong = {name: each.wrong for name, each in case.held_out.items()}
    best = min(wrong, key=lambda name: float(wrong[name].mean()))
    order = [names[i] for i in np.argsort(expected.error, kind="stable")]
    return [name for name in order if not is_worse(wrong[name], wrong[best], FOLDS)] or [best]


def _loss(found: Answers) -> np.ndarray:
    return 0.5 * (found.wrong + found.quadratic)


def choices(cases: Sequence[Case]) -> list[list[str]]:
    """What may be chosen for each case, the best first, by what all other tables say."""
    table = table_of(cases)
    named = np.array([name.rpartition(", ")[0] for name in table.tables])
    without = {name: table.part(named != name) for name in set(named)}
    return [chosen_for(case, without[case.table]) for case in cases]


def error_of_two(case: Case, possible: Sequence[str]) -> float:
    """The error of the best candidate together with the next one that learns from the same rows."""
    best, *others = possible
    kind = CANDIDATES[best].uses_unlabeled
    both = [best, *[name for name in others if CANDIDATES[name].uses_unlabeled == kind][:1]]
    return float(averaged([case.new[name] for name in both], [1.0] * len(both)).wrong.mean())


def print_rule(title: str, cases: Sequence[Case], errors: Sequence[float]) -> None:
    """Error, regret and distance from logistic regression, by kind of table."""
    for kind in sorted({case.kind for case in cases}):
        some = [case for case in cases if case.kind == kind]
        error = 100 * np.array([each for case, each in zip(cases, errors, strict=True) if case.kind == kind])
        regret = error - 100 * np.array([min(case.error.values()) for case in some])
        above = error - 100 * np.array([case.error[LABELS_ALONE] for case in some])
        print_row(
            [
                *(title, kind, len({case.table for case in some}), len(some)),
                *(f"{value:.2f}" for value in (error.mean(), regret.mean(), regret.max())),
                *(f"{above.mean():+.2f}", f"{above.max():+.1f}"),
            ]
        )


def tuned(cases: Sequence[Case]) -> None:
    """Print the best values of what is chosen by regret."""
    found = []
    modules = {name: other_tables if hasattr(other_tables, name) else choice for name in TRIED}
    kinds = np.array([case.kind for case in cases])
    for values in itertools.product(*TRIED.values()):
        for (name, module), value in zip(modules.items(), values, strict=True):
            setattr(module, name, value)
        chosen = [best for best, *_ in choices(cases)]
        regret = [case.error[name] - min(case.error.values()) for case, name in zip(cases, chosen, strict=True)]
        of_kind = [100 * np.mean(np.array(regret)[kinds == kind]) for kind in np.unique(kinds)]
        found.append((np.mean(of_kind), of_kind, values))
    for mean, of_kind, values in sorted(found)[:10]:
        print(f"{mean:.3f}", [f"{each:.2f}" for each in of_kind], dict(zip(TRIED, values, strict=True)))


def write(table: Measured) -> None:
    """Write the errors into the package, beside those of tables that were not measured again."""
    table = joined_with(measured(), table)
    path = Path(semigen.recommendation.__file__).parent / MEASURED
    names = [f"shape {j + 1}" for j in range(table.shapes.shape[1])]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["table", *names, *table.names])
        for name, shape, errors in zip(table.tables, table.shapes, table.errors, strict=True):
            cells = ["" if np.isnan(error) else f"{error:.4f}" for error in errors]
            writer.writerow([name, *(f"{value:.3f}" for value in shape), *cells])


def joined_with(before: Measured, table: Measured) -> Measured:
    """New errors, then those of tables that have no new ones; a candidate that is new has none there."""
    stay = [i for i, name in enumerate(before.tables) if name not in table.tables]
    column = [before.names.index(name) if name in before.names else -1 for name in table.names]
    old = np.where(np.array(column) >= 0, before.errors[stay][:, column], np.nan)
    names = [*table.tables, *(before.tables[i] for i in stay)]
    order = np.argsort(names)
    shapes, errors = np.vstack([table.shapes, before.shapes[stay]]), np.vstack([table.errors, old])
    return Measured(tuple(names[i] for i in order), shapes[order], table.names, errors[order])


def main() -> None:
    """Print the table of rules."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--choose", action="store_true")
    given = parser.parse_args()
    cases = [case_of(path) for path in sorted(given.folder.glob("*.npz"))]
    always: dict[str, Callable[[Case], str]] = {
        f"always {name}": lambda case, name=name: name if name in case.error else LABELS_ALONE for name in NAMES
    }
    always["least held-out loss"] = lambda case: min(
        case.held_out, key=lambda name: float(_loss(case.held_out[name]).mean())
    )
    print_header(["rule", "kind", "tables", "cases", "error", "regret", "largest", "above regression", "largest"])
    for title, rule in always.items():
        print_rule(title, cases, [case.error[rule(case)] for case in cases])
    possible = choices(cases)
    one = np.array([case.error[best] for case, (best, *_) in zip(cases, possible, strict=True)])
    two = np.array([error_of_two(*each) for each in zip(cases, possible, strict=True)])
    print_rule("recommend", cases, one.tolist())
    print_rule("its best two together", cases, two.tolist())
    gain = 100 * (one - two)
    uncertain = gain.std() / np.sqrt(max(len(gain) - 1, 1))
    print(f"\nTwo together: {gain.mean():.2f} ± {uncertain:.2f} points less on {len(gain)} cases")
    if given.choose:
        tuned(cases)
    if given.write:
        write(table_of(cases))


if __name__ == "__main__":
    main()
