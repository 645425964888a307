"""Output of results: tables, notes and progress for people, JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from askew.progress import Display, Report, reporter

AsJson = typer.Option(False, "--json", help="Print JSON.")


def as_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str = "") -> None:
    typer.echo(text)


def note(text: str) -> None:
    """Print a note to stderr, because it is not part of the result."""
    typer.echo(text, err=True)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in plain text, with numbers aligned to the right."""
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
    """Return a number and its noun: `1 document`, `2,000 documents`."""
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
