import json
from dataclasses import replace
from typing import Any

import pytest

from askew.contract import Contract
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import ContractError, Difference, InputError, StoreError, UnknownNameError
from askew.models import cards
from askew.similarity import Similarity
from askew.tasks import get


@pytest.fixture
def contract() -> Contract:
    sealed = signature(cards.get("all-MiniLM-L6-v2"), "faq", "fp32")
    return Contract("faq", sealed, "chunk", 256, 32, "english")


def test_what_was_sealed_is_read_back(contract: Contract) -> None:
    assert Contract.read(contract.seal()) == contract


def test_the_same_encoder_passes(contract: Contract) -> None:
    contract.check(signature(cards.get("all-MiniLM-L6-v2"), "faq", "fp32"), "adding")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "other"),
        ("weights", "0" * 64),
        ("tokenizer", "0" * 64),
        ("pooling", "cls"),
        ("normalised", False),
        ("similarity", "dot"),
        ("max_tokens", 512),
        ("prompts", {"query": "query: "}),
        ("precision", "int8"),
        ("recipe", 99),
    ],
)
def test_any_field_that_differs_is_refused_and_named_though_the_dimension_is_the_same(
    contract: Contract, field: str, value: object
) -> None:
    with pytest.raises(ContractError) as caught:
        contract.check(replace(contract.encoder, **{field: value}), "searching")
    assert [difference.field for difference in caught.value.differences] == [field]


def test_all_fields_that_differ_are_listed_side_by_side(contract: Contract) -> None:
    with pytest.raises(ContractError) as caught:
        contract.check(signature(cards.get("hashing"), "faq", "fp32"), "adding")
    assert {"model", "weights", "architecture", "dim"} <= {d.field for d in caught.value.differences}


def test_settings_that_were_sealed_otherwise_are_refused(contract: Contract) -> None:
    contract.check_settings({"task": "faq", "chunk_tokens": 256})
    with pytest.raises(ContractError) as caught:
        contract.check_settings({"task": "faq", "policy": "warn"})
    assert caught.value.differences == (Difference("policy", "chunk", "warn"),)


@pytest.mark.parametrize("change", [{"format": 99}, {"fingerprint": "0" * 64}, {"task": None, "encoder": {}}])
def test_a_contract_that_was_tampered_with_is_refused(contract: Contract, change: dict[str, object]) -> None:
    with pytest.raises(StoreError):
        Contract.read(json.dumps({**contract.as_json(), **change}))
    with pytest.raises(StoreError):
        Contract.read("{")


def test_altering_a_field_behind_the_fingerprint_is_found(contract: Contract) -> None:
    fields = contract.as_json()
    fields["encoder"]["pooling"] = "cls"
    with pytest.raises(StoreError):
        Contract.read(json.dumps(fields))


def test_what_is_not_given_follows_from_the_task() -> None:
    contract, encoder = Contract.for_task("question-answering", model="hashing")
    task = get("question-answering")
    assert (contract.policy, contract.overlap) == (task.policy, task.overlap)
    assert contract.encoder == encoder.signature
    assert contract.has_model


def test_what_is_given_is_sealed() -> None:
    settings = {"policy": "accept", "chunk_tokens": 40, "overlap": 0}
    contract, _ = Contract.for_task("question-answering", model="hashing", **settings)
    assert (contract.policy, contract.chunk_tokens, contract.overlap) == ("accept", 40, 0)


def test_an_encoder_instance_is_used_as_it_is() -> None:
    short = HashingEncoder(replace(signature(cards.get("hashing"), "faq", "fp32"), max_tokens=50))
    contract, encoder = Contract.for_task("paraphrase", encoder=short)
    assert encoder is short
    assert (contract.encoder, contract.chunk_tokens) == (short.signature, 50)
    with pytest.raises(InputError):
        Contract.for_task("paraphrase", encoder=short, chunk_tokens=51)


@pytest.mark.parametrize("wrong", [{"policy": "hope"}, {"chunk_tokens": 0}, {"chunk_tokens": -1}, {"overlap": -1}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Contract.for_task("question-answering", model="hashing", **wrong)


def test_an_unknown_task_or_model_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError):
        Contract.for_task("duplicate-question")
    with pytest.raises(InputError):
        Contract.for_task("paraphrase", model="no-such-model")


def test_own_vectors_have_a_contract_without_a_model() -> None:
    contract = Contract.for_vectors("article-similarity", 3, "dot")
    assert Contract.read(contract.seal()) == contract
    assert (contract.encoder.dim, contract.encoder.similarity) == (3, Similarity.DOT)
    assert not contract.has_model
    assert contract.fingerprint != Contract.for_vectors("article-similarity", 3).fingerprint
    assert contract.fingerprint != Contract.for_vectors("article-similarity", 4, "dot").fingerprint


@pytest.mark.parametrize("wrong", [("article-similarity", 0, "cosine"), ("x", 3, "cosine"), ("faq", 3, "l2")])
def test_impossible_vectors_are_refused(wrong: tuple[str, int, str]) -> None:
    with pytest.raises(InputError):
        Contract.for_vectors(*wrong)


def test_the_precision_of_vectors_is_sealed_only_where_it_is_not_float32() -> None:
    plain, encoder = Contract.for_task("question-answering", model="hashing")
    exact, _ = Contract.for_task("question-answering", model="hashing", vectors="float32")
    small, _ = Contract.for_task("question-answering", encoder=encoder, vectors="int8")
    assert plain.seal() == exact.seal()
    assert "vectors" not in plain.as_json()
    assert Contract.read(plain.seal()).vectors == "float32"
    assert (small.as_json()["vectors"], small.as_json()["format"]) == ("int8", 4)
    assert Contract.read(small.seal()) == small
    assert small.fingerprint == plain.fingerprint
    with pytest.raises(ContractError, match="vectors"):
        small.check_settings({"vectors": "binary"})
    with pytest.raises(StoreError):
        Contract.read(small.seal().replace('"int8"', '"int2"'))
