"""Progress callbacks, and the display that draws them in a terminal or a notebook."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from askew.errors import InputError
from askew.terminal import one_line, unguarded

DELAY = 0.5
"""Seconds of work before anything is drawn."""
INTERVAL = 0.1
"""Minimum seconds between two updates of the display."""


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units of `what`; total is 0 if unknown."""

    what: str
    done: int
    total: int


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Ignore all progress."""


def reporter(progress: bool | Report | None) -> Report:
    """Return the callback for a `progress` argument.

    None draws in a terminal (stderr) or a notebook, and nothing elsewhere; True is the same. False is silent. A
    callable receives every `Progress`. The display appears after DELAY seconds and disappears from the terminal when
    the work is done.
    """
    if callable(progress) and not isinstance(progress, type):
        return progress
    if progress is not None and not isinstance(progress, bool):
        raise InputError("progress is True, False, None or a function that takes a Progress.")
    if progress is False:
        return silent
    if _in_notebook():
        return Display(NotebookCanvas())
    return Display(TerminalCanvas()) if _in_terminal() else silent


@dataclass(frozen=True)
class Step:
    """State of one kind of work. rate: units per second. remaining: seconds. Both are 0 until they can be estimated."""

    progress: Progress
    elapsed: float
    rate: float = 0.0
    remaining: float = 0.0

    def __str__(self) -> str:
        """`documents 1,024/10,000 · 512/s · 0:00:18 left`."""
        step = self.progress
        parts = [f"{one_line(step.what)} {step.done:,}" + (f"/{step.total:,}" if step.total else "")]
        if self.rate:
            parts.append(f"{self.rate:,.0f}/s" if self.rate >= 1 else f"{1 / self.rate:,.1f} s each")
        if self.remaining:
            parts.append(f"{timedelta(seconds=round(self.remaining))} left")
        return " · ".join(parts)


class Canvas(Protocol):
    """Where a display draws: one line that each call replaces."""

    def draw(self, step: Step) -> None: ...

    def clear(self) -> None: ...


class Display:
    """Report that draws the progress of one kind of work at a time."""

    def __init__(self, canvas: Canvas, clock: Callable[[], float] = time.monotonic) -> None:
        self._canvas = canvas
        self._clock = clock
        self._begun = clock()
        self._first = Progress("", 0, 0)
        self._started = self._drawn = self._begun
        self._visible = False

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if progress.what != self._first.what:
            # Work that an earlier run did says nothing about the rate of this one.
            self._first, self._started = progress, now
        finished = 0 < progress.total <= progress.done
        due = now - self._begun >= DELAY and (not self._visible or now - self._drawn >= INTERVAL)
        if due or (finished and self._visible):
            self._canvas.draw(self._step(progress, now - self._started))
            self._drawn, self._visible = now, True
        if finished:
            self.close()

    def close(self) -> None:
        """Remove the line from a terminal; safe to repeat."""
        if self._visible:
            self._visible = False
            self._canvas.clear()

    def __del__(self) -> None:
        # Work of unknown length, or that failed, ends without a last report.
        if getattr(self, "_visible", False) and not sys.is_finalizing():
            self.close()

    def _step(self, progress: Progress, elapsed: float) -> Step:
        done = progress.done - self._first.done
        if done <= 0 or elapsed <= 0:
            return Step(progress, elapsed)
        rate = done / elapsed
        return Step(progress, elapsed, rate, max(progress.total - progress.done, 0) / rate)


class TerminalCanvas:
    """The current line of stderr, drawn by rich."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(file=unguarded(sys.stderr))

    def draw(self, step: Step) -> None:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        bar = ProgressBar(total=step.progress.total or None, completed=step.progress.done, width=30, pulse=False)
        line = Table.grid(padding=(0, 1))
        line.add_row(*([bar] if step.progress.total else []), Text(str(step), no_wrap=True, overflow="ellipsis"))
        with self._console.capture() as drawn:
            self._console.print(line, end="", no_wrap=True, crop=True)
        self._write(f"\r\x1b[K{drawn.get().rstrip()}")

    def clear(self) -> None:
        self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()


class NotebookCanvas:
    """One output area of a notebook cell; the last state stays."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, step: Step) -> None:
        from html import escape

        from IPython.display import display

        share = f' value="{step.progress.done}" max="{step.progress.total}"' if step.progress.total else ""
        shown = {"text/plain": str(step), "text/html": f"<div><progress{share}></progress> {escape(str(step))}</div>"}
        if self._handle is None:
            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)

    def clear(self) -> None:
        self._handle = None


def _in_terminal() -> bool:
    return bool(sys.stderr is not None and hasattr(sys.stderr, "isatty") and sys.stderr.isatty())


def _in_notebook() -> bool:
    """Return whether an IPython kernel runs this process; whoever runs in one has imported IPython."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return shell is not None and hasattr(shell, "kernel")
