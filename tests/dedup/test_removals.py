import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from askew.dedup.clean import original
from askew.dedup.removals import Removal, read, remove
from askew.errors import InputError

CSV = b"id,text\r\na,red tents\r\nb,red tent\r\nc,kayak\r\n"
GONE = [Removal("b", "g000001", "a", 0.97, "near-identical", "meaning")]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("q.csv").write_bytes(CSV)
    return tmp_path


def test_a_row_goes_and_the_log_says_all_of_it(here: Path) -> None:
    assert remove(original("q.csv"), GONE, "clean.csv", "gone.jsonl") == 2
    left = Path("clean.csv").read_bytes()
    assert left == b"id,text\r\na,red tents\r\nc,kayak\r\n"
    header, row = map(json.loads, Path("gone.jsonl").read_text().splitlines())
    assert header == {
        "askew": "removals",
        "version": 1,
        "original": {"path": "q.csv", "sha256": hashlib.sha256(CSV).hexdigest(), "bytes": len(CSV)},
        "cleaned": {"path": "clean.csv", "sha256": hashlib.sha256(left).hexdigest(), "bytes": len(left)},
        "removed": 1,
    }
    assert row == {
        "id": "b",
        "group": "g000001",
        "stays": "a",
        "score": 0.97,
        "verdict": "near-identical",
        "layer": "meaning",
        "reason": "",
        "line": 3,
        "offset": CSV.index(b"b,red"),
        "record": "b,red tent\r\n",
    }


def test_the_log_can_be_read_by_our_own_reader(here: Path) -> None:
    remove(original("q.csv"), GONE, "clean.csv", "gone.jsonl")
    [row] = read("gone.jsonl").removed
    assert (row.line, row.record, row.removal) == (3, b"b,red tent\r\n", GONE[0])


def test_a_log_of_something_else_is_not_written_over(here: Path) -> None:
    remove(original("q.csv"), GONE, "q.csv", "gone.jsonl")
    before = Path("gone.jsonl").read_bytes()
    with pytest.raises(InputError, match=r"^gone\.jsonl "):
        remove(original("q.csv"), [Removal("c", "g1", "a", 0.5)], "q.csv", "gone.jsonl")
    assert Path("gone.jsonl").read_bytes() == before
    Path("q.csv").write_bytes(CSV)
    assert remove(original("q.csv"), GONE, "q.csv", "gone.jsonl") == 2  # repeating it is allowed


def test_what_cannot_be_meant_is_refused_and_nothing_is_written(here: Path) -> None:
    file = original("q.csv")
    for log in ("clean.csv", "./q.csv"):
        with pytest.raises(InputError, match=f" {re.escape(log)} "):
            remove(file, GONE, "clean.csv", log)
    with pytest.raises(InputError, match="'b'"):
        remove(file, [*GONE, Removal("c", "g1", "b", 0.9)], "clean.csv", "gone.jsonl")
    for removal in (Removal("x", "g1", "a", 0.9), Removal("b", "g1", "x", 0.9)):
        with pytest.raises(InputError, match=r"^q\.csv .*'x'"):
            remove(file, [removal], "clean.csv", "gone.jsonl")
    with pytest.raises(InputError, match=r"none/gone\.jsonl: "):
        remove(file, GONE, "clean.csv", "none/gone.jsonl")
    assert [path.name for path in here.iterdir()] == ["q.csv"]


def test_a_file_that_is_no_log_or_a_damaged_one_is_refused(here: Path) -> None:
    for path in ("q.csv", "none.jsonl"):
        with pytest.raises(InputError, match=path):
            read(path)
    Path("other.jsonl").write_text('{"id": "a", "text": "x"}\n')
    with pytest.raises(InputError, match=r"^other\.jsonl "):
        read("other.jsonl")
    remove(original("q.csv"), GONE, "clean.csv", "gone.jsonl")
    lines = Path("gone.jsonl").read_text().splitlines(keepends=True)
    for damaged, named in (
        (lines[:1], r"^gone\.jsonl .*\b0 of 1\b"),
        ([lines[0], lines[1][:-9]], r"^gone\.jsonl .*\b0 of 1\b"),
        ([lines[0], lines[1].replace('"offset"', '"of"')], r"^gone\.jsonl .*'offset'"),
        ([lines[0].replace('"version": 1', '"version": 9')], r"^gone\.jsonl .*\b9\b"),
        ([lines[0], "[]\n"], r"^gone\.jsonl:2\b"),
    ):
        Path("gone.jsonl").write_text("".join(damaged))
        with pytest.raises(InputError, match=named):
            read("gone.jsonl")


# Kills the process just before the file of that name is moved into place.
KILLED = """
import os, signal, sys
from pathlib import Path
from askew.dedup.clean import original
from askew.dedup.removals import Removal, remove
replace = Path.replace
def until(self, to):
    if Path(to).name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, to)
Path.replace = until
remove(original("q.csv"), [Removal("b", "g000001", "a", 0.97)], "q.csv", "gone.jsonl")
"""


@pytest.mark.parametrize("moment", ["gone.jsonl", "q.csv"])
def test_a_kill_between_log_and_file_loses_nothing(here: Path, moment: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, moment], check=False, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert Path("q.csv").read_bytes() == CSV
    assert Path("gone.jsonl").exists() == (moment == "q.csv")
    assert remove(original("q.csv"), [Removal("b", "g000001", "a", 0.97)], "q.csv", "gone.jsonl") == 2
