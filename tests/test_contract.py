import json
from dataclasses import replace

import pytest

from askew.contract import Contract
from askew.encoders.loading import signature
from askew.errors import ContractError, StoreError
from askew.models import cards


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
    with pytest.raises(ContractError, match="searching is refused") as caught:
        contract.check(replace(contract.encoder, **{field: value}), "searching")
    assert [difference.field for difference in caught.value.differences] == [field]
    assert f"\n  {field}  index: " in str(caught.value)


def test_all_fields_that_differ_are_listed_side_by_side(contract: Contract) -> None:
    with pytest.raises(ContractError) as caught:
        contract.check(signature(cards.get("hashing"), "faq", "fp32"), "adding")
    assert {"model", "weights", "architecture", "dim"} <= {d.field for d in caught.value.differences}


def test_settings_that_were_sealed_otherwise_are_refused(contract: Contract) -> None:
    contract.check_settings({"task": "faq", "chunk_tokens": 256})
    with pytest.raises(ContractError, match=r"policy +index: chunk +given: warn"):
        contract.check_settings({"task": "faq", "policy": "warn"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "made by a newer askew"),
        ({"fingerprint": "0" * 64}, "was altered"),
        ({"task": None, "encoder": {}}, "cannot be read"),
    ],
)
def test_a_contract_that_was_tampered_with_is_refused(
    contract: Contract, change: dict[str, object], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        Contract.read(json.dumps({**contract.as_json(), **change}))
    with pytest.raises(StoreError, match="cannot be read"):
        Contract.read("{")


def test_altering_a_field_behind_the_fingerprint_is_found(contract: Contract) -> None:
    fields = contract.as_json()
    fields["encoder"]["pooling"] = "cls"
    with pytest.raises(StoreError, match="was altered"):
        Contract.read(json.dumps(fields))
