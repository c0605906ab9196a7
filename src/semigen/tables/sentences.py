"""Sentences about what was seen in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from semigen._legible import shell_word
from semigen.tables.kinds import DIMENSIONS, Ambiguity, Column, Kind, Why


class Remedy(Enum):
    """What a reader types to overrule how a column is read."""

    ARGUMENT = "column_kinds"
    OPTION = "--column"
    BLOCKS = "blocks"


_LONGEST_EXAMPLE = 40
_HOLDS = {
    Kind.NUMBER: "numbers",
    Kind.CODE: "codes",
    Kind.CATEGORY: "categories",
    Kind.ORDERED: "steps of a scale",
    Kind.DATE: "dates",
    Kind.DURATION: "durations",
    Kind.BOOLEAN: "yes or no",
    Kind.TEXT: "free text",
    Kind.IDENTIFIER: "names or identifiers",
    Kind.CONSTANT: "always the same",
}
_FORMS = {
    "hexadecimal": "hexadecimal numbers",
    "ordinal": "ordinals such as 1st",
    "ratio": "ratios as one number divided by the other",
    "proportion": "ratios as one number divided by the other",
    "range": "ranges as their middle",
    "feet and inches": "feet and inches as inches",
    "coordinate": "coordinates as degrees, those in the south and west below zero",
    "uncertainty": "what stands behind ± left out",
    "footnote": "marks of footnotes left out",
    "remark": "words in brackets left out",
    "flag": "letters behind numbers left out",
    "feet-inches": "feet and inches as inches",
    "bracketed": "brackets left out",
    "open above": "40- as 40 and more",
    "open below": "40- as up to 40",
    "about": "“about” left out",
}
_SOURCES = {
    "yyyymmdd": "as in 20260131",
    "seconds": "in seconds since 1970",
    "milliseconds": "in milliseconds since 1970",
}


def holds(column: Column) -> str:
    """Return what the column holds, in a word or two."""
    if column.kind is Kind.DURATION and column.date.clock:
        return "times of day"
    return _HOLDS[column.kind]


def how_read(column: Column) -> str:
    """Return how the cells were read, or nothing where there is nothing to say of it."""
    parts = []
    number = column.number
    if column.kind in (Kind.NUMBER, Kind.ORDERED):
        if number.currency:
            parts.append(f"currency {number.currency}")
        if number.unit:
            parts.append(f"unit {number.unit}")
        converted = [f"{unit} × {factor:g}" for unit, factor in number.factors.items() if factor != 1]
        if converted:
            parts.append(f"converted: {', '.join(converted)}")
        if number.decimal == ",":
            parts.append("decimal comma")
        if number.thousands:
            parts.append(f"digits grouped by {_separators(number.thousands)}")
        parts += [_FORMS[form] for form in number.forms if form in _FORMS]
    if column.kind is Kind.DATE:
        if column.date.source in _SOURCES:
            parts.append(_SOURCES[column.date.source])
        elif column.date.day_first:
            parts.append("the day before the month")
    if column.kind is Kind.DURATION and column.date.minutes_first:
        parts.append("minutes before seconds where there are two figures")
    if column.order:
        parts.append(" < ".join(cut(each) for each in column.order))
    limits = [name for name in column.indicators if name in ("below", "above")]
    if limits:
        parts.append("limits such as “<18” as the limit, with a column that says where")
    words = [name for name in column.indicators if name not in ("below", "above")]
    if words:
        parts.append(f"a column each that says where {_quoted(words)} stands")
    if column.kind.numeric and column.missing_words:
        parts.append(f"blank: {_quoted(column.missing_words)}")
    if column.kind is Kind.TEXT:
        parts.append(f"TF-IDF, reduced to {DIMENSIONS} numbers at most by truncated SVD")
    if column.why is Why.ASKED:
        parts.append("as you said")
    return "; ".join(parts)


def why_left_out(column: Column) -> str:
    """Return why a column is not learnt from."""
    match column.why:
        case Why.ASKED:
            return "you said so"
        case Why.BLANK:
            return "it is blank in every row"
        case Why.SAME:
            return "it has the same value in every row"
        case Why.NUMBERING:
            return "it numbers the rows"
        case Why.NAMED_ID:
            return "it has another number in every row and is called an identifier"
        case Why.PHONE:
            return "it holds numbers of telephones"
        case Why.NESTED:
            return "it holds lists or bytes"
        case Why.UNITS:
            return "its numbers have several units or currencies; write all of them in the same one"
    if column.kind is Kind.CODE:
        what = "with leading zeros" if column.why is Why.LEADING_ZEROS else "that name places"
        example = f" ({cut(column.example)!r})" if column.example else ""
        return f"its numbers are codes {what}{example}, and none of its {column.n_distinct:,} values is frequent"
    return f"none of its {column.n_distinct:,} values is frequent, as in names, notes or identifiers"


def warnings_of(columns: Iterable[Column], at_command: bool = False, *, of_blocks: bool = False) -> list[str]:
    """Return a sentence for each column of which a reader must know: not used, not as it looks, or read with doubt.

    Parameters
    ----------
    columns : iterable of Column
    at_command : bool, default=False
        Whether the reader types options of the command, or else arguments in Python.
    of_blocks : bool, default=False
        Whether these are the arguments of `SemiSupervisedMixture`.
    """
    remedy = Remedy.OPTION if at_command else Remedy.BLOCKS if of_blocks else Remedy.ARGUMENT
    said = []
    for column in columns:
        if not column.used:
            if column.why is not Why.ASKED:
                said.append(f"The column {column.name!r} is left out: {why_left_out(column)}.{_remedy(column, remedy)}")
            continue
        if column.looks_like_a_number and column.why is not Why.ASKED:
            said.append(not_a_number(column, remedy))
        if column.ambiguity is not None:
            said.append(ambiguous(column, remedy))
        if column.n_unfit:
            said.append(unfit(column, remedy))
    return said


def not_a_number(column: Column, remedy: Remedy) -> str:
    """Return why a column that looks like a number is used as something else."""
    if column.why is Why.LEADING_ZEROS:
        example = f", as in {cut(column.example)!r}" if column.example else ""
        why = f"numbers with leading zeros{example} are taken for codes"
    elif column.why is Why.POSTAL:
        why = "its name says that its numbers are codes"
    elif column.why is Why.LIMITS:
        why = f"it has limits only, as in {cut(column.example)!r}, fewer than three"
    elif column.why is Why.UNITS:
        why = "its cells have several units or currencies; write all of them in the same one"
    elif column.why is Why.CODES:
        why = f"it holds codes such as {cut(column.example)!r}"
    elif column.why is Why.FEW_VALUES:
        why = f"its numbers are one or two, beside words such as {cut(column.example)!r}"
    elif column.why is Why.PHONE:
        why = "numbers are written as those of telephones are"
    else:
        why = f"{100 * column.share_of_numbers:.0f} % of its cells are numbers, which is less than half"
    return f"The column {column.name!r} is used as {holds(column)}, not as a number: {why}.{_remedy(column, remedy)}"


def ambiguous(column: Column, remedy: Remedy) -> str:
    """Return which of two readings was taken, and how to get the other."""
    if column.ambiguity is Ambiguity.THOUSANDS:
        say_so = {
            Remedy.OPTION: "say so (--decimal ,)",
            Remedy.ARGUMENT: "say so (decimal=',')",
            Remedy.BLOCKS: "write a point instead",
        }
        return (
            f"The column {column.name!r}: {column.example!r} is read as {column.example.replace(',', '')}, as the "
            f"comma may group digits; if it is the decimal sign, {say_so[remedy]}."
        )
    if column.ambiguity in (Ambiguity.RATIO, Ambiguity.TWO_NUMBERS):
        first, second = map(str.strip, column.example.split("/"))
        otherwise = (
            "if it is a day or a month, write it with its year, as in 2026-01-31."
            if column.ambiguity is Ambiguity.RATIO
            else "if these are two numbers, as of a blood pressure, give each a column of its own."
        )
        return f"The column {column.name!r}: {column.example!r} is read as {first} divided by {second}; {otherwise}"
    first = "day" if column.date.day_first else "month"
    return (
        f"The column {column.name!r}: the {first} is taken to come first in dates such as {column.example!r}, where "
        "no date tells; write dates as 2026-01-31 if that is wrong."
    )


def unfit(column: Column, remedy: Remedy) -> str:
    """Return how many cells did not fit, and some of them."""
    one = column.n_unfit == 1
    cells, count = ("1 cell is", "counts") if one else (f"{column.n_unfit:,} cells are", "count")
    kind = {Kind.NUMBER: "number", Kind.ORDERED: "step of the scale", Kind.BOOLEAN: "yes or no"}.get(
        column.kind, column.kind.value
    )
    if column.number.unit and all(any(map(str.isdigit, each)) for each in column.examples):
        kind += f" in {column.number.unit}"
    kept = [name for name in column.indicators if name not in ("below", "above")]
    aside = f"; new columns of zeros and ones say which cells hold {_quoted(kept)}" if kept else ""
    return (
        f"The column {column.name!r} holds {holds(column)}, but {cells} no {kind} and {count} as blank: "
        f"{_quoted(column.examples)}{aside}.{_remedy(column, remedy, 'category')}"
    )


def of_new_cells(column: Column, n_unfit: int, examples: Sequence[str]) -> str:
    """Return that cells do not fit what the column held in training."""
    cells = "1 cell does" if n_unfit == 1 else f"{n_unfit:,} cells do"
    such = f": {_quoted(examples)}" if examples else ""
    return f"The column {column.name!r} held {holds(column)} in training; {cells} not fit and count as blank{such}."


def of_unseen(column: Column, n_rows: int, examples: Sequence[str]) -> str:
    """Return that there are values which training did not see."""
    rows = "1 row has" if n_rows == 1 else f"{n_rows:,} rows have"
    return (
        f"The column {column.name!r}: {rows} a value that training did not see, {_quoted(examples)}; it is taken for "
        "none of those that training saw."
    )


def of_new_gaps(column: str, n_cells: int) -> str:
    """Return that cells are blank in a column that training saw without gaps."""
    cells = "1 cell has" if n_cells == 1 else f"{n_cells:,} cells have"
    return f"The column {column!r} had a value in every row of training; {cells} none and count as its median."


def of_sparse(n_columns: int) -> str:
    """Return what becomes of sparse rows."""
    return (
        f"The {n_columns:,} sparse columns are reduced to {DIMENSIONS} numbers at most by truncated SVD, taught by all "
        "rows."
    )


def indicator_name(column: str, indicator: str) -> str:
    """Return the name of the column that says where a limit or a word stands."""
    if indicator in ("below", "above"):
        return f"{column} ({indicator} the limit)"
    return f"{column} ({indicator})"


def _remedy(column: Column, remedy: Remedy, kind: str = "") -> str:
    """Say how to overrule what was decided."""
    if column.why in (Why.BLANK, Why.SAME, Why.NESTED):
        return ""
    kind = kind or ("number" if column.looks_like_a_number else "category")
    if remedy is Remedy.OPTION:
        return f" To overrule: --column {shell_word(f'{column.name}={kind}')}."
    if remedy is Remedy.BLOCKS:
        return f" To overrule: blocks={{{'gaussian' if kind == 'number' else 'categorical'!r}: [{column.name!r}]}}."
    return f" To overrule: column_kinds={{{column.name!r}: {kind!r}}}."


def _separators(signs: str) -> str:
    names = {" ": "spaces", ",": "commas", ".": "points", "'": "apostrophes", "’": "apostrophes", "_": "underscores"}
    return " and ".join(dict.fromkeys(names.get(sign, sign) for sign in signs))


def _quoted(words: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(repr(cut(each)) for each in words[:most])
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"


def cut(text: str) -> str:
    """Return a text on one line, without its end if it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_EXAMPLE else f"{text[: _LONGEST_EXAMPLE - 1]}…"
