"""What the tools answer, asked in this process; the protocol is in test_protocol.py."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from assistants.conftest import HOSTILE, LONG

from askew import Document, Index
from askew.errors import InputError, StoreError, UnknownNameError
from askew.mcp.budget import BUDGET, MOST, tokens
from askew.mcp.indexes import LOADING, NO_MODEL, LocalIndexes
from askew.mcp.tools import BY_NAME
from askew.terminal import ACTING_IN_PROSE


class Asking:
    """Calls tools, and checks every answer against the tool's schema."""

    def __init__(self, *places: Path, loaded: bool = True) -> None:
        self.library = LocalIndexes(places)
        if loaded:
            done = Event()
            self.library.load(done.set)
            assert done.wait(60)

    def __call__(self, name: str, **given: Any) -> dict[str, Any]:
        answer = BY_NAME[name].run(self.library, given)
        jsonschema.validate(answer, BY_NAME[name].answer)
        return answer


@pytest.fixture
def ask(folder: Path) -> Iterator[Asking]:
    asking = Asking(folder)
    with asking.library:
        yield asking


def test_search_and_fetch_have_the_form_of_connectors(ask: Asking) -> None:
    found = ask("search", query="paid holiday")
    assert found["status"] == "found"
    first = found["results"][0]
    assert first.keys() == {"id", "title", "url"}
    assert (first["id"], first["title"]) == ("book/leave.md", "Leave")
    read = ask("fetch", id=first["id"])
    assert read.keys() == {"id", "title", "text", "url", "metadata"}
    assert read["text"] == "Everyone has 28 days of paid holiday."
    assert Path(unquote(urlsplit(read["url"]).path)).read_text("utf-8").startswith("# Leave")


def test_an_entry_of_a_faq_is_found_and_read(ask: Asking) -> None:
    found = ask("search", query="Which cards do you take?")
    assert "help/cards" in [one["id"] for one in found["results"]]
    read = ask("fetch", id="help/cards")
    assert (read["title"], read["text"]) == ("Which cards do you take?", "Visa and Mastercard.")
    assert read["metadata"] == {"team": "sales"}
    assert ask("similar", text="Which cards?", index="help", k=1)["results"][0]["id"] == "help/cards"
    assert "Visa" in ask("context", query="Which cards do you take?", index="help")["text"]


def test_an_address_in_the_metadata_is_the_one_that_is_cited(ask: Asking) -> None:
    [dogs] = [one for one in ask("search", query="dogs")["results"] if one["id"] == "book/dogs"]
    assert dogs["url"] == "https://example.org/dogs"


def test_nothing_that_answers_is_an_answer(ask: Asking) -> None:
    found = ask("search", query="quantum chromodynamics")
    assert (found["status"], found["results"]) == ("nothing", [])
    assert "book" in found["message"]
    assert "help" in found["message"]
    assert 1 <= len(found["nearest"]) <= 3
    packed = ask("context", query="quantum chromodynamics")
    assert (packed["status"], packed["text"], packed["sources"]) == ("nothing", "", [])
    assert packed["message"]
    filtered = ask("similar", text="dogs", index="help", where={"team": "kitchen"})
    assert (filtered["status"], filtered["results"]) == ("nothing", [])


def test_texts_of_others_stay_material(ask: Asking) -> None:
    answers = [
        ask("search", query="Sale ends"),
        ask("context", query="when does the Sale end? Sale ends.", index="book"),
        ask("similar", text=HOSTILE, index="book"),
    ]
    [id] = {one["id"] for one in answers[2]["results"] if "off" in one["id"]}
    answers.append(ask("fetch", id=id))
    assert answers[3]["text"].endswith("\nPage two.")
    for answer in answers:
        assert not any(map(ACTING_IN_PROSE.search, _strings(answer)))
    text = answers[1]["text"]
    fence = '"""1'
    assert text.count(f"\n{fence}\n") + text.endswith(f"\n{fence}") == 2 * len(answers[1]["sources"])
    assert all("\n" not in source["title"] for source in answers[1]["sources"])


def test_a_context_keeps_to_its_budget(long: Path) -> None:
    with (ask := Asking(long)).library:
        for budget in (100, 1000, BUDGET, MOST):
            packed = ask("context", query="Paragraph 17 tells of matter number 17", budget_tokens=budget)
            assert packed["tokens"] == pytest.approx(tokens(packed), abs=2)
            assert packed["tokens"] <= budget
        assert packed["tokens"] > BUDGET / 2
        assert ask("context", query="matter number 17")["tokens"] <= BUDGET
        for wrong in (MOST + 1, 0, "many"):
            with pytest.raises(InputError):
                ask("context", query="matter", budget_tokens=wrong)


