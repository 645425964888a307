"""Output of results: lines, tables, notes and progress for people, JSON for programs. No other module prints.

Each argument of `say` and `note` is one line or a part of it: a line feed in it can only come from an id, a title or a
file name, and is shown as an escape like every other character on which a terminal would act. `say_prose` keeps the
lines of a text.
"""

import json
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

import typer

from askew.errors import AskewError
from askew.progress import Display, Report, reporter
from askew.terminal import Guard, flowing, json_text, one_line, prose, unguarded

if TYPE_CHECKING:
    from rich.console import Console

AsJson = typer.Option(False, "--json", help="Print JSON.")
OPEN, CLOSE = "»", "«"  # around what is strong where bold type is not available
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True)
class Strong:
    """A part of a line that stands out, such as the best sentence of a hit."""

    text: str


def guard_streams() -> None:
    """Let nothing act that others write to stdout and stderr: Typer, warnings, log messages and tracebacks."""
    for name in ("stdout", "stderr"):
        if stream := getattr(sys, name):  # None if the process was started without it
            bare = unguarded(stream)
            if isinstance(bare, TextIOWrapper):
                bare.reconfigure(errors="backslashreplace")  # what the terminal's encoding lacks
            setattr(sys, name, Guard(bare))
    warnings.showwarning = _show_warning  # type: ignore[assignment]  # it is called with positions only


def as_json(value: object) -> None:
    is_utf8 = "utf" in (getattr(sys.stdout, "encoding", None) or "utf")
    _write(json_text(json.dumps(value, ensure_ascii=not is_utf8, indent=2)) + "\n", sys.stdout)


def say(*parts: str | Strong) -> None:
    """Print one line, which the parts make up."""
    _write("".join(map(_part, parts)) + "\n", sys.stdout)


def say_prose(text: str) -> None:
    """Print a text with its line feeds and tabs."""
    _write(prose(text) + "\n", sys.stdout)


def say_flowing(pieces: Iterable[str]) -> None:
    """Print a text as it arrives, and end its line."""
    written = False
    try:
        for piece in flowing(pieces):
            _write(piece, sys.stdout)
            written = written or bool(piece)
    finally:
        if written:
            say()


def say_wrapped(*parts: tuple[str, str], indent: int = 0) -> None:
    """Print a text of styled parts, wrapped between words at a terminal. indent: of each line feed in a part."""
    from rich.text import Text

    console = _console()
    laid = [(prose(text).replace("\n", "\n" + " " * indent), style) for text, style in parts]
    console.print(Text.assemble(*laid), soft_wrap=not console.is_terminal)


def is_styled() -> bool:
    """Return whether stdout shows styles, so that words need no brackets."""
    return _console().color_system is not None


def note(text: str = "") -> None:
    """Print a note to stderr, because it is not part of the result."""
    _write(one_line(text) + "\n", sys.stderr)


def note_error(error: AskewError, before: str = "askew: ") -> None:
    first, *rows = error.lines
    for line in (before + first, *rows):
        note(line)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in plain text, with numbers aligned to the right."""
    names = [one_line(heading) for heading in headings]
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(names)]
    right = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(names))]
    for row in [names, *cells]:
        parts = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        say("  ".join(parts).rstrip())


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: `1 document`, `2,000 documents`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@contextmanager
def progress(quiet: bool = False) -> Iterator[Report]:
    """Draw progress on stderr if it is a terminal."""
    report = reporter(False if quiet else None)
    try:
        yield report
    finally:
        if isinstance(report, Display):
            report.close()


def _write(escaped: str, stream: TextIO | None) -> None:
    if stream is not None:
        bare = unguarded(stream)
        bare.write(escaped)
        bare.flush()


def _part(part: str | Strong) -> str:
    if isinstance(part, str):
        return one_line(part)
    return (
        f"{BOLD}{one_line(part.text)}{PLAIN}"
        if sys.stdout and sys.stdout.isatty()
        else f"{OPEN}{one_line(part.text)}{CLOSE}"
    )


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else one_line(str(value))


def _console() -> "Console":
    from rich.console import Console

    return Console(file=unguarded(sys.stdout), highlight=False, markup=False, emoji=False)


def _show_warning(message: Warning | str, *_: object) -> None:
    note(f"Warning: {message}")
