import pytest
from askew.sealing import seal

from askew.errors import InputError, UnknownNameError
from askew.tasks import get


def test_what_is_not_given_follows_from_the_task() -> None:
    contract, encoder = seal("question-answering", model="hashing")
    task = get("question-answering")
    assert (contract.policy, contract.overlap) == (task.policy, task.overlap)
    assert contract.encoder == encoder.signature


def test_what_is_given_is_sealed() -> None:
    contract, _ = seal("question-answering", model="hashing", policy="accept", chunk_tokens=40, overlap=7)
    assert (contract.policy, contract.chunk_tokens, contract.overlap) == ("accept", 40, 7)


def test_an_encoder_in_hand_is_taken_as_it_is() -> None:
    _, encoder = seal("paraphrase", model="hashing")
    contract, again = seal("paraphrase", encoder=encoder)
    assert again is encoder
    assert contract.encoder == encoder.signature


@pytest.mark.parametrize("asked", [{"policy": "hope"}, {"chunk_tokens": 0}, {"overlap": -1}])
def test_what_cannot_be_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(InputError):
        seal("question-answering", model="hashing", **asked)


def test_an_unknown_task_or_model_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match="duplicate-questions"):
        seal("duplicate-question")
    with pytest.raises(InputError, match="no-such-model"):
        seal("paraphrase", model="no-such-model")
