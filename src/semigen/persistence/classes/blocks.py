"""Mixtures over blocks of columns: how tables are read, blocks, priors, and what labels held out have chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from semigen.persistence.classes.mixtures import OF_CLASSIFIERS, OPTIONAL
from semigen.persistence.restorable import Data, Estimator, Restorable, expect
from semigen.persistence.schema import Integer, Text
from semigen.persistence.value_kinds import Each, Instance

_BLOCKS = Each(Instance("Categorical", "Poisson", "NegativeBinomial", "Words"), tuple)
_ROOT = "semigen.mixture"
_KINDS = ["gaussian", "categorical", "poisson", "negative_binomial", "words", "ignored"]


@dataclass(frozen=True)
class _Mixture(Estimator):
    def complete(self, value: Any) -> None:
        fit, encoder, reading = value._fit, value._encoder, value._reading
        n_components, blocks = len(fit.parameters.log_weights), encoder.blocks
        expect(len(value.classes_) == len(fit.class_first) - 1, "its fit is of other classes")
        expect(value.n_features_in_ == reading.n_columns, "its fit is of other columns")
        expect(fit.parameters.n_features == max(1, len(reading.numbers())), "its fit is of other numbers")
        expect(len(encoder.levels) == len(reading.categories()), "its categories are of other columns")
        parameters = fit.parameters.blocks or ()
        expect(len(parameters) == len(blocks), "its fit is of other blocks")
        expect((fit.prior.blocks is None) == (not blocks), "its prior is of other blocks")
        for block, own in zip(blocks, parameters, strict=True):
            expect(own.shape == _shape(block, reading, n_components), f"a block of {block.kind} has other parameters")
            expect(bool(np.isfinite(own).all()), f"a block of {block.kind} has parameters that are no finite numbers")
        sizes = [block.sizes for block in blocks if block.kind == "categorical"]
        of_levels = [np.array([each.size for each in encoder.levels])] if encoder.levels else []
        expect(all(map(np.array_equal, sizes, of_levels)) and len(sizes) == len(of_levels), "its categories differ")
        texts = [block.n_words for block in blocks if block.kind == "words"]
        words = reading.words()
        expected = [*([] if words is None else [len(words)]), *(len(each) for each in encoder.vocabularies)]
        expect(texts == expected, "its words are of other texts")
        value._keep_parameters(fit)


def _shape(block: Any, reading: Any, n_components: int) -> tuple[int, ...]:
    """Return the shape of a block's parameters."""
    if block.kind in ("categorical", "words"):
        return block.n_cells, n_components
    n_columns = sum(each.block == block.kind for each in reading.columns)
    return (n_columns, n_components) if block.kind == "poisson" else (2, n_columns, n_components)


CLASSES: tuple[Restorable, ...] = (
    _Mixture(
        f"{_ROOT}.mixed.estimator",
        "SemiSupervisedMixture",
        {
            **OF_CLASSIFIERS,
            "_fit": Instance("MixtureFit"),
            "_reading": Instance("TableReading"),
            "_encoder": Instance("BlockEncoder"),
            "choice_": Instance("HeldOutChoice"),
            "n_unsure_": Integer(),
        },
        OPTIONAL,
        again=(
            "component_class_",
            "weights_",
            "class_prior_",
            "means_",
            "covariances_",
            "n_iter_",
            "converged_",
            "history_",
        ),
    ),
    Data(f"{_ROOT}.mixed.table_reading", "TableReading"),
    Data(f"{_ROOT}.mixed.table_reading", "ColumnReading", {"block": Text(_KINDS)}),
    Data(f"{_ROOT}.mixed.block_encoder", "BlockEncoder", {"blocks": _BLOCKS}),
    Data(f"{_ROOT}.mixed.block_encoder", "Levels"),
    Data(f"{_ROOT}.mixed.held_out_choice", "HeldOutChoice"),
    Data(f"{_ROOT}.mixed.held_out_choice", "Setting"),
    Data(f"{_ROOT}.blocks.product", "BlockPrior", {"blocks": _BLOCKS}),
    Data(f"{_ROOT}.blocks.categorical", "Categorical"),
    Data(f"{_ROOT}.blocks.poisson", "Poisson"),
    Data(f"{_ROOT}.blocks.negative_binomial", "NegativeBinomial"),
    Data(f"{_ROOT}.blocks.words", "Words"),
)
