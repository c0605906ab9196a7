"""Signs that a fitted classifier is wrong, looked for after every fit: values, and one sentence that tells of them."""

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
    suspicions_of,
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
    "suspicions_of",
]
