"""`askew index --watch` as a process of its own, beside a folder that changes."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.cli import ASKEW, Here, refused

from askew.index import Index

PATIENCE = 60  # seconds; the machine may be busy


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "drive").mkdir()
    (tmp_path / "drive" / "a.txt").write_text("red tents")
    command = [ASKEW, "index", "drive/x", "drive", "--task", "question-answering", "--model", "hashing", "--watch"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    ) as run:
        yield run
        run.kill()


def until(run: subprocess.Popen[str], words: str) -> str:
    """Reads what the process prints until a line has these words."""
    assert run.stdout is not None
    seen = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        line = run.stdout.readline()
        seen.append(line)
        if re.search(words, line):
            return line
        if not line:
            break
    raise AssertionError(seen)


def test_the_index_follows_every_change_and_others_may_write_between(
    watching: subprocess.Popen[str], tmp_path: Path
) -> None:
    until(watching, "1 new, 0 changed")
    until(watching, "Watching")
    (tmp_path / "drive" / "b.txt").write_text("blue kayaks")
    until(watching, r"1 new, 0 changed, 1 unchanged")
    with Index.open(tmp_path / "drive" / "x", writable=True, wait=30) as index:
        assert [hit.document.id for hit in index.search("kayaks", 1)] == ["b.txt"]
    (tmp_path / "drive" / "a.txt").unlink()
    until(watching, r"0 new, 0 changed, 1 unchanged, 1 removed")
    (tmp_path / "drive" / "b.txt").write_text("blue kayaks and paddles")
    until(watching, r"0 new, 1 changed")
    watching.send_signal(signal.SIGINT)
    assert watching.wait(PATIENCE) == 130


def test_stdin_cannot_be_watched(askew: Here) -> None:
    outcome = askew(
        "index", "x", "-", "--format", "txt", "--task", "paraphrase", "--model", "hashing", "--watch", stdin="text"
    )
    assert outcome.code == 2
    assert "stdin cannot be watched" in outcome.err
    refused(askew("search", "none", "x"), "There is no index")
