"""The page of a report: its sections in order, as HTML that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from semigen.diagnostics.rows_to_check import RowsToCheck, RowToCheck
from semigen.recommendation import text
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.findings import NextStep, Status
from semigen.report import page_text
from semigen.report.contents import MORE_LABELS, Contents, Picture, Place, Question
from semigen.report.glossary import TERMS
from semigen.report.markup import Markup, bullets, element, joined, table
from semigen.report.stylesheet import STYLE

# Longer lists are cut, with the number of what is left.
_MOST_CLASSES = 20
_MOST_COLUMNS = 40
_MOST_DOUBTS = 20

# A browser that holds to it loads nothing from anywhere and runs no script, whatever a cell of the table says.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def to_html(contents: Contents) -> str:
    """Return the report as an HTML document."""
    title = page_text.title(contents)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    sections = [
        element("h1", title),
        _answer(contents),
        _doubts(contents),
        _to_do(contents),
        _to_check(contents),
        _choice(contents),
        _seen(contents),
        _questions(contents),
        _use(contents),
        _small_print(contents),
    ]
    return f"<!DOCTYPE html>\n{element('html', head, element('body', element('main', *sections)), lang='en')}\n"


def _answer(contents: Contents) -> Markup:
    chosen = contents.found.candidates[contents.found.chosen]
    facts = [
        (f"{contents.n_rows:,}", "rows"),
        (f"{contents.n_labeled:,}", f"labelled, of {len(contents.classes):,} classes"),
        (f"{contents.n_unlabeled:,}", "to be labelled"),
        (page_text.in_percent(chosen.error), "error of the chosen classifier"),
    ]
    tiles = element("ul", *(element("li", element("b", number), what) for number, what in facts), class_="facts")
    decision, *others = text.verdict(contents.found.conclusion, text.Medium.PAGE)
    kind = "verdict caution" if contents.found.conclusion.is_to_be_checked else "verdict"
    said = [element("p", decision, class_=kind), element("p", " ".join(others), class_="verdict-details")]
    return joined([*said, tiles])


def _doubts(contents: Contents) -> Markup:
    if not contents.doubts:
        return Markup("")
    shown = islice(contents.doubts, _MOST_DOUBTS)
    parts = [bullets(shown), _cut(len(contents.doubts), _MOST_DOUBTS, "sentences")]
    return _section("Columns to look at first", "doubts", *parts)


def _to_do(contents: Contents) -> Markup:
    items: list[str] = []
    check, check_all = contents.check, contents.found.conclusion.is_to_be_checked
    below = element("a", "The command is below.", href="#use")
    if contents.labelled is not None:
        items.append(page_text.labelled(contents))
    elif contents.n_unlabeled and contents.steps:
        to_check = ", for you to check" if check_all else ""
        items.append(joined([f"It can label the blank rows for you, in a new table{to_check}. ", below]))
    if check is not None and check.n_predicted:
        items.append(page_text.predicted(check))
    if check is not None and page_text.kinds_to_check(check):
        kinds = element("a", ", then ".join(page_text.kinds_to_check(check)), href="#check")
        others = ", then every other predicted label that you use." if check_all else "."
        begin = "Check labels in this order: " if check_all or len(page_text.kinds_to_check(check)) > 1 else "Check "
        items.append(joined([begin, kinds, others]))
    if contents.questions:
        items.append(_more_labels(contents))
    items += text.sentences(_next_steps(contents), text.Medium.PAGE)
    items += page_text.trust(contents)
    return _section("What to make of it", "sense", bullets(items))


def _more_labels(contents: Contents) -> Markup:
    """Return which rows to label first, after what was measured of more labels."""
    told = contents.found.conclusion.more_labels
    parts: list[str] = [page_text.whether_to_label(told)]
    if any(each.anchor == MORE_LABELS for each in contents.pictures):
        parts += [" (", element("a", "why", href=f"#{MORE_LABELS}"), ")"]
    rows = element("a", _rows(contents.questions[:5]), href="#questions")
    return joined([*parts, page_text.before_rows_to_label(told), rows, ", which tell the most."])


def _rows(questions: Sequence[Question]) -> str:
    return ", ".join(str(question.row) for question in questions)


def _to_check(contents: Contents) -> Markup:
    check = contents.check
    if check is None or not check.n_given + check.n_predicted:
        return Markup("")
    parts: list[Markup] = []
    if check.n_given:
        shown = page_text.in_percent_apart(
            [p for each in check.doubted for p in (each.probability, each.best_probability)]
        )
        lines = [
            [
                str(each.row),
                str(each.label),
                own,
                str(each.best),
                best,
                *_whether_hidden(check, each),
                *_cells(contents, each),
            ]
            for each, own, best in zip(check.doubted, shown[::2], shown[1::2], strict=True)
        ]
        header = ["row", "label that was given", "its probability", "more probable class", "its probability"]
        header += ["hidden"] if page_text.has_hidden(check) else []
        header += _names_of_cells(contents, check.doubted)
        parts += [
            element("h3", "First: given labels that look wrong"),
            element("p", page_text.doubted(check)),
            table(header, lines, numeric=(0, 2, 4)) if lines else Markup(""),
        ]
    if check.n_predicted:
        shown = page_text.in_percent_apart([each.probability for each in check.unsure])
        lines = [
            [str(each.row), str(each.label), own, *_cells(contents, each)]
            for each, own in zip(check.unsure, shown, strict=True)
        ]
        header = ["row", "predicted label", "its probability", *_names_of_cells(contents, check.unsure)]
        parts += [
            element("h3", "Then: predictions that are least sure"),
            element("p", page_text.unsure(check, contents)),
            table(header, lines, numeric=(0, 2)),
        ]
    return _section(
        "Rows whose labels to check",
        "check",
        *parts,
        element("p", page_text.counted(contents, contents.cells.values()), class_="quiet"),
    )


def _whether_hidden(check: RowsToCheck, row: RowToCheck) -> list[str]:
    if not page_text.has_hidden(check):
        return []
    return ["yes" if row.hidden else "no"]


def _cells(contents: Contents, of: RowToCheck) -> list[str]:
    return list(contents.cells.get(of.row, {}).values())


def _names_of_cells(contents: Contents, rows: Sequence[RowToCheck]) -> list[str]:
    return list(contents.cells.get(rows[0].row, {})) if rows else []


def _next_steps(contents: Contents) -> list[NextStep]:
    return [each for each in contents.found.findings if isinstance(each, NextStep)]


def _choice(contents: Contents) -> Markup:
    found = contents.found
    lines = []
    for i, each in enumerate(found.candidates):
        name = each.name
        if i == found.chosen:
            name += ", chosen"
        if i == found.baseline:
            name += " (for reference)"
        learns = "all rows" if each.uses_unlabeled else "labelled rows"
        told = page_text.interval(each.lower, each.upper)
        state = page_text.status(each)
        seconds = f"{each.seconds:.1f}" if each.began else "–"
        lines.append([name, page_text.in_percent(each.error), told, learns, seconds, state])
    header = ["classifier", "error", "its range", "learns from", "seconds", "how far it came"]
    ranked = table(header, lines, numeric=(1, 2, 4), marked=found.chosen)
    untried = [each for each in found.candidates if each.status in (Status.FAILED, Status.NO_TIME)]
    notes = [f"{each.name}: {text.of_status(each)}" for each in untried]
    parts = [
        element("h3", "Why"),
        bullets(
            text.sentences((each for each in found.findings if each not in _next_steps(contents)), text.Medium.PAGE)
        ),
        *_figures(contents, Place.REASONS),
        element("h3", "All classifiers, the most promising first"),
        ranked,
        element("p", "The seconds of averages and ensembles are those of their members, fitted once.", class_="quiet"),
        bullets(notes) if notes else Markup(""),
        *_figures(contents, Place.CLASSIFIERS),
    ]
    return _section("What was chosen, and why", "choice", *parts)


def _seen(contents: Contents) -> Markup:
    classes = [[name, f"{count:,}"] for name, count in islice(contents.classes, _MOST_CLASSES)]
    columns = [
        [each.name, each.kind, f"{each.n_blank:,}", each.how] for each in islice(contents.columns, _MOST_COLUMNS)
    ]
    parts = [
        element(
            "p",
            f"The table {contents.table} has {contents.n_rows:,} rows. {contents.n_labeled:,} of them have a label "
            f"in the column “{contents.target}”, and {contents.n_unlabeled:,} have none. {page_text.blanks(contents)}",
        ),
        *_figures(contents, Place.SEEN),
        element("h3", "Labels"),
        table(["class", "labelled rows"], classes, numeric=(1,)),
        _cut(len(contents.classes), _MOST_CLASSES, "classes"),
        element("h3", "Columns that were learnt from"),
        table(["column", "holds", "blank cells", "how it was read"], columns, numeric=(2,)),
        _cut(len(contents.columns), _MOST_COLUMNS, "columns"),
    ]
    if contents.left_out:
        parts += [
            element("h3", "Columns that were left out"),
            bullets(f"{name}: {why}" for name, why in islice(contents.left_out.items(), _MOST_COLUMNS)),
            _cut(len(contents.left_out), _MOST_COLUMNS, "columns"),
        ]
    return _section("What was seen", "seen", *parts)


def _questions(contents: Contents) -> Markup:
    if not contents.questions:
        return Markup("")
    names = list(contents.questions[0].cells)
    lines = []
    shown = iter(page_text.in_percent_apart([p for question in contents.questions for _, p in question.guesses]))
    for question in contents.questions:
        guesses = ", ".join(f"“{name}” {next(shown)}" for name, _ in question.guesses)
        why = page_text.why_asked(question)
        lines.append([str(question.row), guesses, why, *(question.cells[name] for name in names)])
    parts = [
        element("p", page_text.about_questions(contents.questions, contents.table)),
        table(["row", "its guesses", "why it is asked", *names], lines, numeric=(0,)),
        element("p", page_text.counted(contents, [question.cells for question in contents.questions]), class_="quiet"),
    ]
    return _section("Rows worth labelling next", "questions", *parts)


def _use(contents: Contents) -> Markup:
    if not contents.steps:
        return Markup("")
    steps = [joined([element("h3", step.what), element("pre", element("code", step.code))]) for step in contents.steps]
    return _section("How to use the result", "use", *steps)


def _small_print(contents: Contents) -> Markup:
    known = [CANDIDATES[name] for name in contents.found.names if name in CANDIDATES]
    parts = [
        element("dl", *map(_explained, TERMS)),
        element("h3", "The classifiers, in a sentence each"),
        element("dl", *(_explained((each.name, each.about)) for each in known)),
        element("h3", "How this page was made"),
        element("dl", *map(_explained, contents.made)),
        element("p", "The page holds some cells of the table. Mind who may see them.", class_="quiet"),
    ]
    return _section("Terms on this page", "terms", *parts)


def _explained(term: tuple[str, str]) -> Markup:
    return joined([element("dt", term[0]), element("dd", term[1])])


def _section(heading: str, anchor: str, *parts: Markup) -> Markup:
    return element("section", element("h2", heading), *parts, id=anchor)


def _figures(contents: Contents, place: Place) -> list[Markup]:
    return [_figure(each) for each in contents.pictures if each.place is place]


def _figure(picture: Picture) -> Markup:
    heading = element("h3", picture.title, id=picture.anchor) if picture.anchor else element("h3", picture.title)
    answer = element("p", element("b", picture.answer)) if picture.answer else Markup("")
    if picture.source is None:
        return joined([heading, answer, element("p", picture.caption, class_="quiet")])
    image = element("div", element("img", src=picture.source, alt=picture.alternative), tabindex="0")
    return joined([heading, answer, element("figure", image, element("figcaption", picture.caption))])


def _cut(number: int, most: int, what: str) -> Markup:
    return element("p", f"And {number - most:,} more {what}.", class_="quiet") if number > most else Markup("")
