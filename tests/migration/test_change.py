from pathlib import Path

import pytest
from helpers.counting import counting
from helpers.hashing_card import hashing_card

from askew.contract import Contract
from askew.errors import ContractError, InputError, UnknownNameError
from askew.migration.migrate import ContractChange, changed_contract, check_same
from askew.sealing import seal

TASK = "question-answering"


@pytest.fixture
def old() -> Contract:
    return seal(TASK, "hashing", "fp32", "warn", 40, 7, {"query": "ask: "})[0]


def test_another_model_keeps_all_but_what_belongs_to_the_old_one(old: Contract, card: str) -> None:
    new, encoder = changed_contract(old, ContractChange(model=card))
    assert (new.task, new.policy, new.chunk_tokens, new.overlap) == (TASK, "warn", 40, 7)
    assert new.encoder.model == "hashing-64"
    assert new.overrides == {}
    assert encoder.signature == new.encoder


def test_the_same_model_keeps_its_prompts_and_takes_others(old: Contract) -> None:
    new, _ = changed_contract(old, ContractChange(prompts={"document": "doc: "}))
    assert new.overrides == {"query": "ask: ", "document": "doc: "}
    assert (new.encoder.model, new.encoder.precision) == ("hashing", "fp32")
    assert new.fingerprint != old.fingerprint
    assert changed_contract(old, ContractChange(chunk_tokens=30, overlap=0, policy="chunk"))[0].overlap == 0


def test_passages_are_no_longer_than_the_new_model_sees(old: Contract, tmp_path: Path) -> None:
    new, _ = changed_contract(old, ContractChange(model=hashing_card(tmp_path, 32, sees=20)))
    assert new.chunk_tokens == 20
    with pytest.raises(InputError, match="chunk_tokens"):
        changed_contract(old, ContractChange(model="hashing-32", chunk_tokens=30))


def test_what_changes_nothing_or_cannot_be_is_refused(old: Contract) -> None:
    with pytest.raises(InputError, match="nothing to migrate"):
        changed_contract(old, ContractChange(model="hashing", policy="warn", chunk_tokens=40))
    with pytest.raises(UnknownNameError, match="hashing"):
        changed_contract(old, ContractChange(model="hashink"))


def test_an_encoder_in_hand_is_the_new_one(card: str) -> None:
    narrow = seal(TASK, card)[0]
    given = counting(TASK)
    new, encoder = changed_contract(narrow, ContractChange(encoder=given))
    assert encoder is given
    assert new.encoder.model == "hashing"


def test_a_rerun_must_ask_for_what_is_under_way(old: Contract, card: str) -> None:
    building, _ = changed_contract(old, ContractChange(model=card, chunk_tokens=30, prompts={"query": "q: "}))
    check_same(building, ContractChange())
    check_same(building, ContractChange(model=card, chunk_tokens=30, prompts={"query": "q: "}))
    with pytest.raises(ContractError, match="--abandon") as refused:
        check_same(
            building, ContractChange(model="hashing", chunk_tokens=20, prompts={"query": "q: ", "document": "d: "})
        )
    found = {one.field: (one.sealed, one.given) for one in refused.value.differences}
    assert found == {
        "model": ("hashing-64", "hashing"),
        "chunk_tokens": ("30", "20"),
        "document prompt": ("", "d: "),
    }
    with pytest.raises(ContractError, match="model"):
        check_same(building, ContractChange(encoder=counting(TASK)))
    assert ContractChange().empty
    assert not ContractChange(overlap=0).empty
