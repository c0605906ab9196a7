"""Tables as people have them: files and frames become numbers.

`kinds` has the kinds of columns and the thresholds that decide between them, `declare` decides, `values` reads cells
accordingly, and `encoder` is the transformer of scikit-learn that does both. `files`, `frames`, `target` and
`read_table` are for tables on disk. Nothing is imported here: the command must answer before scikit-learn is loaded.
"""
