"""Mixtures over blocks of columns: how tables are read, blocks, priors, and what labels held out have chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from semigen.persistence.classes.mixtures import OF_CLASSIFIERS, OPTIONAL
from semigen.persistence.restorable import Data, Estimator, Restorable, expect
from semigen.persistence.schema import Integer, Text
from semigen.persistence.value_kinds import Each, Instance

_ROOT = "semigen.mixture"
# Blocks, by the names of their kinds and modules.
_BLOCK_OF = {
    "categorical": "Categorical",
    "poisson": "Poisson",
    "negative_binomial": "NegativeBinomial",
    "words": "Words",
}
_BLOCKS = Each(Instance(*_BLOCK_OF.values()), tuple)


@dataclass(frozen=True)
class _Mixture(Estimator):
    def complete(self, value: Any) -> None:
        fit, encoder, reading = value._fit, value._encoder, value._reading
        n_components, columns, blocks = len(fit.parameters.log_weights), reading.blocks(), encoder.blocks
        expect(len(value.classes_) == len(fit.class_first) - 1, "its fit is of other classes")
        expect(value.n_features_in_ == reading.n_columns, "its fit is of other columns")
        expect(fit.parameters.n_features == max(1, len(reading.numbers())), "its fit is of other numbers")
        expect(encoder.fits(columns), "its blocks are of other columns")
        parameters = fit.parameters.blocks or ()
        expect(len(parameters) == len(blocks), "its fit is of other blocks")
        expect((fit.prior.blocks is None) == (not blocks), "its prior is of other blocks")
        for (_, names), block, own in zip(columns, blocks, parameters, strict=True):
            shape = (*block.shape(len(names)), n_components)
            expect(own.shape == shape, f"a block of {block.kind} has other parameters")
            expect(bool(np.isfinite(own).all()), f"a block of {block.kind} has parameters that are no finite numbers")
        value._keep_parameters(fit)


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
    Data(f"{_ROOT}.mixed.table_reading", "ColumnReading", {"block": Text(["gaussian", *_BLOCK_OF, "ignored"])}),
    Data(f"{_ROOT}.mixed.block_encoder", "BlockEncoder", {"blocks": _BLOCKS}),
    Data(f"{_ROOT}.mixed.column_kinds.categorical", "Levels"),
    Data(f"{_ROOT}.mixed.held_out_choice", "HeldOutChoice"),
    Data(f"{_ROOT}.mixed.held_out_choice", "Setting"),
    Data(f"{_ROOT}.blocks.product", "BlockPrior", {"blocks": _BLOCKS}),
    *(Data(f"{_ROOT}.blocks.{module}", name) for module, name in _BLOCK_OF.items()),
)
