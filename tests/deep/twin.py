"""A slow, readable M2: one row and one class at a time, the class a one-hot input of undivided layers."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import one_hot


def layers_of(perceptron) -> list[tuple[Tensor, Tensor]]:
    return [(layer.weight, layer.bias) for layer in (perceptron.first, *perceptron.layers)]


def through(layers: list[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    for weight, bias in layers[:-1]:
        x = torch.relu(weight @ x + bias)
    weight, bias = layers[-1]
    return weight @ x + bias


def with_class(network, x: Tensor, k: int) -> Tensor:
    """The output of a split network, computed as a dense layer of x and a one-hot class side by side."""
    (weight, bias), *rest = layers_of(network.perceptron)
    n_classes = len(network.class_vectors.weight)
    joined = torch.cat([weight, network.class_vectors.weight.T], dim=1)
    return through([(joined, bias), *rest], torch.cat([x, one_hot(torch.tensor(k), n_classes).to(x.dtype)]))


def normal_log_density(value: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    squared = (value - mean) ** 2 / torch.exp(log_variance)
    return torch.sum(-0.5 * (squared + log_variance + math.log(2 * math.pi)))


def bound(model, x: Tensor, k: int, noise: Tensor) -> Tensor:
    """L(x, k) with the divergence in closed form, for Bernoulli columns."""
    encoded = with_class(model.encoder, x, k)
    mean, log_variance = encoded[: model.latent_dim], encoded[model.latent_dim :]
    z = mean + torch.exp(log_variance / 2) * noise
    probability = torch.sigmoid(with_class(model.decoder, z, k))
    reconstruction = torch.sum(x * torch.log(probability) + (1 - x) * torch.log(1 - probability))
    divergence = 0.5 * torch.sum(mean**2 + torch.exp(log_variance) - 1 - log_variance)
    return reconstruction + model.log_prior[k] - divergence


def loss(model, batch, noise: Tensor) -> Tensor:
    """The loss per datum, a loop over rows and classes."""
    n_labeled, n_unlabeled = len(batch.labeled), len(batch.unlabeled)
    labeled = cross_entropy = unlabeled = torch.zeros((), dtype=noise.dtype)
    for i in range(n_labeled):
        k = int(batch.codes[i])
        labeled = labeled + bound(model, batch.labeled[i], k, noise[i]) / n_labeled
        scores = through(layers_of(model.classifier), batch.labeled[i])
        cross_entropy = cross_entropy - torch.log(torch.softmax(scores, 0)[k]) / n_labeled
    for j in range(n_unlabeled):
        probability = torch.softmax(through(layers_of(model.classifier), batch.unlabeled[j]), 0)
        for k in range(model.n_classes):
            each = bound(model, batch.unlabeled[j], k, noise[n_labeled + j])
            unlabeled = unlabeled + probability[k] * (each - torch.log(probability[k])) / n_unlabeled
    share = batch.labeled_share
    return -(share * labeled + (1 - share) * unlabeled) + model.learning.alpha * cross_entropy
