"""A text longer than the model can see: what each policy makes of it, by the real model."""

import json
from pathlib import Path

import pytest

from askew import demo
from askew.errors import InputError
from askew.index import Index
from askew.models import cards, pull
from askew.types import Document

FILLER = "The committee met again and talked about the roof, the garden and the tea for a long while. "
LAST = "Saturn is the planet whose rings can be seen through a small telescope."
LONG = Document("minutes", FILLER * 520 + LAST, "Minutes")
OTHERS = demo.handbook()  # 53 pages of a company, in which there is no planet
QUESTION = "Which planet has rings?"


def made(folder: Path, policy: str) -> Index:
    return Index.create(folder / policy, "question-answering", policy=policy)


def test_split_into_passages_its_last_sentence_is_found_first(tmp_path: Path) -> None:
    with made(tmp_path, "chunk") as index:
        index.add([LONG, *OTHERS])
        assert index.sizes().tokens > 10_000
        assert index.sizes().seen == index.sizes().tokens
        assert index.losers(5) == []
        hit = index.search(QUESTION, 1, highlight=1)[0]
        assert hit.document.id == "minutes"
        assert hit.document.text[hit.sentence.start : hit.sentence.end] == LAST


def test_accepted_it_is_cut_and_the_ledger_says_what_was_lost(tmp_path: Path) -> None:
    with made(tmp_path, "accept") as index:
        index.add([LONG, *OTHERS])
        loser = index.losers(5)[0]
        assert loser.document == "minutes"
        assert loser.tokens > 10_000
        assert loser.seen == index.encoder("adding").room(index.task.query_role)
        assert loser.lost == loser.tokens - loser.seen
        assert index.search(QUESTION, 1)[0].document.id != "minutes"


def test_as_an_error_nothing_is_added(tmp_path: Path) -> None:
    with made(tmp_path, "error") as index:
        with pytest.raises(InputError, match=r"minutes: 10,\d{3} tokens, 10,\d{3} would be lost"):
            index.add([*OTHERS, LONG])
        assert index.sizes().documents == 0


def test_a_model_that_cuts_beginnings_sees_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many tokens are lost as where the end is cut, and offsets are those of the text."""
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    source, model = pull.find(cards.get("all-MiniLM-L6-v2")), tmp_path / "left"
    model.mkdir()
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        (model / name).symlink_to(source / name)
    told = {"truncation_side": "left", "model_max_length": 256, "tokenizer_class": "PreTrainedTokenizerFast"}
    (model / "tokenizer_config.json").write_text(json.dumps(told))
    with Index.create(tmp_path / "cut", "question-answering", policy="accept", model=str(model)) as index:
        index.add([LONG, *OTHERS])
        loser = index.losers(5)[0]
        assert (loser.document, loser.seen) == ("minutes", 254)
        hit = index.search(QUESTION, 1, mode="dense", highlight=1)[0]
        assert hit.document.id == "minutes"
        assert hit.document.text[hit.sentence.start : hit.sentence.end] == LAST
    with Index.create(tmp_path / "split", "question-answering", policy="chunk", model=str(model)) as index:
        index.add([LONG, *OTHERS])
        assert index.sizes().seen == index.sizes().tokens
        assert index.losers(5) == []
