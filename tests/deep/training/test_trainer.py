"""Training: seeds, early stopping, several starts, losses that are no numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning

from semigen.deep import Moment
from tests.deep.tables import FLOWS, MODELS, blobs, same_weights, small


@pytest.mark.parametrize("name", MODELS)
def test_two_fits_with_one_seed_agree_to_the_last_bit_and_leave_the_global_generator_alone(name):
    X, y = blobs()
    torch.manual_seed(7)
    before = torch.get_rng_state()
    one, other = small(name).fit(X, y), small(name).fit(X, y)
    assert same_weights(one, other)
    assert np.array_equal(one.history_, other.history_)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(8)
    assert same_weights(one, small(name).fit(X, y))
    assert not same_weights(one, small(name, random_state=1).fit(X, y))


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_a_loss_that_is_no_number_restores_the_last_good_weights(name):
    X, y = blobs()

    class Spoil:
        def on_epoch_end(self, moment: Moment) -> None:
            if moment.epoch == 3:
                for parameter in moment.module.parameters():
                    parameter.data.fill_(float("nan"))

    with pytest.warns(ConvergenceWarning, match="learning_rate"):
        model = small(name, callbacks=[Spoil()]).fit(X, y)
    assert model.n_iter_ == 3
    assert not model.converged_
    assert np.isfinite(model.score_samples(X)).all()


def test_a_loss_that_is_no_number_from_the_start_is_an_error_that_changes_nothing():
    X, y = blobs()
    model = small("SemiSupervisedVAE").fit(X, y)
    weights = model._weights
    with pytest.raises(FloatingPointError, match="learning_rate"):
        model.set_params(learning_rate=1e30).fit(X, y)
    assert model._weights is weights


def test_early_stopping_waits_until_the_classifier_is_warm():
    X, y = blobs(400)
    model = small("SemiSupervisedVAE", early_stopping=True, n_iter_no_change=1, max_epochs=50, tol=10.0, warm_up=0.5)
    assert 25 <= model.fit(X, y).n_iter_ < 50


def test_no_seed_leaves_numpy_s_global_generator_alone():
    X, y = blobs()
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, other = (small("SemiSupervisedVAE", random_state=None).fit(X, y) for _ in range(2))
    one.sample(2)
    assert not same_weights(one, other)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_default_dtype_and_no_grad_of_the_caller_do_not_matter():
    X, y = blobs()
    usual = small("SemiSupervisedVAE").fit(X, y)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            other = small("SemiSupervisedVAE").fit(X, y)
    finally:
        torch.set_default_dtype(torch.float32)
    assert same_weights(usual, other)


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_early_stopping_looks_at_held_out_rows_and_keeps_the_best_weights(name):
    X, y = blobs()
    model = small(name, early_stopping=True, n_iter_no_change=2, max_epochs=400, tol=0.01).fit(X, y)
    held_out = model.training_history_["held_out_bound"]
    assert model.n_iter_ < 400
    assert len(held_out) == model.n_iter_
    assert held_out.argmax() <= model.n_iter_ - 1


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_the_fit_with_the_best_objective_is_kept(name):
    X, y = blobs()
    last = small(name, n_fits=3).fit(X, y).history_[-1]
    state = np.random.RandomState(0)
    singles = [small(name, random_state=state).fit(X, y).history_[-1] for _ in range(3)]
    assert last == max(singles)


def test_gradient_clipping_bounds_what_a_wild_row_can_do():
    X, y = blobs()
    X[3] *= 1e4
    clipped = small("SemiSupervisedVAE", max_gradient_norm=1.0).fit(X, y)
    assert np.isfinite(clipped.history_).all()
    assert not same_weights(clipped, small("SemiSupervisedVAE").fit(X, y))
