"""How results look: tables and progress for people, JSON for machines."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

from askew.progress import Progress, Report, silent

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


@dataclass
class _Task:
    """The bar that is drawn at the moment; a new kind of work begins a new bar."""

    what: str = ""
    number: "TaskID | None" = None
    start: int = 0


@contextmanager
def progress(quiet: bool = False) -> Iterator[Report]:
    """A bar with rate and remaining time on stderr, where somebody sits there to see it."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    current = _Task()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:

        def report(step: Progress) -> None:
            if step.what != current.what or current.number is None:
                current.what = step.what
                current.start = step.done  # what an earlier run did says nothing about this one's rate
                current.number = bar.add_task(step.what, total=step.total or None, completed=step.done, rate="")
            elapsed = bar.tasks[-1].elapsed or 0
            rate = f"{(step.done - current.start) / elapsed:,.0f}/s" if elapsed > 0 else ""
            bar.update(current.number, completed=step.done, total=step.total or None, rate=rate)

        yield report
