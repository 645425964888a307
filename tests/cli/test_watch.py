"""`askew index --watch` as a process of its own, beside a folder that changes."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.cli import ASKEW, Here, refused

from askew.cli.watch import _Follower, changes
from askew.encoders.hashing import HashingEncoder
from askew.index import Index
from askew.sync import sync

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


def test_an_index_that_was_migrated_is_followed_with_its_new_model(tmp_path: Path) -> None:
    (tmp_path / "drive").mkdir()
    (tmp_path / "drive" / "a.txt").write_text("red tents")
    Index.create(tmp_path / "x", "question-answering", model="hashing").close()
    follower = _Follower(str(tmp_path / "x"), lambda opened: sync(opened, tmp_path / "drive"), set())
    follower.catch_up()
    known = follower.encoder[0]
    other = HashingEncoder(replace(known.signature, max_tokens=50))
    follower.encoder = [other]  # as if the index had been migrated
    (tmp_path / "drive" / "b.txt").write_text("blue boats")
    follower.catch_up()
    assert (follower.error, follower.encoder[0].signature) == ("", known.signature)
    with Index.open(tmp_path / "x") as index:
        assert len(index) == 2


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


def test_what_another_writer_holds_up_is_made_up_for(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    until(watching, "Watching")
    with Index.open(tmp_path / "drive" / "x", writable=True, wait=30) as index:
        index.store.set_note("held", "yes")
        (tmp_path / "drive" / "b.txt").write_text("blue kayaks")
        until(watching, f"process {os.getpid()} ")
    until(watching, "1 new, 0 changed, 1 unchanged")


def test_what_breaks_is_told_once(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    until(watching, "Watching")
    (tmp_path / "drive" / "broken.txt").write_bytes(bytes(range(32)) * 9)
    until(watching, "broken.txt: contains binary data")
    until(watching, "0 new, 0 changed, 1 unchanged")
    (tmp_path / "drive" / "b.txt").write_text("blue kayaks")
    assert watching.stdout is not None
    assert "1 new, 0 changed, 1 unchanged" in watching.stdout.readline()


def test_a_folder_put_in_the_place_of_another_is_followed(tmp_path: Path) -> None:
    old, new = tmp_path / "drive", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "a.txt").write_text("red tents")
    seen = changes([str(old)])
    assert next(seen)
    assert not next(seen)
    old.rename(tmp_path / "away")
    new.rename(old)
    assert any(next(seen) for _ in range(PATIENCE))
    while next(seen):  # until all of this was told
        pass
    (old / "b.txt").write_text("blue kayaks")
    assert any(next(seen) for _ in range(PATIENCE))


def test_a_file_that_is_saved_by_renaming_is_followed_again_and_again(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("red tents")
    seen = changes([str(file)])
    assert next(seen)
    for number in range(2):
        while next(seen):
            pass
        (tmp_path / "a.tmp").write_text(f"red tents {number}")
        (tmp_path / "a.tmp").rename(file)
        assert any(next(seen) for _ in range(PATIENCE))


def test_what_cannot_be_watched_is_refused_before_anything_is_indexed(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("red tents")
    given = ("--task", "paraphrase", "--model", "hashing", "--watch")
    refused(askew("index", "x", "-", *given, stdin="text"), "stdin cannot be watched")
    refused(askew("index", "x", "a.txt", *given, "--json"), "--json", "--watch")
    assert not (tmp_path / "x.askew").exists()
