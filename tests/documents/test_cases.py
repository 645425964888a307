"""Files that readers of documents are known to misread, one folder each: what must be in the text, found, or refused.

cases/cases.jsonl names each case, what should be, and its checks.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.cli import process

from askew import AskewError, Faq, Index, duplicates, read
from askew.documents.headings import sections
from askew.text.sentences import sentences
from askew.types import Document

FOLDER = Path(__file__).parent / "cases"
CASES = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text("utf-8").splitlines()]
MODEL = "all-MiniLM-L6-v2"


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the case's files, which some checks write beside."""
    return Path(shutil.copytree(FOLDER / request.getfixturevalue("case")["name"], tmp_path / "case"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], folder: Path) -> None:
    for check in case["checks"]:
        CHECKS[check["check"]](folder, check)


def documents(path: Path) -> list[Document]:
    return read(path, progress=False).documents


def text_of(path: Path) -> str:
    return "\n".join(document.text for document in documents(path))


def the_text(folder: Path, check: dict[str, Any]) -> None:
    text = text_of(folder / check["file"])
    assert [words for words in check["must"] if words not in text] == [], text
    assert [words for words in check["must_not"] if words in text] == [], text


def the_title(folder: Path, check: dict[str, Any]) -> None:
    [document] = documents(folder / check["file"])
    assert document.title == check["title"]


def headings(path: Path) -> list[str]:
    return [section.heading for document in documents(path) for section in sections(document.text)]


def a_heading(folder: Path, check: dict[str, Any]) -> None:
    met = headings(folder / check["file"])
    assert any(check["heading"] in heading for heading in met), met


def no_heading(folder: Path, check: dict[str, Any]) -> None:
    met = headings(folder / check["file"])
    assert [heading for heading in met if check["not_heading"] in heading] == []


def the_ids(folder: Path, check: dict[str, Any]) -> None:
    assert [document.id for document in documents(folder / check["file"])] == check["ids"]


def refusal(folder: Path, check: dict[str, Any]) -> None:
    with pytest.raises(AskewError, match=check["message_contains"]):
        read(folder / check["file"], progress=False)


def the_faq(folder: Path, check: dict[str, Any]) -> None:
    ran = process("index", "help", check["file"], "--task", "faq", "--model", "hashing", "--json", cwd=folder)
    assert ran.code == 0, ran
    with Faq.open(folder / "help") as faq:
        assert faq.questions.sizes().documents == check["questions"]


@contextmanager
def indexed(folder: Path, model: str = "hashing", paths: tuple[str, ...] = (".",)) -> Iterator[Index]:
    ran = process("index", "made", *paths, "--task", "enterprise-search", "--model", model, "--json", cwd=folder)
    assert ran.code in (0, 1), ran
    with Index.open(folder / "made") as index:
        yield index


def the_search(folder: Path, check: dict[str, Any]) -> None:
    with indexed(folder) as index:
        hits = index.search(check["query"], k=check["top"], mode=check["mode"], where=check.get("where"))
    found = [hit.id for hit in hits]
    assert sorted(found) == sorted(check["expected_ids"]) if check["top"] > 1 else found == check["expected_ids"]


def the_passages(folder: Path, check: dict[str, Any]) -> None:
    with indexed(folder, MODEL) as index:
        hits = index.search("pump", k=200, mode="dense", passages=200)
        passages = [hit.passage.text for hit in hits]
        shown = [hit.shown for hit in hits]
    assert len(passages) > 1, shown
    assert all(check["every_passage_contains"] in passage for passage in passages)


def all_pages(folder: Path, check: dict[str, Any]) -> None:
    every = [json.loads(line)["id"] for line in (folder / "many.jsonl").read_text("utf-8").splitlines()]
    with indexed(folder) as index:
        met = [
            hit.id
            for page in range(len(every) // 5)
            for hit in index.search("boat oar", k=5, offset=5 * page, mode="hybrid")
        ]
    assert sorted(met) == sorted(every)


def found_below_its_heading(folder: Path, check: dict[str, Any]) -> None:
    with indexed(folder, MODEL) as index:
        for place in ("Oslo", "Bergen"):
            for rule in (15, 45, 59):
                [hit] = index.search(f"parking in {place}, card number {rule}", k=1, mode="dense")
                assert hit.passage.heading.endswith(place), hit


def no_duplicates(folder: Path, check: dict[str, Any]) -> None:
    texts = [(folder / name).read_text("utf-8") for name in ("library.txt", "pool.txt")]
    assert list(duplicates(texts, model=MODEL, progress=False)) == []


def the_tokens(folder: Path, check: dict[str, Any]) -> None:
    with indexed(folder, MODEL, (check["file"],)) as index:
        [account] = index.accounts()
    assert account.tokens >= check["at_least_tokens"]


def a_cut_query(folder: Path, check: dict[str, Any]) -> None:
    query = (folder / "query.asked").read_text("utf-8")
    with indexed(folder, MODEL, ("notes.jsonl",)):
        ran = process("search", "made", query, cwd=folder)
    assert ran.code == 0
    assert "tokens" in ran.err


def what_is_said(folder: Path, check: dict[str, Any]) -> None:
    (folder / "target").mkdir()
    (folder / "target" / "crane.txt").write_text("The crane is in the harbour.")
    (folder / "linked").unlink()
    (folder / "linked").symlink_to(folder / "target")
    ran = process("index", "made", ".", "--task", "enterprise-search", "--model", "hashing", "--files", cwd=folder)
    assert check["output_contains"] in ran.out + ran.err


def whole_sentences(folder: Path, check: dict[str, Any]) -> None:
    text = (folder / check["file"]).read_text("utf-8").strip()
    assert len(sentences(text, 0, len(text))) == check["sentences"]


def one_sentence(folder: Path, check: dict[str, Any]) -> None:
    text = text_of(folder / check["file"])
    met = [text[start:end] for start, end in sentences(text, 0, len(text))]
    [found] = [sentence for sentence in met if sentence.startswith(check["sentence_starts"])]
    assert found.rstrip().endswith("."), met


def the_mark(folder: Path, check: dict[str, Any]) -> None:
    with indexed(folder) as index:
        [hit] = index.search(check["query"], k=1, mode="lexical", highlight=1)
    assert hit.document.text[hit.sentence.start : hit.sentence.end] == check["sentence"]


CHECKS: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "text": the_text,
    "title": the_title,
    "heading": a_heading,
    "noheading": no_heading,
    "ids": the_ids,
    "refused": refusal,
    "faq": the_faq,
    "search": the_search,
    "passages": the_passages,
    "pages": all_pages,
    "headsearch": found_below_its_heading,
    "notdup": no_duplicates,
    "tokens": the_tokens,
    "cutquery": a_cut_query,
    "says_index": what_is_said,
    "sent": whole_sentences,
    "sent1": one_sentence,
    "mark": the_mark,
}
