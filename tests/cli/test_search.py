import json
from pathlib import Path

import pytest
from helpers import tiny_families
from helpers.card import MINIMAL
from helpers.cli import Here, refused

from askew.cli.hits import cited, note_script, show_hits
from askew.cli.hits import snippet as snippet_parts
from askew.cli.output import CLOSE, OPEN, Strong
from askew.index import Index
from askew.search.hits import hit_fields, place
from askew.text.display import WIDTH
from askew.types import Document, Hit, Passage, Span

TEXT = "# Dogs\n\nCats stay at home. Dogs may come on Fridays! Parrots may not."


def test_a_hit_shows_score_id_title_and_passage(askew: Here, handbook: Path) -> None:
    outcome = askew("search", "book", "may dogs come to the office", "-k", "1", "--mode", "dense")
    first, second = outcome.out.splitlines()
    assert first.startswith(" 1  0.")
    assert first.endswith("  pets.md  Pets")
    assert second == "    Dogs may come to the office on Fridays."


def test_a_passage_below_a_heading_says_so(askew: Here, handbook: Path) -> None:
    assert "pets.md  Pets · Cats" in askew("search", "book", "cats stay at home", "-k", "1").out


def test_json_has_everything(askew: Here, handbook: Path) -> None:
    found = askew("search", "book", "dogs", "--mode", "hybrid", "-k", "1", "--json").json
    assert (found["query"], found["mode"], found["task"]) == ("dogs", "hybrid", "question-answering")
    [hit] = found["hits"]
    assert hit["id"] == "pets.md"
    assert hit["title"] == "Pets"
    assert hit["passage"]["text"] == "Dogs may come to the office on Fridays."


def test_nothing_found_is_exit_code_1(askew: Here, handbook: Path) -> None:
    outcome = askew("search", "book", "zebra", "--mode", "lexical")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err
    assert askew("search", "book", "zebra", "--mode", "lexical", "--json").json["hits"] == []


