import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import office

from askew.documents.contents import Limits
from askew.documents.formats.draft import UnusableError
from askew.documents.parsers import Job, Parser, Parsers

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sheet of more than a million rows, which takes many seconds."""
    rows = "<row><c><v>1</v></c></row>" * 1_500_000
    path = tmp_path_factory.mktemp("slow") / "slow.xlsx"
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    path.write_bytes(office.replaced(office.xlsx({"A": [[1]]}), {"xl/worksheets/sheet1.xml": sheet}))
    return str(path)


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
    parser.parse(good, "html")
    first = parser.pid
    assert parser.parse(good, "html").text == "Text."
    assert parser.pid == first


def test_a_file_that_takes_too_long_costs_only_itself(slow: str, good: str) -> None:
    parser = Parser(Limits(seconds=1.5))
    try:
        with pytest.raises(UnusableError, match=r"1\.5 seconds"):
            parser.parse(slow, "xlsx")
        assert parser.pid == 0
        assert parser.parse(good, "html").text == "Text."
    finally:
        parser.close()


def test_a_process_that_is_killed_costs_only_its_file(parser: Parser, slow: str, good: str) -> None:
    parser.parse(good, "html")
    killed = parser.pid
    killer = threading.Timer(0.5, os.kill, (killed, signal.SIGKILL))
    killer.start()
    with pytest.raises(UnusableError, match=f"exit code {-signal.SIGKILL}"):
        parser.parse(slow, "xlsx")
    killer.join()
    assert parser.parse(good, "html").text == "Text."
    assert parser.pid not in (0, killed)


def test_a_process_that_died_between_two_files_is_replaced(parser: Parser, good: str) -> None:
    parser.parse(good, "html")
    killed = parser.pid
    os.kill(killed, signal.SIGKILL)
    while parser.running:
        time.sleep(0.01)
    assert parser.parse(good, "html").text == "Text."
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
    assert parser.parse(str(tmp_path / "a.docx"), "docx").text == "Text."
    assert not (tmp_path / "ran").exists()
