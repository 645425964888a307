"""How results look: tables and progress for people, JSON for machines."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from askew.progress import Display, Report, reporter

AsJson = typer.Option(False, "--json", help="Print JSON for machines.")


def as_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str = "") -> None:
    typer.echo(text)


def note(text: str) -> None:
    """A word to the person at the terminal that is no part of the result."""
    typer.echo(text, err=True)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their content; numbers to the right. Plain text, so it can be piped and grepped."""
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(len(heading), *(len(row[i]) for row in cells), 0) for i, heading in enumerate(headings)]
    right = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(headings))]
    for row in [list(headings), *cells]:
        parts = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        typer.echo("  ".join(parts).rstrip())


def counted(number: int, noun: str) -> str:
    """`1 document`, `2,000 documents`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Report]:
    """Draw progress on stderr if it is a terminal."""
    report = reporter(False if quiet else None)
    try:
        yield report
    finally:
        if isinstance(report, Display):
            report.close()