def test_filters(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text,year\na,red tents,2019\nb,red kayaks,2024\n")
    askew("index", "x", "rows.csv", "--task", "paraphrase", "--model", "hashing")
    found = askew("search", "x", "red", "--where", '{"year": {"$gte": 2020}}', "--json").json
    assert [hit["id"] for hit in found["hits"]] == ["b"]


def test_invalid_arguments(askew: Here, handbook: Path) -> None:
    refused(askew("search", "book", " "), "empty")
    refused(askew("search", "book", "x", "-k", "0"), "k")
    refused(askew("search", "book", "x", "--mode", "fuzzy"), "'fuzzy'", "lexical")
    refused(askew("search", "book", "x", "--where", "{"), "--where")
    refused(askew("search", "book", "x", "--where", "[]"), "--where")
    refused(askew("search", "book", "x", "--where", '{"a": {"$gte": null}}'), "$gte")
    refused(askew("search", "book", "x", "--mode", "hybrid", "--weights", "1"), "--weights")
    refused(askew("search", "book", "x", "--mode", "hybrid", "--weights", "0,0"), "0")
    refused(askew("search", "book", "x", "--mode", "dense", "--weights", "1,2"), "--weights", "--mode hybrid")
    refused(askew("search", "book", "x", "--diversity", "1.5"), "diversity")


def test_similar_compares_documents(askew: Here, handbook: Path) -> None:
    outcome = askew("similar", "book", "Cats stay at home.", "-k", "1")
    assert "pets.md" in outcome.out
    assert "asymmetric" in outcome.err
    assert askew("similar", "book", "cats", "--json").json["role"] == "document"


@pytest.fixture
def reranker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny random cross-encoder with its card, in a folder."""
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    folder = tmp_path / "reader"
    tiny_families.save("bert", folder, labels=1)
    card = MINIMAL.replace('"mine"', '"reader"').replace("max_tokens = 8", "max_tokens = 24")
    files = "".join(f'"{name}" = ""\n' for name in ("model.safetensors", "tokenizer.json", "config.json"))
    facts = 'kind = "cross-encoder"\nactivation = "identity"\nfolder = "."\n'
    (folder / "card.toml").write_text(f"{card}{facts}[files]\n{files}")
    return folder


def test_reranking_reports_how_many_candidates_it_scored(askew: Here, handbook: Path, reranker: Path) -> None:
    whole = askew("search", "book", "dogs in the office", "--rerank-model", "reader/", "--json")
    reranking = whole.json["reranking"]
    assert (reranking["model"], reranking["scored"], reranking["candidates"]) == ("reader", 2, 2)
    assert {hit["method"] for hit in whole.json["hits"]} == {"reader"}
    named = askew("search", "book", "dogs in the office", "--rerank", "--rerank-model", "reader", "--budget", "10s")
    assert "2 of 2" in named.err
    assert "reader" in named.err
    scores = [hit["score"] for hit in whole.json["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_invalid_reranking(askew: Here, handbook: Path, tmp_path: Path) -> None:
    refused(askew("search", "book", "x", "--rerank", "--budget", "soon"), "--budget", "300ms")
    refused(askew("search", "book", "x", "--budget", "1s"), "rerank")
    refused(askew("search", "book", "x", "--candidates", "0"), "1")
    refused(askew("search", "book", "x", "--rerank-model", "hashing"), "hashing")
    (tmp_path / "rows.csv").write_text("id,text\na,red tents\n")
    askew("index", "x", "rows.csv", "--task", "paraphrase", "--model", "hashing")
    refused(askew("search", "x", "red", "--rerank"), "paraphrase", "--rerank-model")


def test_pages_and_passages(askew: Here, handbook: Path) -> None:
    whole = askew("search", "book", "dogs and holiday", "--json").json["hits"]
    second = askew("search", "book", "dogs and holiday", "-k", "1", "--offset", "1", "--json").json["hits"]
    assert [hit["id"] for hit in second] == [whole[1]["id"]]
    assert second[0]["rank"] == 2
    many = askew("search", "book", "cats dogs", "--passages", "3", "--json").json["hits"]
    assert len(many) >= len(whole)
    refused(askew("search", "book", "x", "--passages", "0"), "1")
    refused(askew("search", "book", "x", "--document-score", "sum"), "max, mean2, mean3")


def test_a_query_in_a_script_the_model_does_not_know_is_noted(askew: Here, handbook: Path) -> None:
    (handbook / "rows.csv").write_text("id,text\na,red tents\n")
    askew("index", "real", "rows.csv", "--task", "question-answering")
    assert "Cyrillic" in askew("search", "real", "где мой паспорт").err
    assert askew("search", "real", "where is my passport").err == ""


def hit(sentence: str = "", text: str = TEXT, heading: str = "Dogs", **document: object) -> Hit:
    start = text.index(sentence) if sentence else 0
    span = Span(start, start + len(sentence)) if sentence else Span()
    passage = Passage("d", 0, 0, len(text), text, heading)
    return Hit(1, 0.5, Document("d.md", text, **document), passage, "dense", Span(0, len(text)), span)


def snippet(found: Hit, width: int = WIDTH) -> str:
    parts = snippet_parts(found, width)
    return "".join(f"{OPEN}{part.text}{CLOSE}" if isinstance(part, Strong) else part for part in parts)


def test_the_best_sentence_is_marked_among_its_neighbours_and_the_heading_is_left_out() -> None:
    assert (
        snippet(hit("Dogs may come on Fridays!")) == "Cats stay at home. »Dogs may come on Fridays!« Parrots may not."
    )
    assert snippet(hit()) == "Cats stay at home. Dogs may come on Fridays! Parrots may not."


def test_a_sentence_without_neighbours_is_not_marked() -> None:
    assert snippet(hit("Dogs may come.", "# Dogs\n\nDogs may come.")) == "Dogs may come."


def test_a_long_passage_is_cut_around_the_sentence() -> None:
    text = " ".join(f"This is sentence number {i}." for i in range(100))
    shown = snippet(hit("This is sentence number 50.", text), 120)
    assert "»This is sentence number 50.«" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= 130
    early = snippet(hit("This is sentence number 0.", text), 80)
    assert early.startswith("»This is sentence number 0.« This is")


@pytest.mark.parametrize("width", [1, 10, 27, 28, 60, 1000])
@pytest.mark.parametrize("sentence", ["Cats stay at home.", "Dogs may come on Fridays!", "Parrots may not."])
def test_no_width_breaks_it(width: int, sentence: str) -> None:
    assert "»" in snippet(hit(sentence), width)


def test_a_hit_is_cited_by_document_page_title_and_heading() -> None:
    paged = "one\n\f\ntwo\n\f\nthree. four."
    assert cited(hit("four.", paged, heading="A › B", title="Report")) == "d.md  p. 3  Report · A › B"
    assert cited(hit(text=paged, heading="")) == "d.md  p. 1"
    assert cited(hit(title="Dogs")) == "d.md  Dogs"


def test_offsets_in_json_match_the_texts() -> None:
    fields = hit_fields(hit("Parrots may not.", metadata={"year": 2024}, source="/x/d.md"))
    assert (fields["id"], fields["source"], fields["page"], fields["metadata"]) == (
        "d.md",
        "/x/d.md",
        0,
        {"year": 2024},
    )
    for name in ("shown", "sentence", "passage"):
        part = fields[name]
        assert isinstance(part, dict)
        assert TEXT[part["start"] : part["end"]] == part["text"]
    assert place(hit("Parrots may not.")) == TEXT.index("Parrots")
    assert place(hit()) == 0


def test_a_hit_is_printed_with_rank_score_citation_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    show_hits([hit("Parrots may not.", title="Dogs")])
    assert capsys.readouterr().out.splitlines() == [
        " 1  0.500  d.md  Dogs",
        "    Cats stay at home. Dogs may come on Fridays! »Parrots may not.«",
    ]


def test_a_script_that_the_model_does_not_know_is_noted_on_stderr(
    askew: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Index.create(tmp_path / "x", "question-answering") as index:
        note_script(index, "how long can I be away?")
        assert capsys.readouterr() == ("", "")
        note_script(index, "как долго можно не работать")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Cyrillic" in err
    command = err.strip().partition(": askew ")[2].split()
    assert command[-1] == "ru"
    assert askew(*command, "--json").json["choices"]


def test_a_model_for_any_language_needs_no_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        note_script(index, "как долго")
    assert capsys.readouterr() == ("", "")


def test_highlighting_and_its_former_name(askew: Here, handbook: Path) -> None:
    ask = ("search", "book", "may dogs come to the office", "--json")
    plain = askew(*ask).json["hits"]
    assert not any(hit["sentence"]["text"] for hit in plain)
    for flag in ("--highlight", "--mark"):
        first, *others = askew(*ask, flag, "1").json["hits"]
        assert first["sentence"]["text"] == "Dogs may come to the office on Fridays."
        assert not any(hit["sentence"]["text"] for hit in others)


@pytest.mark.parametrize(
    "where",
    [
        '{"$not":' * 1000 + "{}" + "}" * 1000,
        '{"$not":' * 60 + "{}" + "}" * 60,
        '{"a":{"$in":' + "[" * 100_000 + "]" * 100_000 + "}}",
        '{"$or":[' * 1000,
        '{"a": "' + "x" * 10_000_000 + '"}',
        '{"a": ' + "9" * 5000 + "}",
    ],
    ids=["deep", "less deep", "a deep list", "deep and open", "10 MB", "a long number"],
)
def test_a_filter_that_is_too_much_is_refused(askew: Here, handbook: Path, where: str) -> None:
    for command in ("search", "similar"):
        outcome = askew(command, "book", "dogs", "--where", where)
        assert outcome.code == 2
        assert outcome.err.splitlines()[-1].startswith("askew: ")
        assert len(outcome.err) < 1000


def test_k_beyond_what_is_stored_costs_nothing(askew: Here, handbook: Path) -> None:
    assert askew("search", "book", "dogs", "-k", str(10**12), "--json").json["hits"]
    assert askew("search", "book", "dogs", "-k", str(10**18)).code == 2


def test_the_default_mode_is_that_of_the_task(askew: Here, handbook: Path) -> None:
    assert askew("search", "book", "dogs", "--json").json["mode"] == "hybrid"
    assert "hybrid, channels weighed by evidence" in askew("show", "book").out
    assert askew("show", "book", "--json").json["weights"] == {"dense": 1.0, "lexical": 1.0}


def test_copies_are_shown_once(askew: Here, tmp_path: Path) -> None:
    texts = ["Bikes go to the cellar.", "bikes go to the cellar", "Bikes do not go to the cellar."]
    rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
    (tmp_path / "notes.jsonl").write_text("\n".join(rows), "utf-8")
    askew("index", "notes", "notes.jsonl", "--task", "enterprise-search", "--model", "hashing")
    plain = askew("search", "notes", "bikes cellar", "--json").json["hits"]
    found = askew("search", "notes", "bikes cellar", "--collapse", "--json").json["hits"]
    assert [hit["copies"] for hit in plain] == [[], [], []]
    [copies] = [hit["copies"] for hit in found if hit["copies"]]
    assert len(found) == 2
    assert len(copies) == 1
    assert f"    and 1 copy: {copies[0]}\n" in askew("search", "notes", "bikes cellar", "--collapse").out
