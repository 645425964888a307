import signal
import subprocess
import sys
import time

import pytest

from askew.dedup import label_workers as module
from askew.dedup.label_workers import Question, answer, answers, harmful, learn
from askew.pair_labels.safety import difference
from askew.pair_labels.verdict import Kind
from askew.progress import Progress

QUESTIONS = [
    Question(
        f"The bus to Bath leaves at {n} pm. \ud800", f"Is bus {n % 7} to “Bath” full?", 0.5 + n / 100, n % 2 == 0, True
    )
    for n in range(40)
]


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, however few questions there are."""
    monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(module, "CHUNK", 7)
    monkeypatch.setattr(module, "cores", lambda: 2)


@pytest.mark.usefixtures("apart")
def test_processes_answer_as_one_does_and_in_order() -> None:
    told: list[Progress] = []
    assert answers(QUESTIONS, told.append) == [answer(question) for question in QUESTIONS]
    assert [progress.done for progress in told] == [0, 7, 14, 21, 28, 35, 40]


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("command", ["/nowhere/python", "/bin/false"])
def test_without_processes_the_work_is_done_here(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", command)
    assert answers(QUESTIONS) == [answer(question) for question in QUESTIONS]


def test_what_was_learned_is_known() -> None:
    asked = [Question("A", "B", 1.0, label=False, safety=True), Question("A", "C", 1.0)]
    learn(asked, [answer(asked[0])._replace(harm="as learned"), answer(asked[1])])
    assert harmful("B", "A") == "as learned"
    assert harmful("A", "B") == difference("A", "B")


def test_a_pair_of_another_label_is_not_safe_whatever_else_is_compared() -> None:
    given = answer(Question("The bus leaves at 5 pm.", "The bus leaves at 6 pm.", 0.9, safety=True))
    assert given.verdict.kind is Kind.OTHER_VALUES
    assert given.harm is None


SCRIPT = """
from askew.dedup import label_workers as module
from askew.dedup.label_workers import Question, answers
module.FEW, module.CHUNK, module.cores = 0, 5, lambda: 2
print("script", flush=True)
questions = [Question(f"bus {n} " * 50, f"tram {n} " * 50, 0.5) for n in range(100000)]
answers(questions, lambda progress: print(progress.done, flush=True))
"""


def test_a_script_runs_once_and_ctrl_c_ends_every_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        lines = [child.stdout.readline() for _ in range(4)]
        children = subprocess.run(["pgrep", "-P", str(child.pid)], capture_output=True, text=True, check=False).stdout
        child.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in child.stderr.read()
    assert lines == ["script\n", "0\n", "5\n", "10\n"]
    time.sleep(0.1)
    for pid in children.split():
        assert subprocess.run(["ps", "-p", pid], capture_output=True, check=False).returncode
