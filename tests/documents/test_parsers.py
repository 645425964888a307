import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import office

from askew.documents.contents import Limits
from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.parsers import Job, Parser, Parsers

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows does not limit the processor time of a process")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parse(parser: Parser, path: str, format: str) -> Draft:
    found = parser.parse(Job(path, format))
    assert isinstance(found, Draft)
    return found


def sheet(path: Path, rows: int) -> str:
    body = "<row><c><v>1</v></c></row>" * rows
    made = f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
    path.write_bytes(office.replaced(office.xlsx({"A": [[1]]}), {"xl/worksheets/sheet1.xml": made}))
    return str(path)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sheet of more than a million rows, which takes many seconds."""
    return sheet(tmp_path_factory.mktemp("slow") / "slow.xlsx", 1_500_000)


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.html"
    path.write_bytes(office.html("<p>Text.</p>"))
    return str(path)


@pytest.fixture
def parser() -> Iterator[Parser]:
    made = Parser(Limits())
    yield made
    made.close()


def test_one_process_serves_many_files(parser: Parser, good: str) -> None:
    assert parser.pid == 0
    parse(parser, good, "html")
    first = parser.pid
    assert parse(parser, good, "html").text == "Text."
    assert parser.pid == first


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        pytest.param(Limits(seconds=1), "1 seconds of processor time", marks=POSIX),
        (Limits(patience=1.5), r"longer than 1\.5 seconds"),
        pytest.param(Limits(memory=32 << 20), "32 MiB of memory", marks=LINUX),
    ],
)
def test_a_file_that_takes_too_much_costs_only_itself(slow: str, good: str, limits: Limits, words: str) -> None:
    parser = Parser(limits)
    try:
        with pytest.raises(UnusableError, match=words):
            parse(parser, slow, "xlsx")
        assert parse(parser, good, "html").text == "Text."
    finally:
        parser.close()


@POSIX
def test_waiting_does_not_use_up_the_time_of_a_file(good: str) -> None:
    """A process that is stopped, or that gets no processor on a busy machine, has more than its seconds."""
    parser = Parser(Limits(seconds=1))
    try:
        parse(parser, good, "html")
        waking = threading.Timer(2.5, os.kill, (parser.pid, signal.SIGCONT))
        os.kill(parser.pid, signal.SIGSTOP)
        waking.start()
        assert parse(parser, good, "html").text == "Text."
        waking.join()
    finally:
        parser.close()


@POSIX
def test_each_file_has_the_whole_time(tmp_path: Path) -> None:
    """Each takes most of a second, and all of them more than one may."""
    parser, path = Parser(Limits(seconds=2)), sheet(tmp_path / "a.xlsx", 20_000)
    try:
        pids = {parser.pid for _ in range(5) if parse(parser, path, "xlsx").text.startswith("# A")}
        assert len(pids) == 1
    finally:
        parser.close()


def test_a_process_that_is_killed_costs_only_its_file(parser: Parser, slow: str, good: str) -> None:
    parse(parser, good, "html")
    killed = parser.pid
    killer = threading.Timer(0.5, os.kill, (killed, signal.SIGKILL))
    killer.start()
    with pytest.raises(UnusableError, match=f"exit code {-signal.SIGKILL}"):
        parse(parser, slow, "xlsx")
    killer.join()
    assert parse(parser, good, "html").text == "Text."
    assert parser.pid not in (0, killed)


def test_a_process_that_died_between_two_files_is_replaced(parser: Parser, good: str) -> None:
    parse(parser, good, "html")
    killed = parser.pid
    os.kill(killed, signal.SIGKILL)
    while parser.running:
        time.sleep(0.01)
    assert parse(parser, good, "html").text == "Text."
    assert parser.pid != killed


def test_two_files_are_parsed_at_once_and_leaving_ends_what_runs(slow: str, good: str) -> None:
    with Parsers(Limits()) as parsers:
        hung = parsers.submit(Job(slow, "xlsx"))
        assert [parsers.submit(Job(good, "html")).result(60).text for _ in range(3)] == ["Text."] * 3
        waiting = [parsers.submit(Job(slow, "xlsx")) for _ in range(3)]
        assert not hung.done()
    assert hung.done()
    assert all(job.done() for job in waiting)
    assert isinstance(hung.exception(), UnusableError)


def test_the_folder_where_askew_runs_is_not_where_packages_are_looked_for(
    parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docx.py").write_text("open('ran', 'w')")
    (tmp_path / "a.docx").write_bytes(office.docx([office.Part(text="Text.")]))
    monkeypatch.chdir(tmp_path)
    assert parse(parser, str(tmp_path / "a.docx"), "docx").text == "Text."
    assert not (tmp_path / "ran").exists()
