"""One contract: an index and its client answer alike, with equal results and errors of the same class."""

from collections.abc import Callable

import pytest
from client.conftest import Place

import askew
from askew import AskewError, Client, Faq, Index, InputError

Read = Callable[[Index | Client], object]
READS: dict[str, Read] = {
    "search": lambda index: index.search("paid holiday", 3),
    "no k": lambda index: index.search("dogs"),
    "dense": lambda index: index.search("the office", mode="dense", document_score="mean2"),
    "passages": lambda index: index.search("the office", passages=2),
    "lexical": lambda index: index.search("soup Tuesday", mode="lexical", highlight=1),
    "filter": lambda index: index.search("days", where={"size": {"$gte": 60}}, offset=1),
    "weights": lambda index: index.search("days", mode="hybrid", weights=(0.3, 0.7)),
    "diverse": lambda index: index.search("days", collapse=True, diversity=0.3),
    "many": lambda index: index.search(["days", "soup"], 2),
    "none": lambda index: index.search("holiday", where={"size": 1}),
    "similar": lambda index: index.similar("Everyone has holiday"),
    "similar to many": lambda index: index.similar(["Dogs", "Canteen"], 1),
    "context": lambda index: index.context("when does the canteen open?", 60),
    "empty context": lambda index: index.context("canteen", 1),
    "documents": lambda index: index.documents(["dogs", "leave"]),
    "get": lambda index: index.get("table"),
    "length": len,
    "contains": lambda index: ("dogs" in index, "cats" in index),
    "sizes": lambda index: index.sizes(),
}
REFUSED: dict[str, Read] = {
    "k": lambda index: index.search("dogs", 0),
    "no text": lambda index: index.search(""),
    "mode": lambda index: index.search("dogs", mode="psychic"),
    "field": lambda index: index.search("dogs", where={"colour": "red"}),
    "promise": lambda index: index.search("dogs", min_confidence=0.9),
    "unknown": lambda index: index.documents(["cats"]),
    "two": lambda index: index.get(["dogs", "leave"]),
    "budget": lambda index: index.context("dogs", 0),
    "number": lambda index: index.search("dogs", diversity=float("nan")),
    "type": lambda index: index.search("dogs", k="many"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", READS)
def test_reads_are_equal(local: Index, remote: Client, name: str) -> None:
    assert READS[name](remote) == READS[name](local)


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_of_one_kind(local: Index, remote: Client, name: str) -> None:
    with pytest.raises(InputError):
        REFUSED[name](local)
    with pytest.raises(InputError):
        REFUSED[name](remote)


def test_the_class_and_the_words_of_an_error_arrive(place: Place) -> None:
    """own: an index without a model, which refuses to encode."""
    with Index.open(place.folder / "own") as local, Client(place.url, "own") as remote:
        for given in ("red", {"query": "red", "mode": "sparse"}):
            arguments = given if isinstance(given, dict) else {"query": given}
            with pytest.raises(AskewError) as here:
                local.search(**arguments)
            with pytest.raises(AskewError) as there:
                remote.search(**arguments)
            assert type(there.value) is type(here.value)
            assert str(there.value) == str(here.value)


def test_an_explanation_is_equal(local: Index, remote: Client) -> None:
    here, there = askew.explain(local, "dogs in the office", "dogs"), remote.explain("dogs in the office", "dogs")
    assert there == here
    filter = {"size": {"$lt": 50}}
    assert remote.explain("dogs", "dogs", 2, filter) == askew.explain(local, "dogs", "dogs", 2, filter)


def test_a_reply_is_equal(place: Place) -> None:
    with Faq.open(place.folder / "faq") as local, Client(place.url, "faq") as remote:
        for message in ("which cards?", "may I bring an elephant"):
            assert remote.ask(message) == local.ask(message)
        assert len(remote) == 2
        assert remote.get("q").text == "Visa."
        with pytest.raises(InputError):
            remote.search("cards")
