"""Models that are complete and cannot run: their cards are not kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import hub_server, tiny_families
from helpers.hub_server import REPOSITORY, Hub

from askew.encoders import trial
from askew.errors import ModelError
from askew.models import own, pull, repository


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tiny_families.save("bert", tmp_path / "model")
    (made / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    return made


@pytest.fixture
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    found = hub_server.of(folder)
    with hub_server.serving(found, monkeypatch):
        yield found


def changed(content: bytes, **values: object) -> bytes:
    return json.dumps(json.loads(content) | values).encode()


WRONG = {
    "layers": {"num_hidden_layers": 9},
    "heads": {"num_attention_heads": 5},
    "no-heads": {"num_attention_heads": 0},
    "vocabulary": {"vocab_size": 7},
    "inner": {"intermediate_size": 7},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_model_that_cannot_run_is_not_registered(folder: Path, tmp_path: Path, name: str) -> None:
    file = folder / "config.json"
    kept = file.read_bytes()
    file.write_bytes(changed(kept, **WRONG[name]))
    with pytest.raises(ModelError):
        trial.add(folder)
    assert not (tmp_path / "cards").exists()
    file.write_bytes(kept)
    assert trial.add(folder).dim == tiny_families.WIDTH


def test_a_length_without_room_for_a_text_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 2}'
    )
    with pytest.raises(ModelError, match="room"):
        trial.add(folder)
    assert not (tmp_path / "cards").exists()


def test_what_does_not_run_is_not_kept_from_the_hub(hub: Hub, tmp_path: Path) -> None:
    """And what was here before stays."""
    kept = trial.obtained(REPOSITORY)
    whole = hub.files["config.json"]
    hub.files["config.json"] = changed(whole, num_hidden_layers=9)
    with pytest.raises(ModelError, match="9"):
        repository.take(REPOSITORY, check=trial.tried)
    assert own.known(REPOSITORY) == kept
    assert pull.find(kept).is_dir()
    assert len(list(pull.home(kept).parent.iterdir())) == 1


def test_a_card_whose_files_are_elsewhere_is_registered(hub: Hub, tmp_path: Path) -> None:
    card = repository.take(REPOSITORY)
    own.save(card)
    for file in pull.home(card).iterdir():
        file.unlink()
    trial.tried(card)
    assert own.known(REPOSITORY) == card
