from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.tiny_tokenizers import byte_bpe

from askew import Document, Index
from askew.errors import InputError
from askew.search.context import Context, LeftOut, tokenizer_counter

RULES = Document(
    "rules.md",
    "# Rules\n\n## Dogs\n\nDogs may come on Fridays. A dog needs a lead.\n\n## Cats\n\nCats stay at home, unlike dogs.",
    "Rules",
    {"year": 2020},
)
COPY = Document("copy.txt", "dogs may come on Fridays;  a dog needs a LEAD", metadata={"year": 2024})
LEAVE = Document("leave.md", "Everyone has 28 days of paid holiday a year.", "Leave", {"year": 2024})


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as made:
        made.add([RULES, COPY, LEAVE])
        yield made


def documents(context: Context) -> list[str]:
    return [citation.document for citation in context.citations]


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_several_passages_of_one_document_and_no_repetition(index: Index, mode: str) -> None:
    context = index.context("may dogs come on fridays", mode=mode)
    assert context.text.count("Fridays") == 1
    assert context.left_out == LeftOut(0, 1)
    assert "Cats stay at home" in context.text
    headings = [citation.heading for citation in context.citations if citation.document == "rules.md"]
    if "copy.txt" not in documents(context):
        assert headings == ["Rules › Dogs", "Rules › Cats"]
    assert context.citations[0].number == 1
    assert context.tokens <= context.budget == 1000
    assert context.tokenizer == "hashing"


def test_a_citation_leads_to_the_text_that_is_shown(index: Index) -> None:
    context = index.context("cats and holiday")
    texts = {document.id: document.text for document in (RULES, COPY, LEAVE)}
    for citation in context.citations:
        assert texts[citation.document][citation.start : citation.end] in context.text
    assert [citation.number for citation in context.citations] == list(range(1, len(context.citations) + 1))


def test_passages_that_overlap_are_one_stretch(tmp_path: Path) -> None:
    text = " ".join(f"Rule {number} is about dogs and what they do." for number in range(20))
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=30, overlap=9) as index:
        index.add([Document("a", text)])
        [citation] = index.context("rules about dogs", 5000).citations
        assert (citation.start, citation.end) == (0, len(text))
        assert index.context("rules about dogs", 5000).text == f"[1] a\n{text}"


def test_filters_are_obeyed_and_k_bounds_what_is_looked_at(index: Index) -> None:
    assert set(documents(index.context("dogs", where={"year": 2024}))) <= {"copy.txt", "leave.md"}
    assert len(index.context("dogs", k=1).citations) == 1
    assert index.context("zebra", mode="lexical").text == ""


def test_another_tokenizer_counts_its_own_tokens(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    byte_bpe(file)
    context = index.context("dogs", 60, tokenizer=file)
    assert context.tokenizer == str(file)
    assert tokenizer_counter(file).count(context.text) == context.tokens <= 60


def test_what_cannot_be_is_refused(index: Index) -> None:
    for wrong in ({"budget_tokens": 0}, {"query": " "}, {"k": 0}):
        with pytest.raises(InputError):
            index.context(**{"query": "dogs", **wrong})


def test_an_empty_index_gives_an_empty_context(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        assert index.context("dogs").citations == ()
