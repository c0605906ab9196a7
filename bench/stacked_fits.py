"""Several fits at once, with stacked weights, beside one after the other: which is quicker.

    python -m bench.stacked_fits [--fits 4]

Steps of M2 on batches like those of digits (64 columns, 179 unlabelled and 100 labelled rows), for networks of two
sizes: `--fits` models in one batched computation (`torch.func`, every class enumerated, as shapes must be fixed)
beside as many steps of single models, with every class and with the classes that matter to confident rows.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from semigen.deep.data.steps import Batch
from semigen.deep.likelihoods import Bernoulli
from semigen.deep.models.m2 import M2
from semigen.deep.models.semi_supervised import Learning

COLUMNS, CLASSES, UNLABELED, LABELED = 64, 10, 179, 100


class Loss(torch.nn.Module):
    """The loss as a module's output, which is what `functional_call` wants."""

    def __init__(self, model: M2):
        super().__init__()
        self.model = model

    def forward(self, batch: Batch, generator: torch.Generator) -> Tensor:
        return self.model.terms(batch, generator)["loss"]


def model_of(hidden: int, negligible: float, seed: int) -> M2:
    """A model whose classifier is sure of most rows."""
    log_prior = torch.full((CLASSES,), 1 / CLASSES).log()
    model = M2(
        Bernoulli(COLUMNS),
        10,
        [hidden],
        "relu",
        log_prior,
        Learning(alpha=10.0, negligible=negligible),
        torch.Generator().manual_seed(seed),
    )
    with torch.no_grad():
        model.classifier.layers[-1].weight.mul_(60)
    return model


def milliseconds(step: Callable[[], Tensor], parameters: list[Tensor]) -> float:
    """Median time of a loss and its gradient."""
    times = []
    for _ in range(60):
        began = time.perf_counter()
        torch.autograd.grad(step(), parameters)
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times[10:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", type=int, default=4)
    fits = parser.parse_args().fits
    generator = torch.Generator().manual_seed(0)
    batch = Batch(
        torch.rand((LABELED, COLUMNS), generator=generator),
        torch.randint(CLASSES, (LABELED,), generator=generator),
        torch.rand((UNLABELED, COLUMNS), generator=generator),
        labeled_share=0.1,
    )
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; ms for a step of {fits} fits\n")
    print("| hidden units | at once | one by one, every class | one by one, classes that matter |")
    print("|---|---|---|---|")
    for hidden in (50, 200, 500):
        models = [Loss(model_of(hidden, 0.0, seed)) for seed in range(fits)]
        stacked, buffers = torch.func.stack_module_state(models)
        template = models[0]

        def one(parameters: dict[str, Tensor], own: dict[str, Tensor], template: Loss = template) -> Tensor:
            return torch.func.functional_call(template, (parameters, own), (batch, generator))

        together = torch.vmap(one, randomness="different")
        at_once = milliseconds(
            lambda stacked=stacked, buffers=buffers, together=together: together(stacked, buffers).sum(),
            list(stacked.values()),
        )
        apart = []
        for negligible in (0.0, 1e-3):
            single = model_of(hidden, negligible, 0)
            step = lambda single=single: single.terms(batch, generator)["loss"]  # noqa: E731
            apart.append(fits * milliseconds(step, list(single.parameters())))
        print(f"| {hidden} | {at_once:.1f} | {apart[0]:.1f} | {apart[1]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
