"""The subcommands, a file for each, and the table of all.

A file holds a function of its own name with the options, and its first line is what `semigen --help` says. It imports
what computes only when it runs: scikit-learn takes a second.
"""

SUBCOMMANDS = ("label", "predict", "show", "recommend", "demo", "info")
