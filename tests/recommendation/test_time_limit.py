"""A deep model is given up when its epochs show that it cannot end in time, and the race goes on without it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen.labels import encode
from semigen.recommendation.candidates import LABELS_ALONE
from semigen.recommendation.competitors import candidates_for
from semigen.recommendation.race import Race
from semigen.recommendation.time_limit import TimeLimit, TooSlowError, one_thread_of_torch, with_time_limit
from semigen.recommendation.training_rows import prepare
from tests.recommendation.samples import prior


@dataclass
class Told:
    """What a trainer says after an epoch, as far as TimeLimit listens."""

    epoch: int
    max_epochs: int = 100


def given_up_after(pace, seconds_an_epoch):
    """The epoch after which a training of a hundred is given up, and what it is said to take; None if it is not."""
    now = [0.0]
    pace.clock = lambda: now[0]
    pace.on_train_begin(Told(0))
    for epoch in range(1, 101):
        now[0] += seconds_an_epoch(epoch)
        try:
            pace.on_epoch_end(Told(epoch))
        except TooSlowError as error:
            return epoch, error.seconds
    return None


def test_a_training_that_ends_in_time_is_left_alone():
    assert given_up_after(TimeLimit(100.0), lambda epoch: 0.99) is None


def test_the_time_of_all_epochs_is_told_after_a_tenth_of_the_epochs():
    assert given_up_after(TimeLimit(100.0), lambda epoch: 1.1) == (10, pytest.approx(110.0))
    slow_at_first = given_up_after(TimeLimit(100.0), lambda epoch: 5.0 if epoch == 1 else 0.5)
    assert slow_at_first is None


def test_no_training_goes_on_beyond_its_time():
    epoch, seconds = given_up_after(TimeLimit(100.0), lambda epoch: 150.0)
    assert epoch == 1
    assert seconds == pytest.approx(15_000.0)
    slower_and_slower = given_up_after(TimeLimit(100.0), lambda epoch: epoch / 40)
    assert slower_and_slower is not None


def test_every_deep_part_of_a_candidate_is_paced_and_keeps_its_callbacks():
    deep = pytest.importorskip("semigen.deep")
    heard = []
    mine = [lambda moment: heard.append((moment.epoch, moment.max_epochs))]
    model = deep.SemiSupervisedVAE(2, (5,), max_epochs=20, callbacks=mine, random_state=0)
    X, species = load_iris(return_X_y=True)
    y = np.where(np.arange(150) % 10 == 0, species, -1)
    pipeline = make_pipeline(StandardScaler(), model)
    with pytest.raises(TooSlowError):
        with_time_limit(pipeline, 1e-9).fit(X, y)
    assert heard == [(1, 20)]
    assert len(model.callbacks) == 1
    with_time_limit(pipeline, 1000.0).fit(X, y)
    assert heard[-1] == (20, 20)
    assert not hasattr(model, "classes_")


def test_torch_has_its_threads_back_after_a_fit_on_one():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread_of_torch():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


class Endless(KNeighborsClassifier):
    """A fit of it is given up from the first on, or from a later one."""

    fits = 0

    def __init__(self, n_fits_in_time=0):
        super().__init__(1)
        self.n_fits_in_time = n_fits_in_time

    def fit(self, X, y):
        Endless.fits += 1
        if Endless.fits > self.n_fits_in_time:
            raise TooSlowError(50.0)
        return super().fit(X, y)


def raced(n_fits_in_time):
    """The run of such a candidate with ten labels a class, beside logistic regression."""
    Endless.fits = 0
    X, species = load_iris(return_X_y=True)
    rows = prepare(X, encode(np.where(np.arange(150) % 5 == 0, species, -1)))
    competing = candidates_for(rows, [LABELS_ALONE, ("endless", Endless(n_fits_in_time))])
    competing = [replace(each, deep=each.name == "endless", seconds=lambda size: 1.0) for each in competing]
    running = Race(rows, rows.size, competing, seconds=200.0, seed=0, prior=prior(np.zeros(len(competing))))
    return next(run for run in running.run() if run.candidate.name == "endless")


def test_who_is_given_up_in_the_first_round_had_no_time_and_is_told_what_it_needs():
    run = raced(0)
    assert run.status == "no time"
    assert not run.wrong
    # Five folds of fifty seconds, and a final fit.
    assert run.budget > 300
    assert run.given_up_after > 0


def test_who_is_given_up_later_keeps_the_rounds_that_it_has():
    run = raced(7)
    assert run.status == "racing"
    assert len(run.wrong) == 1


def test_labels_alone_are_never_paced():
    assert with_time_limit(LogisticRegression(C=3.0), 1e-9).get_params() == LogisticRegression(C=3.0).get_params()
