import json
from dataclasses import replace

import numpy as np
import pytest
from helpers.hashing_card import hashing_card

from askew.contract import Contract
from askew.encoders.dual import EncoderPair, paired
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import load, signature
from askew.encoders.pairing import pair_card
from askew.encoders.signature import Signature
from askew.errors import ContractError, InputError, ModelError
from askew.models import cards, own
from askew.types import Role

TASK = "question-answering"


@pytest.fixture
def documents(signature: Signature) -> Signature:
    return replace(signature, model="large", prompts={"query": "q: ", "document": "d: "})


@pytest.fixture
def queries(signature: Signature) -> Signature:
    return replace(signature, model="small", architecture="static", prompts={"query": "ask: "}, max_tokens=9)


@pytest.fixture
def pair(documents: Signature, queries: Signature) -> Signature:
    return paired("both", documents, queries)


def test_a_pair_has_the_facts_of_its_sides(pair: Signature, documents: Signature, queries: Signature) -> None:
    assert pair.pair
    assert pair.towers
    assert (pair.model, pair.dim, pair.max_tokens) == ("both", documents.dim, documents.max_tokens)
    assert pair.prompts == {"document": "d: ", "query": "ask: "}
    assert not documents.pair


def test_the_side_of_documents_does_not_depend_on_queries(
    pair: Signature, documents: Signature, queries: Signature
) -> None:
    other = paired("other", replace(documents, prompts={"document": "d: "}), replace(queries, recipe=9))
    assert other.fingerprint != pair.fingerprint
    assert other.side(Role.DOCUMENT) == pair.side(Role.DOCUMENT) == documents.side(Role.DOCUMENT)
    assert other.side(Role.QUERY) != pair.side(Role.QUERY)
    changed = paired("both", replace(documents, pooling="cls"), queries)
    assert changed.side(Role.DOCUMENT).fingerprint != pair.side(Role.DOCUMENT).fingerprint
    assert changed.side(Role.QUERY) == pair.side(Role.QUERY)


def test_each_tower_of_a_dual_encoder_is_a_side(documents: Signature) -> None:
    towers = replace(documents, weights={"query": "1", "document": "2"}, prompts={})
    other = replace(towers, weights={"query": "3", "document": "2"})
    assert towers.side(Role.DOCUMENT) == other.side(Role.DOCUMENT)
    assert towers.side(Role.QUERY) != other.side(Role.QUERY)


def test_differences_name_the_side_and_the_field(pair: Signature, documents: Signature, queries: Signature) -> None:
    other = paired("both", documents, replace(queries, weights={"both": "x"}, max_tokens=5))
    assert [found.field for found in pair.differences(other)] == ["queries: weights", "queries: max_tokens"]
    renamed = paired("other", replace(documents, dense="tanh"), queries)
    assert [found.field for found in pair.differences(renamed)] == ["model", "documents: dense"]
    assert {"documents", "queries", "model"} <= {found.field for found in documents.differences(pair)}
    assert pair.differences(pair) == []


def test_json_and_back(pair: Signature) -> None:
    again = Signature.from_json(json.loads(json.dumps(pair.as_json())))
    assert again == pair
    assert again.fingerprint == pair.fingerprint


def test_the_contract_of_a_pair_survives_and_is_of_a_format_of_its_own(pair: Signature) -> None:
    contract = Contract(TASK, pair, "chunk", 256, 32, "english")
    assert json.loads(contract.seal())["format"] == 5
    assert Contract.read(contract.seal()) == contract
    assert json.loads(replace(contract, encoder=pair.documents).seal())["format"] == 2


