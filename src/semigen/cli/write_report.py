"""The file of a report: refused before anything is computed, or written whole."""

from __future__ import annotations

from pathlib import Path

from semigen._files import are_same_file, replacing
from semigen.cli.refusal import CommandError, reason
from semigen.tables.files import check_writable


def check_report(report: Path, others: list[Path]) -> None:
    """Refuse a report that could not be written later, before anything is computed.

    Raises
    ------
    CommandError
    """
    if report.suffix.lower() not in (".html", ".htm"):
        raise CommandError(f"{report} must end in .html, as the report is a page for a browser")
    if any(are_same_file(report, other) for other in others):
        raise CommandError(f"{report} is another file of this command; give the report a name of its own")
    check_writable(report)


def write_page(text: str, report: Path) -> None:
    """Write the report whole or not at all.

    Raises
    ------
    CommandError
        If it cannot be written; the file is then as it was.
    """
    try:
        with replacing(report) as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise CommandError(f"cannot write {report}: {reason(error)}") from error
