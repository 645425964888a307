"""A drive of 200 mixed files, from the folder to the page that answers."""

import re
from pathlib import Path

import pytest
from helpers.cli import Outcome, process
from helpers.office import Expected, drive

from askew.index import Index
from askew.search.hits import hit_fields


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drive")


@pytest.fixture(scope="module")
def expected(folder: Path) -> list[Expected]:
    return drive(folder / "files")


@pytest.fixture(scope="module")
def outcome(folder: Path, expected: list[Expected]) -> Outcome:
    return process("index", "x", "files", "--task", "enterprise-search", "--model", "hashing", "--files", cwd=folder)


def test_the_report_names_the_fate_of_every_file(outcome: Outcome, expected: list[Expected]) -> None:
    assert outcome.code == 0, outcome.err
    rows = [re.split(r"  +", line) for line in outcome.out.splitlines()]
    told = {row[2]: (row[0], row[3:]) for row in rows if row[0] in ("read", "skipped", "ignored")}
    assert {path: fate for path, (fate, _) in told.items()} == {f"files/{file.name}": file.fate for file in expected}
    assert len(told) == 200
    assert told.pop("files/damaged/latin.txt") == ("read", ["read as windows-1252"])
    for path, (fate, reason) in told.items():
        assert bool(reason) == (fate != "read"), path
    assert {"read", "skipped", "ignored"} == {fate for fate, _ in told.values()}
    assert any("password" in reason[0] or "encrypted" in reason[0] for _, reason in told.values() if reason)


def test_each_citation_opens_at_the_right_page(outcome: Outcome, folder: Path, expected: list[Expected]) -> None:
    """Every sentence that the files hold is searched for; the PDFs among them are opened at the page that is cited."""
    import pypdfium2

    opened = 0
    said = [(file, text, page) for file in expected for text, page in file.sentences]
    with Index.open(folder / "x") as index:
        for file, text, page in said:
            [hit] = index.search(text, 1, mode="lexical", highlight=1)
            cited = hit_fields(hit)
            assert cited["id"] == file.name
            assert cited["source"] == str(folder / "files" / file.name)
            assert cited["page"] in ({page} if page > 1 else {0, page}), (file.name, text, cited["page"])
            if file.name.endswith(".pdf"):
                document = pypdfium2.PdfDocument(Path(str(cited["source"])))
                shown = document[max(int(str(cited["page"])), 1) - 1].get_textpage().get_text_range()
                document.close()
                assert text in " ".join(shown.split())
                opened += 1
    assert opened >= 300
    assert len(said) > 450


def test_the_heading_of_the_page_is_cited_too(outcome: Outcome, folder: Path, expected: list[Expected]) -> None:
    long = next(file for file in expected if len(file.sentences) >= 300)
    text, page = long.sentences[41]
    [shown] = [
        line
        for line in process("search", "x", text, "-k", "1", "--mode", "lexical", cwd=folder).out.splitlines()
        if long.name in line
    ]
    assert f"p. {page}" in shown
    assert f"Chapter {page}" in shown


def test_a_second_run_opens_nothing_and_changes_nothing(
    outcome: Outcome, folder: Path, expected: list[Expected]
) -> None:
    again = process("index", "x", "files", "--json", cwd=folder)
    read = sum(file.fate == "read" for file in expected)
    found = again.json
    assert (found["new"], found["changed"], found["unchanged"], found["removed"]) == (0, 0, read, 0)
    assert sum(file["fate"] == "unchanged" for file in found["files"]) == read
