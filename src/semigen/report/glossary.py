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
        "Range of an error",
        "The true error may lie anywhere between its two ends; few labels make it long. Where two ranges overlap "
        "much, the two classifiers may well be as good as each other.",
    ),
    (
        "Chance",
        "With few labels, two classifiers that are as good as each other still differ by the luck of which rows were "
        "hidden. A difference that chance explains proves nothing; one beyond it would come by luck in fewer than one "
        "of twenty cases.",
    ),
    ("Held-out rows", "Labelled rows whose labels were hidden from a classifier, to see whether it finds them."),
    (
        "Cloud, Gaussian cloud",
        "The rows of a class, if most of them lie near one centre and fewer the further away (books speak of a "
        "Gaussian, or normal, distribution). Classes in two groups, in a ring, or of categories are no such clouds.",
    ),
    (
        "Mixture",
        "A classifier that takes each class for a cloud, and finds them with the unlabelled rows as well.",
    ),
    (
        "Mixture of numbers and categories",
        "A mixture for tables with columns that are no numbers, such as colours or places: a class is a cloud in the "
        "numbers, and in each other column it has values that are frequent and values that are rare.",
    ),
    (
        "Ensemble",
        "Several classifiers that answer together. Each counts by how well it told labels that were hidden from it.",
    ),
    (
        "Tables like this one",
        "Other tables, tried before, with about as many labels a class, columns for each label, categories and blank "
        "cells. How the classifiers did there is weighed with how they did here, as few labels tell little.",
    ),
    ("Labels alone", "Learning from the labelled rows only, as most classifiers do; the others are not looked at."),
    ("Probability", "How sure the classifier is of a label, from 0 % to 100 %."),
)
