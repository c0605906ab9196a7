"""Bounds and losses of the variational models, against the twin and against integrals."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from semigen.deep import Moment
from semigen.deep.layers.distributions import DiagonalNormal, standard_normal_log_prob
from semigen.deep.layers.enumeration import Pairs
from semigen.deep.likelihoods import Bernoulli, Gaussian
from semigen.deep.models.m1 import M1
from semigen.deep.models.stacked_vae import JointStack
from semigen.deep.objectives.semi_supervised import marginal_bound
from tests.deep import twin
from tests.deep.problems import generator, gradients, noise_of, small_auxiliary, small_batch, small_m2
from tests.deep.tables import blobs, small


def test_a_classifier_that_is_no_number_is_not_a_perfect_one():
    X, y = blobs()

    def spoil(moment: Moment) -> None:
        if moment.epoch == 2:
            for parameter in moment.module.classifier.parameters():
                parameter.data.fill_(float("nan"))

    with pytest.warns(ConvergenceWarning, match="ran away"):
        model = small("SemiSupervisedVAE", classes=[0, 1, 2], callbacks=[spoil]).fit(X, np.full(len(y), -1))
    assert model.n_iter_ == 2
    assert np.isfinite(model.predict_proba(X)).all()


def test_a_row_of_which_no_class_is_left_has_no_bound():
    log_q = torch.tensor([[float("nan"), float("nan")], [-0.1, -2.35]])
    pairs = Pairs.that_matter(torch.empty(0, dtype=torch.long), log_q, 1e-3)
    bounds = marginal_bound(torch.tensor([-5.0, -6.0]), log_q, pairs)
    assert bounds[0].isnan()
    assert bounds[1].isfinite()


def grid(n: int, reach: float = 9.0) -> tuple[torch.Tensor, float]:
    points = torch.linspace(-reach, reach, n, dtype=torch.float64)
    return points, float(points[1] - points[0])


@pytest.mark.parametrize(("n_labeled", "n_unlabeled"), [(3, 4), (0, 4), (3, 0), (1, 1)])
@pytest.mark.parametrize("n_classes", [2, 3, 26])
def test_the_loss_and_its_gradient_are_those_of_a_loop_over_rows_and_classes(n_labeled, n_unlabeled, n_classes):
    model = small_m2(n_classes)
    batch = small_batch(n_labeled, n_unlabeled, n_classes)
    ours = model.terms(batch, generator(5))["loss"]
    theirs = twin.loss(model, batch, noise_of(model, n_labeled + n_unlabeled, 5))
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=0)
    for one, other in zip(gradients(model, ours), gradients(model, theirs), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-12)


def test_leaving_out_no_class_gives_the_same_loss_by_either_way_of_enumerating():
    batch = small_batch(3, 6)
    complete, listed = small_m2(), small_m2(negligible=1e-300)
    ours, theirs = (model.terms(batch, generator(5))["loss"] for model in (complete, listed))
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
    for one, other in zip(gradients(complete, ours), gradients(listed, theirs), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-13)


def test_leaving_out_negligible_classes_moves_the_bound_by_less_than_a_thousandth():
    batch = small_batch(0, 200)
    models = small_m2(), small_m2(negligible=1e-3)
    with torch.no_grad():
        for model in models:
            model.classifier.layers[-1].weight.mul_(40)  # probabilities of all sizes
    full, short = (float(model.terms(batch, generator(5))["unlabeled_bound"]) for model in models)
    assert short != full
    assert abs(short - full) < 1e-3 * abs(full)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(2, 5), st.floats(0, 0.5), st.integers(0, 2**31))
def test_the_marginal_bound_stays_below_the_exact_sum_over_classes(n_rows, n_classes, negligible, seed):
    """For any q, sum_k q_k (L_k - log q_k) <= log sum_k exp L_k, with equality at q = softmax(L)."""
    draw = generator(seed)
    bounds = 5 * torch.randn((n_rows, n_classes), generator=draw, dtype=torch.float64)
    nothing = torch.empty(0, dtype=torch.long)
    exact = torch.logsumexp(bounds, dim=1)
    some_q = torch.log_softmax(3 * torch.randn((n_rows, n_classes), generator=draw, dtype=torch.float64), dim=1)
    for log_q in (some_q, torch.log_softmax(bounds, dim=1)):
        pairs = Pairs.that_matter(nothing, log_q, negligible)
        of_pairs = bounds[pairs.of_unlabeled()]
        assert (marginal_bound(of_pairs, log_q, pairs) <= exact + 1e-9).all()
    every = Pairs.every(nothing, n_rows, n_classes)
    torch.testing.assert_close(marginal_bound(bounds.flatten(), torch.log_softmax(bounds, 1), every), exact)


def test_the_labelled_bound_tightens_to_the_integral_over_z():
    """log p(x, y) by quadrature on a model with one latent variable; importance sampling must approach it."""
    model = small_m2(2, likelihood=Gaussian(2), latent_dim=1)
    x = torch.tensor([[0.3, -1.2], [2.0, 0.4]], dtype=torch.float64)
    z, step = grid(4001)
    with torch.no_grad():
        for k in range(2):
            classes = torch.full((len(x),), k)
            decoded = model.decode(z.reshape(-1, 1), torch.full((len(z),), k))
            log_joint = model.likelihood.log_prob(decoded.unsqueeze(1), x) + standard_normal_log_prob(
                z.reshape(-1, 1, 1)
            )
            exact = torch.logsumexp(log_joint, dim=0) + math.log(step) + model.log_prior[k]
            draws = torch.randn((100_000, 1, 1), generator=generator(8), dtype=torch.float64)
            sampled = model.log_joint(x, draws)[:, k]
            torch.testing.assert_close(sampled, exact, rtol=0, atol=5e-3)
            bounds = [model.bounds(x, classes, generator(seed))[0] for seed in range(500)]
            assert (torch.stack(bounds).mean(dim=0) < exact).all()


@pytest.mark.parametrize("skip", [True, False])
def test_the_auxiliary_bound_tightens_to_the_integral_over_a_and_z(skip):
    model = small_auxiliary(2, skip=skip, likelihood=Gaussian(2))
    x = torch.tensor([[0.3, -1.2]], dtype=torch.float64)
    points, step = grid(401, 9.0)
    z, a = (values.reshape(-1, 1) for values in torch.meshgrid(points, points, indexing="ij"))
    with torch.no_grad():
        for k in range(2):
            classes = torch.full((len(z),), k)
            prior_of_a = DiagonalNormal.from_parameters(model.auxiliary_decoder(z, classes))
            decoded = model.decoder(torch.cat([z, a], dim=1) if skip else z, classes)
            log_joint = model.likelihood.log_prob(decoded, x) + standard_normal_log_prob(z) + prior_of_a.log_prob(a)
            exact = torch.logsumexp(log_joint, dim=0) + 2 * math.log(step) + model.log_prior[k]
            draws = torch.randn((100_000, 1, 2), generator=generator(8), dtype=torch.float64)
            torch.testing.assert_close(model.log_joint(x, draws)[0, k], exact, rtol=0, atol=0.02)
            bounds = torch.stack([model.bounds(x, torch.tensor([k]), generator(s))[0][0] for s in range(500)])
            assert bounds.mean() < exact


def test_the_stack_s_bound_lies_below_its_importance_weighted_one():
    lower = M1(Bernoulli(5), 2, [6], "relu", generator(1)).double()
    upper = small_m2(2, likelihood=Gaussian(2))
    model = JointStack(lower, upper)
    x = small_batch(0, 3).unlabeled
    with torch.no_grad():
        tight = torch.logsumexp(model.log_joint(x, torch.randn((3000, 1, 4), generator=generator(9)).double()), dim=1)
        bounds = torch.stack([model.held_out_bound(x, generator(seed)) for seed in range(300)])
    assert float(bounds.mean()) < float(tight.mean())
    assert float(bounds.mean()) > float(tight.mean()) - 3


def test_the_loss_does_not_depend_on_how_many_rows_of_a_sort_are_in_the_batch():
    """Twice the labelled rows, the same ones: the loss stays what it was, alpha included."""
    model = small_m2(negligible=0.0)
    once = small_batch(3, 4)
    twice = once._replace(labeled=once.labeled.repeat(2, 1), codes=once.codes.repeat(2))
    still = torch.zeros((len(twice.rows), model.latent_dim), dtype=torch.float64)
    model.standard_normal = lambda shape, like, generator: still[: shape[0]]
    one, two = (model.terms(batch, generator())["loss"].item() for batch in (once, twice))
    assert one == pytest.approx(two, rel=1e-12)


def test_integer_weights_are_repeated_rows():
    model = small_m2()
    batch = small_batch(2, 2)
    weights = torch.tensor([3.0, 1.0], dtype=torch.float64)
    repeated = batch._replace(unlabeled=batch.unlabeled[[0, 0, 0, 1]])
    weighted = batch._replace(unlabeled_weights=weights / weights.mean())
    still = torch.zeros((6, model.latent_dim), dtype=torch.float64)
    model.standard_normal = lambda shape, like, generator: still[: shape[0]]
    one, two = (model.terms(each, generator())["loss"].item() for each in (repeated, weighted))
    assert one == pytest.approx(two, rel=1e-12)
