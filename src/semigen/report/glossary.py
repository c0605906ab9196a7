"""Terms of a report, explained in a sentence each."""

from __future__ import annotations

TERMS = (
    ("Label", "What is known of a row: the class that somebody wrote into the target column."),
    ("Labelled, unlabelled row", "A row with a label, and one where that cell is blank."),
    (
        "Error",
        "The share of labelled rows that a classifier gets wrong when their labels are hidden from it. To measure it, "
        "the labels of some rows are hidden in turn.",
    ),
    (
        "Interval",
        "The true error may lie anywhere between its two ends; few labels make it long. Where two intervals overlap "
        "much, the two classifiers may well be as good as each other.",
    ),
    ("Labels alone", "Learning from the labelled rows only, as most classifiers do; the others are not looked at."),
    ("Probability", "How sure the classifier is of a label, from 0 % to 100 %."),
)
