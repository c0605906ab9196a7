"""A training step of M2: ours beside a straightforward loop over the classes, over whole fits.

    python -m bench.deep_step --data DIR [--rows 10000] [--epochs 20]

Both are M2 with hidden layers of 500 and 500, 50 latents, 10 classes, batches of 200 unlabelled and 100 labelled rows,
in float32, the same learning rate schedule, on the same rows of MNIST with 1,000 labels; the error is on the test rows.
The loop computes encoder and decoder once for each class, for all rows, with unsplit first layers. Ours is timed with
every class enumerated, then with those that matter, then in bfloat16; the two bounds are compared after every epoch.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.accuracy.mnist import few_labels, load
from semigen import SemiSupervisedVAE
from semigen.deep import Moment

LATENT, HIDDEN, CLASSES, UNLABELED, LABELED = 50, 500, 10, 200, 100
ALPHA, RATE = 10.0, 1e-3


class LoopedM2(nn.Module):
    """M2 as one writes it down: the class is a one-hot input, and a loop goes over the classes."""

    def __init__(self) -> None:
        super().__init__()

        def perceptron(n_inputs: int, n_outputs: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Linear(n_inputs, HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, n_outputs),
            )

        self.classifier = perceptron(784, CLASSES)
        self.encoder = perceptron(784 + CLASSES, 2 * LATENT)
        self.decoder = perceptron(LATENT + CLASSES, 784)

    def bound(self, x: Tensor, y: Tensor) -> Tensor:
        one_hot = functional.one_hot(y, CLASSES).float()
        mean, log_variance = self.encoder(torch.cat([x, one_hot], dim=1)).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        logits = self.decoder(torch.cat([z, one_hot], dim=1))
        reconstruction = -functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
        return reconstruction - divergence - math.log(CLASSES)

    def loss(self, labeled: Tensor, y: Tensor, unlabeled: Tensor, share: float) -> Tensor:
        log_q = functional.log_softmax(self.classifier(unlabeled), dim=1)
        bounds = []
        for k in range(CLASSES):
            bounds.append(self.bound(unlabeled, torch.full((len(unlabeled),), k)))
        of_unlabeled = (log_q.exp() * (torch.stack(bounds, dim=1) - log_q)).sum(dim=1).mean()
        of_labeled = self.bound(labeled, y).mean()
        return (
            -share * of_labeled
            - (1 - share) * of_unlabeled
            + ALPHA * functional.cross_entropy(self.classifier(labeled), y)
        )


def loop(X: np.ndarray, y: np.ndarray, epochs: int) -> tuple[LoopedM2, float]:
    """A fitted loop and its milliseconds per step."""
    torch.manual_seed(0)
    model = LoopedM2()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    rows, codes = torch.from_numpy(X), torch.from_numpy(y)
    labeled, unlabeled = torch.nonzero(codes >= 0).squeeze(1), torch.nonzero(codes < 0).squeeze(1)
    per_epoch = len(unlabeled) // UNLABELED
    began = time.perf_counter()
    for epoch in range(epochs):
        order = unlabeled[torch.randperm(len(unlabeled))]
        for step in range(per_epoch):
            done = (epoch * per_epoch + step) / (epochs * per_epoch)
            optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * done))
            some = labeled[torch.randperm(len(labeled))[:LABELED]]
            batch = order[step * UNLABELED : (step + 1) * UNLABELED]
            loss = model.loss(rows[some], codes[some], rows[batch], len(labeled) / len(rows))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model, 1000 * (time.perf_counter() - began) / (epochs * per_epoch)


def estimator(epochs: int, **options: Any) -> SemiSupervisedVAE:
    """Ours, without what the loop lacks."""
    return SemiSupervisedVAE(
        LATENT,
        (HIDDEN, HIDDEN),
        alpha=ALPHA,
        learning_rate=RATE,
        max_epochs=epochs,
        labeled_batch_size=LABELED,
        warm_up=0.0,
        input_noise=0.0,
        dropout=0.0,
        random_state=0,
        **options,
    )


def largest_gap(X: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Relative difference of the bounds with every class and with those that matter: same weights, rows and noise."""
    rows, gaps = torch.from_numpy(X[:1000]), []

    def compare(moment: Moment) -> None:
        model: Any = moment.module
        learning, bounds = model.learning, []
        with torch.no_grad():
            for negligible in (0.0, learning.negligible):
                model.learning = replace(learning, negligible=negligible)
                bounds.append(float(model.held_out_bound(rows, torch.Generator().manual_seed(0))))
        model.learning = learning
        gaps.append(abs(bounds[1] / bounds[0] - 1))

    estimator(epochs, negligible=1e-3, callbacks=[compare]).fit(X, y)
    return max(gaps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=20)
    given = parser.parse_args()
    X, truth, X_test, truth_test = load(given.data)
    X, y = X[: given.rows], few_labels(truth[: given.rows], 1000, 0)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {given.rows} rows, {given.epochs} epochs")
    ours = {
        "every class": (0.0, "float32"),
        "classes that matter": (1e-3, "float32"),
        "same, bfloat16": (1e-3, "bfloat16"),
    }
    results = {}
    for name, (negligible, precision) in ours.items():
        model = estimator(given.epochs, negligible=negligible, precision=precision)
        began = time.perf_counter()
        model.fit(X, y)
        per_step = 1000 * (time.perf_counter() - began) / (given.epochs * (int((y < 0).sum()) // UNLABELED))
        results[name] = per_step
        error, bound = 100 * np.mean(model.predict(X_test) != truth_test), model.training_history_["bound"][-1]
        print(f"{name}: {per_step:.1f} ms a step, error {error:.2f} %, bound {bound:.2f}", flush=True)
    print(f"largest difference of the two bounds after any epoch: {100 * largest_gap(X, y, given.epochs):.4f} %")
    looped, per_step = loop(X, y, given.epochs)
    with torch.no_grad():
        error = 100 * (looped.classifier(torch.from_numpy(X_test)).argmax(dim=1).numpy() != truth_test).mean()
    print(f"loop over classes: {per_step:.1f} ms a step, error {error:.2f} %")
    for name, milliseconds in results.items():
        print(f"{name}: {per_step / milliseconds:.1f} times fewer milliseconds than the loop")


if __name__ == "__main__":
    main()
