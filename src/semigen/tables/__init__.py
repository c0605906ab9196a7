"""Tables as people have them: files and frames become numbers.

`kinds` says what a column may hold and which thresholds decide, `declare` decides, `values` reads cells accordingly,
`encoder` is the transformer of scikit-learn that does both; `files`, `frames`, `target` and `reading` are for tables on
disk. Nothing is imported here: the command must answer before scikit-learn has been loaded.
"""