def test_a_contract_refuses_the_query_encoder_of_another_pair(
    pair: Signature, documents: Signature, queries: Signature
) -> None:
    contract = Contract(TASK, pair, "chunk", 256, 32, "english")
    with pytest.raises(ContractError, match="no document again") as refused:
        contract.check(paired("both", documents, replace(queries, tokenizer={"both": "x"})), "searching")
    assert [found.field for found in refused.value.differences] == ["queries: tokenizer"]
    with pytest.raises(ContractError, match="not comparable") as refused:
        contract.check(paired("both", replace(documents, recipe=7), queries), "searching")
    assert [found.field for found in refused.value.differences] == ["documents: recipe"]


def test_each_role_is_encoded_by_its_side(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    large = HashingEncoder(signature(cards.get("hashing"), TASK, "fp32"))
    small = HashingEncoder(replace(large.signature, model="small", max_tokens=2))
    both = EncoderPair(paired("both", large.signature, small.signature), {Role.DOCUMENT: large, Role.QUERY: small})
    assert (both.room(Role.DOCUMENT), both.room(Role.QUERY)) == (large.room(Role.DOCUMENT), 2)
    assert both.encode(["one two three"], Role.QUERY).seen.tolist() == [2]
    assert both.encode(["one two three"], Role.DOCUMENT).seen.tolist() == [3]
    assert np.array_equal(both.spans(["one two three"])[0], large.spans(["one two three"])[0])


def test_other_dimensions_are_refused(documents: Signature, queries: Signature) -> None:
    large, small = HashingEncoder(documents), HashingEncoder(replace(queries, dim=documents.dim // 2))
    with pytest.raises(ModelError, match="dim is"):
        EncoderPair(paired("both", documents, small.signature), {Role.DOCUMENT: large, Role.QUERY: small})


def test_a_card_of_a_pair_is_loaded_for_tasks_with_two_roles(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    hashing = cards.get("hashing")
    own.save(pair_card("both", hashing, replace(hashing, name="small", prompts={"default": {"query": "what is "}})))
    card = cards.get("both")
    assert cards.prompts_for(card, TASK) == {Role.QUERY: "what is "}
    encoder = load(cards.with_prompts(card, TASK, {"query": "who is "}), TASK)
    assert (encoder.signature.prompts, encoder.signature.precision) == ({"query": "who is "}, "fp32")
    assert encoder.signature.side(Role.DOCUMENT) == load(hashing, TASK).signature.side(Role.DOCUMENT)
    assert load(card, TASK).signature == signature(card, TASK, "fp32")
    assert cards.prompts_for(cards.without_prompts(card), TASK) == {}
    with pytest.raises(InputError, match="hashing"):
        load(card, "paraphrase")


def test_the_precision_is_of_the_encoders_that_know_it(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    large = cards.get("all-MiniLM-L6-v2")
    small = replace(large, name="small", architecture="static", prompts={})
    sealed = signature(pair_card("both", large, small), TASK, "int8")
    assert sealed.documents is not None
    assert sealed.queries is not None
    assert (sealed.documents.precision, sealed.queries.precision, sealed.precision) == ("int8", "fp32", "int8")
    with pytest.raises(InputError, match="fp32"):
        signature(pair_card("slow", replace(small, name="s"), small), TASK, "int8")


@pytest.mark.parametrize(
    "change", [{"dim": 64}, {"kind": "cross-encoder"}, {"name": "a/b"}], ids=["dim", "kind", "name"]
)
def test_a_card_that_cannot_be_a_side_is_refused(change: dict[str, object]) -> None:
    hashing = cards.get("hashing")
    with pytest.raises(InputError, match="cannot be a pair"):
        pair_card("both", hashing, replace(hashing, **change))


def test_half_a_pair_and_a_pair_of_pairs_are_refused(tmp_path) -> None:
    card = cards.get("hashing")
    both = pair_card("both", card, card)
    with pytest.raises(InputError, match="no pair"):
        pair_card("more", card, both)
    text = hashing_card(tmp_path)
    half = cards.text(tmp_path / text) + '[documents]\nname = "x"\n'
    with pytest.raises(InputError, match="missing"):
        cards.parse(half, "half")
