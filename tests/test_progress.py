"""Progress callbacks and the display."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.terminal import Terminal

from askew import progress
from askew.errors import InputError
from askew.progress import Display, NotebookCanvas, Progress, Step, reporter, silent


class Canvas:
    """Keeps what is drawn; None where it is cleared."""

    def __init__(self) -> None:
        self.drawn: list[Step | None] = []

    def draw(self, step: Step) -> None:
        self.drawn.append(step)

    def clear(self) -> None:
        self.drawn.append(None)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shown() -> tuple[Display, Canvas, Clock]:
    canvas, clock = Canvas(), Clock()
    return Display(canvas, clock), canvas, clock


def test_silence_takes_any_progress() -> None:
    silent(Progress("encode", 1, 2))


def test_the_argument_is_none_a_boolean_or_a_function() -> None:
    assert reporter(silent) is silent
    assert reporter(False) is silent
    assert reporter(None) is silent  # stderr is no terminal here
    for wrong in (1, "yes", [], object(), int):
        with pytest.raises(InputError):
            reporter(wrong)  # type: ignore[arg-type]


def test_short_work_draws_nothing(shown) -> None:
    display, canvas, clock = shown
    for done in (1, 2, 3):
        clock.now += 0.1
        display(Progress("documents", done, 3))
    assert canvas.drawn == []


def test_long_work_is_drawn_with_rate_and_remaining_time_and_cleared_at_its_end(shown) -> None:
    display, canvas, clock = shown
    display(Progress("documents", 0, 100))
    clock.now = 2
    display(Progress("documents", 20, 100))
    clock.now = 2.01
    display(Progress("documents", 21, 100))  # too soon to be drawn
    step = canvas.drawn[0]
    assert len(canvas.drawn) == 1
    assert (step.rate, step.remaining) == (10, 8)
    clock.now = 10
    display(Progress("documents", 100, 100))
    assert [drawn and drawn.progress.done for drawn in canvas.drawn] == [20, 100, None]


def test_work_done_by_an_earlier_run_does_not_count_for_the_rate(shown) -> None:
    display, canvas, clock = shown
    display(Progress("encode", 900, 1000))
    clock.now = 2
    display(Progress("encode", 910, 1000))
    assert (canvas.drawn[0].rate, canvas.drawn[0].remaining) == (5, 18)


def test_another_kind_of_work_starts_a_new_estimate(shown) -> None:
    display, canvas, clock = shown
    display(Progress("files", 0, 10))
    clock.now = 5
    display(Progress("encode", 0, 10))
    clock.now = 6
    display(Progress("encode", 2, 10))
    assert canvas.drawn[-1].rate == 2


def test_work_of_unknown_length_has_no_end_and_is_cleared_when_the_display_goes(shown) -> None:
    display, canvas, clock = shown
    display(Progress("pairs", 0, 0))
    clock.now = 1
    display(Progress("pairs", 5, 0))
    assert canvas.drawn[-1].remaining == 0
    display.__del__()
    assert canvas.drawn[-1] is None


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Step(Progress("documents", 1024, 10_000), 2, 512, 17.6), "documents 1,024/10,000 · 512/s · 0:00:18 left"),
        (Step(Progress("pairs", 5, 0), 2), "pairs 5"),
        (Step(Progress("files", 1, 9), 4, 0.25, 32), "files 1/9 · 4.0 s each · 0:00:32 left"),
    ],
)
def test_a_step_is_one_line(step: Step, text: str) -> None:
    assert str(step) == text


SCRIPT = """
import time
from askew.progress import Progress, reporter
report = reporter(None)
for done in range(1, 31):
    report(Progress("documents", done, 30))
    time.sleep(0.03)
print("end", flush=True)
"""


def test_a_terminal_shows_a_bar_and_is_clean_afterwards(tmp_path: Path) -> None:
    with Terminal(SCRIPT, tmp_path) as terminal:
        assert terminal.end() == 0
        assert "/30" in terminal.text
        assert terminal.raw.endswith("\r\x1b[Kend\r\n")


def test_a_notebook_has_one_output_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[dict[str, str]] = []
    handle = SimpleNamespace(update=lambda shown, raw: outputs.append(shown))

    def display(shown: dict[str, str], *, raw: bool, display_id: bool) -> object:
        outputs.append(shown)
        return handle

    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    report = reporter(None)
    assert isinstance(report, Display)
    assert isinstance(report._canvas, NotebookCanvas)
    report(Progress("<b>", 1, 2))
    report(Progress("<b>", 2, 2))
    assert len(outputs) == 2
    assert "<b>" not in outputs[0]["text/html"]
    assert outputs[1]["text/plain"].startswith("<b> 2/2")
