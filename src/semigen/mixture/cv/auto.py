"""What "auto" stands for in SemiSupervisedGMMCV: transforms and numbers of components for so many rows and columns."""

from __future__ import annotations

from semigen.mixture.families import FAMILIES

# Numbers of components of a class that compete, where there are columns few enough to learn them.
COMPONENTS = (1, 2, 3)
_FEW_COLUMNS = 32

# Beyond so many columns a power for each takes too long, and a covariance for each class has too many entries.
_MANY_COLUMNS = 100

# Beyond so many columns a covariance of all of them takes too long even of the labelled rows alone: its factorisations
# take a time that grows with their cube, 50 s for a search with 2,500 columns. Leading components stand in.
MOST_COLUMNS = 800

# Leading principal components that compete, where there are at least twice as many columns.
_LEADING = (5, 10, 20)
_LEADING_OF_MANY = (5, 10, 20, 40)

# Rows times columns squared beyond which EM on all columns takes too long: about ten seconds for a search.
_MOST_WORK = 1e8


def transforms(n_rows: int, n_columns: int, *, incomplete: bool) -> list[str]:
    """Return the transforms that compete for so many rows and columns."""
    if n_columns > _MANY_COLUMNS:
        reduced = [] if incomplete else [f"pca-{q}" for q in _LEADING_OF_MANY if 2 * q < n_rows]
        return ["none", *reduced]
    if incomplete:
        return ["none", "yeo-johnson", "normal-scores"]
    reduced = [f"principal-{q}" for q in _LEADING if 2 * q <= n_columns and 2 * q < n_rows]
    return ["none", "yeo-johnson", "principal", *reduced]


def suits(
    family: str, n_components: int, n_rows: int, n_columns: int, *, by_em: bool, most_columns: float = MOST_COLUMNS
) -> bool:
    """Return whether so many rows and columns can teach a mixture of this family, in reasonable time.

    Parameters
    ----------
    family : str
    n_components : int
        Of each class.
    n_rows : int
    n_columns : int
        After the transform.
    by_em : bool
        Whether unlabelled rows count, so that a fit takes many passes.
    most_columns : float, default=800
        Of a covariance with an entry for each pair of columns.
    """
    if n_components > 1 and n_columns > _FEW_COLUMNS:
        return False
    if n_columns <= _MANY_COLUMNS:
        return True
    form = FAMILIES[family]
    dense = form.correlated and not form.rank
    if dense and (n_columns > most_columns or not form.shared):
        return False
    return not (form.correlated and by_em) or n_rows * n_columns**2 <= _MOST_WORK
