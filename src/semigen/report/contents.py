"""Contents of a report, before it is a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from semigen.diagnostics.rows_to_check import RowsToCheck

# The place on the page of the picture that says whether more labels would help.
MORE_LABELS = "more-labels"


@dataclass(frozen=True)
class ColumnSeen:
    """A column that was learnt from.

    Attributes
    ----------
    name : str
    kind : str
        What it holds, as in "numbers", "dates" or "categories".
    n_blank : int
        Cells without a value that could be read.
    how : str
        How it was read, where there is something to say of it.
    """

    name: str
    kind: str
    n_blank: int
    how: str = ""


class Place(Enum):
    """Where on the page a picture stands."""

    REASONS = auto()
    CLASSIFIERS = auto()
    SEEN = auto()


@dataclass(frozen=True)
class Picture:
    """A picture and what it shows.

    Attributes
    ----------
    place : Place
        Below the reasons, below the table of all classifiers, or with what was seen.
    title : str
    source : str or None
        A data URI; None if it could not be drawn.
    alternative : str
        What it shows, for those who do not see it.
    caption : str
        How to read it, or why it could not be drawn.
    answer : str
        What it shows, where its title is a question.
    anchor : str
        By which the page links to it, if it does.
    """

    place: Place
    title: str
    source: str | None
    alternative: str
    caption: str
    answer: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Question:
    """A row worth labelling.

    Attributes
    ----------
    row : int
        Its number, from 1.
    guesses : list of (class, probability)
        The most probable classes.
    cells : dict
        Some of its columns, to find it by.
    sought : str or None
        A class of which labels are needed most, and which this row may be of; None if it is asked for as the
        classifier is in doubt of it.
    """

    row: int
    guesses: list[tuple[str, float]]
    cells: dict[str, str]
    sought: str | None = None


@dataclass(frozen=True)
class Step:
    """Something to do, and what to type for it.

    Attributes
    ----------
    what : str
    code : str
    """

    what: str
    code: str


@dataclass(frozen=True)
class Contents:
    """All that a report tells.

    Attributes
    ----------
    table : str
        Name of the table.
    target : str
        The column with the labels.
    n_rows : int
    classes : list of (class, int)
        Labelled rows of each class.
    columns : list of ColumnSeen
    left_out : dict
        For each column that was not used, the reason.
    found : Recommendation
    pictures : list of Picture
    questions : list of Question
    steps : list of Step
        How to use the result.
    labelled : str or None
        Name of the table in which all rows were labelled with it.
    made : list of (name, value)
        When and with which settings the report was made.
    doubts : list of str
        Sentences on columns that were left out, or are not used as they look, or were read with doubt.
    check : RowsToCheck or None
        Rows whose labels to check.
    cells : mapping of int to mapping of str to str
        Of each of these, by its number, some columns to find it by.
    """

    table: str
    target: str
    n_rows: int
    classes: list[tuple[str, int]]
    columns: list[ColumnSeen]
    left_out: dict[str, str]
    found: Any
    pictures: list[Picture]
    questions: list[Question]
    steps: list[Step]
    labelled: str | None
    made: list[tuple[str, str]]
    doubts: list[str] = field(default_factory=list)
    check: RowsToCheck | None = None
    cells: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    @property
    def n_labeled(self) -> int:
        """Rows with a label."""
        return sum(count for _, count in self.classes)

    @property
    def n_unlabeled(self) -> int:
        """Rows without one."""
        return self.n_rows - self.n_labeled
