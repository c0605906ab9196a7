"""Critic, generator and their losses in a step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from semigen.deep.models.critic import Critic
from semigen.deep.models.generators import ImageGenerator
from tests.deep.problems import generator, small_batch, small_pair


@pytest.mark.parametrize("n_labeled", [0, 3])
def test_the_critic_s_whole_loss_is_that_of_k_plus_one_classes_with_the_labels_among_k(n_labeled):
    pair = small_pair().train(False)
    batch = small_batch(n_labeled, 4)
    ours = pair.critic_terms(batch, generator(9))["loss"]
    generated = pair.generate(4, generator(9))
    expected = torch.zeros((), dtype=torch.float64)
    for row, code in zip(batch.labeled, batch.codes, strict=True):
        expected = expected + cross_entropy(pair.critic(row[None]), code[None]) / n_labeled
    for rows, is_real in ((batch.unlabeled, True), (generated, False)):
        for row in rows:
            e = pair.critic(row[None])[0].exp()
            believed = e.sum() / (1 + e.sum())
            expected = expected - 0.5 * (believed if is_real else 1 - believed).log() / 4
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=0)


def test_the_loss_of_labelled_rows_does_not_depend_on_how_many_there_are_in_a_batch():
    pair = small_pair().train(False)
    batch = small_batch(2, 3)
    twice = batch._replace(labeled=batch.labeled.repeat(2, 1), codes=batch.codes.repeat(2))
    once, again = (pair.critic_terms(some, generator(4))["loss"] for some in (batch, twice))
    torch.testing.assert_close(once, again)


@pytest.mark.parametrize("image_shape", [(1, 7, 5), (3, 8, 8), (2, 1, 1)])
def test_images_of_any_size_and_channels_go_through_both_networks(image_shape):
    width = int(np.prod(image_shape))
    critic = Critic(width, [4, 8, 8], 3, generator(1), "relu", image_shape)
    x = torch.rand((6, width), generator=generator(2))
    critic.start_from(x)
    assert critic(x).shape == (6, 3)
    assert critic.features(x).shape == (6, 8)
    maker = ImageGenerator(5, [8, 4], 2 * width, image_shape, generator(3), "relu")
    assert maker(torch.randn((6, 5), generator=generator(4))).shape == (6, 2 * width)
