"""Signs that a fitted classifier is wrong, found after every fit in what is there: values, and a sentence for people."""

from semigen.diagnostics.examined import Examined, HeldOutAnswers
from semigen.diagnostics.suspicions import (
    DisagreementWithReference,
    GuessedLabels,
    ImprobableLabels,
    Overconfidence,
    ShiftedClass,
    Sign,
    Suspicion,
    TooFewRows,
    UnbalancedAnswers,
    WildValues,
    in_order,
)
from semigen.diagnostics.warning import SuspectFitWarning, sentence_of

__all__ = [
    "DisagreementWithReference",
    "Examined",
    "GuessedLabels",
    "HeldOutAnswers",
    "ImprobableLabels",
    "Overconfidence",
    "ShiftedClass",
    "Sign",
    "SuspectFitWarning",
    "Suspicion",
    "TooFewRows",
    "UnbalancedAnswers",
    "WildValues",
    "in_order",
    "sentence_of",
]
