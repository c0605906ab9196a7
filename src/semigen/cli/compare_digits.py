"""`semigen demo`: what unlabelled rows do on scikit-learn's digits, beside other methods on the same rows."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from threadpoolctl import threadpool_limits

from semigen import SemiSupervisedGMM
from semigen.cli.console import Console, print_styled
from semigen.cli.demo_results import UNLABELED, Digits, Method, Result
from semigen.cli.refusal import CommandError
from semigen.recommendation.candidates.logistic_regression import TunedLogisticRegression
from semigen.tables.files import check_writable

METHODS = (
    Method("SemiSupervisedGMM", SemiSupervisedGMM, False),
    Method("SemiSupervisedGMM", SemiSupervisedGMM, True),
    Method("LogisticRegression", lambda: TunedLogisticRegression(random_state=0), False),
    Method("ExtraTreesClassifier", lambda: ExtraTreesClassifier(300, random_state=0), False),
    Method("LabelSpreading", lambda: LabelSpreading(kernel="knn", n_neighbors=7), True),
    Method("SelfTrainingClassifier", lambda: SelfTrainingClassifier(LogisticRegression(max_iter=5000)), True),
)


def run_demo(labels_per_class: int, seed: int, picture: Path | None, console: Console) -> None:
    """Compare the methods on one split, print a table and a sentence, and draw a picture.

    Parameters
    ----------
    labels_per_class : int
    seed : int
    picture : Path or None
        The PNG file to write.
    console : Console

    Raises
    ------
    CommandError
        If the picture cannot be written there.
    """
    if picture is not None:
        if picture.suffix.lower() != ".png":
            raise CommandError(f"{picture} must end in .png")
        check_writable(picture)
    digits = split_digits(labels_per_class, seed)
    results = []
    for method in METHODS:
        with console.working(f"{method.name}, {method.sees}"):
            results.append(evaluate(method, digits))
        console.say(f"{method.name}, {method.sees}: {results[-1].seconds:.2f} s")
    if picture is not None:
        from semigen.cli.demo_pictures import draw_demo

        # Before the table is printed, as a reader such as `head` may close the pipe early.
        with console.working(f"drawing {picture}"):
            draw_demo(digits, results, picture)
        console.say(f"wrote {picture}")
    _print_result(digits, results, labels_per_class, seed)


def split_digits(labels_per_class: int, seed: int) -> Digits:
    """Hold out a third, stratified; of the rest keep that many labels of each class, drawn at random."""
    pixels, truth = load_digits(return_X_y=True)
    rows, test_rows, training_truth, test_truth = train_test_split(
        pixels / 16, truth, test_size=1 / 3, stratify=truth, random_state=seed
    )
    generator = np.random.default_rng(seed)
    labels = np.full(len(rows), UNLABELED)
    for digit in range(10):
        kept = generator.choice(np.flatnonzero(training_truth == digit), labels_per_class, replace=False)
        labels[kept] = digit
    return Digits(rows, labels, test_rows, test_truth)


def evaluate(method: Method, digits: Digits) -> Result:
    """Fit a method, and count its errors on the held-out rows."""
    # One condition for all. With two BLAS threads SelfTrainingClassifier took 4 s and more, not 0.15 s, which says
    # nothing about the method.
    # LabelSpreading divides zero by zero for groups of neighbours without a single label.
    with threadpool_limits(1, user_api="blas"), np.errstate(invalid="ignore"):
        started = time.perf_counter()
        model = method.make()
        if method.sees_unlabeled:
            model.fit(digits.rows, digits.labels)
        else:
            model.fit(digits.rows[digits.labeled], digits.labels[digits.labeled])
        error = float(np.mean(model.predict(digits.test_rows) != digits.test_truth))
        seconds = time.perf_counter() - started
    return Result(method, model, error, seconds)


def conclusion(results: list[Result], n_test: int) -> str:
    """Say what the unlabelled rows did to the mixture, and where it stands among the others; from the numbers alone."""
    alone, helped, *others = results
    change = alone.error - helped.error
    if change == 0:
        effect = f"Unlabelled rows left the mixture's error at {helped.error:.1%}"
    else:
        verb = "lowered" if change > 0 else "raised"
        effect = f"Unlabelled rows {verb} the mixture's error from {alone.error:.1%} to {helped.error:.1%}"
    lowest = min(results, key=lambda result: result.error)
    rival = min(others, key=lambda result: result.error)
    if helped.error < min(alone.error, rival.error):
        place = (
            f"the lowest of the {len(results)} here ({rival.method.name} is next of the others with {rival.error:.1%})"
        )
    elif helped.error == lowest.error:
        place = "no other is lower here, but another is as low"
    else:
        place = f"{lowest.method.name} ({lowest.method.sees}) does better with {lowest.error:.1%}"
    chance = math.sqrt(helped.error * (1 - helped.error) / n_test)
    return (
        f"{effect}; {place}. One split with {n_test} held-out rows: each error is uncertain by about "
        f"±{100 * chance:.1f} points, so try other seeds before you believe a small difference."
    )


def _print_result(digits: Digits, results: list[Result], labels_per_class: int, seed: int) -> None:
    n_labeled = int(digits.labeled.sum())
    split = (
        f"scikit-learn's digits: {len(digits.rows)} training rows, of which {n_labeled} are labelled "
        f"({labels_per_class} of each class); {len(digits.test_rows)} rows held out; seed {seed}."
    )
    lowest = min(result.error for result in results)
    table = Table()
    table.add_column("method", no_wrap=True)
    table.add_column("learns from", no_wrap=True)
    table.add_column("error %", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    for result in results:
        best = result.error == lowest
        table.add_row(
            result.method.name,
            result.method.sees,
            f"{100 * result.error:.1f}{' *' if best else '  '}",
            f"{result.seconds:.2f}",
            style="bold" if best else None,
        )
    legend = "* lowest error; seconds to fit and predict, one run each, BLAS on one thread"
    print_styled(split, table, legend, conclusion(results, len(digits.test_rows)))