def test_a_long_document_is_read_in_parts(long: Path) -> None:
    with (ask := Asking(long)).library:
        id, parts = "long/report", []
        while id:
            read = ask("fetch", id=id)
            assert tokens(read) <= MOST
            assert read["metadata"]["year"] == 2024
            parts.append(read["text"])
            id = read["metadata"]["askew_part"]["next"]
        assert len(parts) > 2
        assert all(part.endswith("\n") for part in parts)
        assert "".join(parts) == LONG


def test_words_are_searched_until_the_model_is_there(folder: Path) -> None:
    with (ask := Asking(folder / "book", folder / "help.askew", loaded=False)).library:
        found = ask("search", query="cards")
        assert found["results"][0]["id"] == "help/cards"
        assert len(found["degraded"]) == 2
        assert all(LOADING in reason and "lexical only" in reason for reason in found["degraded"])
        for name, given in (("context", "query"), ("similar", "text")):
            answer = ask(name, **{given: "paid holiday"}, index="book")
            assert answer["status"] == "found"
            assert answer["degraded"]
        assert ask("search", query="chromodynamics")["status"] == "nothing"
        done = Event()
        ask.library.load(done.set)
        assert done.wait(60)
        assert ask("search", query="paid holiday")["degraded"] == []


def test_a_model_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index.create(tmp_path / "book", "question-answering") as index:
        index.add([Document("a", "Red tents.")])
    with Index.create(tmp_path / "own", "paraphrase", dim=2) as index:
        index.add([("b", "Red boats.")], vectors=[[1.0, 0.0]])
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "empty"))
    with (ask := Asking(tmp_path)).library:
        found = ask("search", query="red")
        assert {one["id"] for one in found["results"]} == {"book/a", "own/b"}
        assert NO_MODEL in found["degraded"][1]
        assert "all-MiniLM-L6-v2" in found["degraded"][0]


def test_one_encoder_serves_indexes_of_the_same_model(folder: Path, long: Path) -> None:
    with (
        (ask := Asking(folder / "book", long)).library,
        ask.library.reading("book") as one,
        ask.library.reading("long") as other,
    ):
        assert one.encoder("searching") is other.encoder("searching")  # type: ignore[union-attr]


def test_one_index_that_cannot_be_asked_does_not_silence_the_others(tmp_path: Path) -> None:
    for name, fields in (("dated", {"year": 2024}), ("plain", {})):
        with Index.create(tmp_path / name, "question-answering", model="hashing") as index:
            index.add([Document("leave", f"Everyone {name} has 28 days of paid holiday.", "", fields)])
    asking = Asking(tmp_path)
    with asking.library:
        for tool, given in (("context", "query"), ("similar", "text")):
            found = asking(tool, **{given: "paid holiday"}, where={"year": 2024})
            assert found["status"] == "found"
            assert [one.partition(":")[0] for one in found["degraded"]] == ["plain"]
            assert "year" in found["degraded"][0]
            with pytest.raises(InputError, match="year"):
                asking(tool, **{given: "paid holiday"}, where={"year": 2024}, index="plain")
        assert len(asking("search", query="paid holiday")["results"]) == 2


def test_show_lists_the_indexes(ask: Asking) -> None:
    shown = {one["name"]: one for one in ask("show")["indexes"]}
    assert shown.keys() == {"book", "help"}
    assert (shown["book"]["documents"], shown["help"]["task"]) == (3, "faq")
    assert [field["name"] for field in ask("show", index="help")["indexes"][0]["fields"]] == ["team"]


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("search", {}, InputError),
        ("search", {"query": " "}, InputError),
        ("search", {"query": 7}, InputError),
        ("search", {"query": "a", "k": 3}, UnknownNameError),
        ("fetch", {"id": "leave.md"}, InputError),
        ("fetch", {"id": "other/leave.md"}, UnknownNameError),
        ("fetch", {"id": "book/leave"}, InputError),
        ("context", {"query": "a", "index": "other"}, UnknownNameError),
        ("context", {"query": "a", "where": {"colour": 1}}, UnknownNameError),
        ("similar", {"text": "a", "k": 1000}, InputError),
        ("similar", {"text": "a", "where": "year"}, InputError),
    ],
)
def test_a_wrong_argument_is_refused(ask: Asking, name: str, given: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        ask(name, **given)


def test_places_that_hold_no_index_are_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "book.askew").symlink_to(folder / "book.askew")
    for places, kind in (
        ([], InputError),
        ([tmp_path / "none"], StoreError),
        ([folder / "book", tmp_path / "book"], InputError),
    ):
        with pytest.raises(kind):
            LocalIndexes(places)


def _strings(value: object) -> list[str]:
    return [one for one in json.loads(json.dumps(_flat(value))) if isinstance(one, str)]


def _flat(value: object) -> list[object]:
    if isinstance(value, dict):
        return [each for pair in value.items() for one in pair for each in _flat(one)]
    return [each for one in value for each in _flat(one)] if isinstance(value, list) else [value]
