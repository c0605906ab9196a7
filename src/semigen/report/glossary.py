"""What the report's terms and the names of classifiers mean, in a sentence each."""

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


METHODS = {
    "logistic regression": (
        "Weighs the columns against each other. Learns from labelled rows alone; the usual first choice."
    ),
    "LDA": (
        "Linear discriminant analysis: takes each class for a cloud of the same shape, and draws straight borders "
        "between them. Learns from labelled rows alone."
    ),
    "self-training": "Logistic regression that takes its own surest answers for labels, and learns again from those.",
    "label spreading": "Hands labels on to the most similar rows, from neighbour to neighbour.",
    "mixture": "Takes each class for a cloud of its own shape, and lets unlabelled rows help to find the clouds.",
    "mixture, then logistic regression": "Measures how far each row is from the clouds of a mixture, and weighs that.",
    "mixtures by cross-validation": "Tries many kinds of clouds, and averages those that told hidden labels best.",
    "average of three": "Three of the others answer, and the mean of their probabilities counts.",
    "VAE": "A neural network that learns to draw the rows of each class.",
    "VAE, then logistic regression": "A neural network sums all rows up in a few numbers, which are weighed.",
    "GAN": "Two neural networks, of which one invents rows and the other learns to tell them from real ones.",
    "flow": "A neural network that bends the classes into simple clouds.",
}
