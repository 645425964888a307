import json
from pathlib import Path

import pytest
from helpers.card import MINIMAL

from askew.errors import InputError, ModelError
from askew.models import cards, own, pull

CARD = (
    MINIMAL
    + """[files]
"model.safetensors" = ""
"tokenizer.json" = ""
"config.json" = ""
"""
)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my-model"
    folder.mkdir()
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        (folder / name).write_text("{}")
    return folder


def test_a_folder_with_a_card_is_a_model_from_then_on(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD)
    card = own.resolve(str(folder))
    assert cards.get("mine") == card == own.resolve("mine")
    assert "mine" in cards.names()
    assert pull.find(card) == folder
    assert len(pull.hashes(card, "both")["config.json"]) == 64


def test_a_changed_file_is_another_model(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD)
    card = own.add(folder)
    before = pull.hashes(card, "both")
    assert pull.hashes(card, "both") == before
    (folder / "model.safetensors").write_text("other")
    assert pull.hashes(card, "both")["model.safetensors"] != before["model.safetensors"]


def test_a_folder_without_a_card_is_refused_with_one_filled_in(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 384}))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    (folder / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Normalize"}]))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 128}))
    settings = {"prompts": {"query": 'query: "', "document": ""}, "similarity_fn_name": "cosine"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError) as caught:
        own.resolve(str(folder))
    for line in (
        'architecture = "bert"',
        'pooling = "mean"',
        "normalised = true",
        'similarity = "cosine"',
        "dim = 384",
        "max_tokens = 128",
        'query = "query: \\""',
        'tasks = ["?"]',
        '"model.safetensors" = ""',
    ):
        assert line in str(caught.value)
    text = own.template(folder).replace('tasks = ["?"]', 'tasks = ["faq"]')
    (folder / "card.toml").write_text(text)
    assert own.add(folder).max_tokens == 128


def test_what_its_files_do_not_say_is_asked_and_not_guessed(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "strange"}))
    text = own.template(folder)
    for line in ('architecture = "?"', 'pooling = "?"', 'normalised = "?"', 'similarity = "?"', 'dim = "?"'):
        assert line in text
    (folder / "card.toml").write_text(text)
    with pytest.raises(InputError, match="normalised"):
        own.add(folder)
    (folder / "config.json").write_text("[]")
    with pytest.raises(ModelError, match=r"config\.json"):
        own.template(folder)


def test_names_of_askews_own_models_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(CARD.replace('"mine"', '"hashing"'))
    with pytest.raises(InputError, match="hashing"):
        own.resolve(str(file))


def test_removed_is_forgotten(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD)
    own.add(folder)
    own.remove("mine")
    assert "mine" not in cards.names()
    assert (folder / "model.safetensors").exists()
    with pytest.raises(InputError, match="'mine'"):
        own.remove("mine")


def test_folders_are_taken_from_where_the_card_lies(folder: Path, tmp_path: Path) -> None:
    towers = "".join(
        f'[towers.{role}]\nfolder = "my-model"\n[towers.{role}.files]\n"config.json" = ""\n'
        for role in ("query", "document")
    )
    (tmp_path / "two.toml").write_text(CARD.split("[files]")[0] + towers)
    with (tmp_path / "two.toml").open("a") as file:
        file.write('[towers.query.package]\nname = "p"\nversion = "1"\nfolder = "in/it"\n')
    card = own.add(tmp_path / "two.toml")
    assert card.parts["query"].package.folder == "in/it"
    assert {part: tower.folder for part, tower in card.parts.items()} == {"query": str(folder), "document": str(folder)}
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match=r"config\.json"):
        own.add(tmp_path / "two.toml")


@pytest.mark.parametrize("name", ["../../up", "/abs", "a/b", "..", "", ".x"])
def test_a_card_whose_name_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.toml").write_text(CARD.replace('"mine"', f'"{name}"'))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="the name"):
        own.add(tmp_path / "x.toml")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_of_askews_own_is_taken_in_every_case(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(CARD.replace('"mine"', '"ALL-minilm-l6-V2"'))
    with pytest.raises(InputError, match="ALL-minilm"):
        own.add(tmp_path / "x.toml")


def test_remove_stays_in_its_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "card.toml").write_text(CARD)
    own.add(folder)
    (tmp_path / "precious.toml").write_text("")
    for name in ("../precious", str(tmp_path / "precious"), "."):
        with pytest.raises(InputError):
            own.remove(name)
    assert (tmp_path / "precious.toml").exists()


def test_no_path_can_be_so_long(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        own.resolve("x/" * 3000)


@pytest.mark.parametrize(
    "content", ["[]", "[" * 100_000, '{"prompts": [], "similarity_fn_name": {}}', '{"hidden_size": 1e999}', "7"]
)
def test_a_template_of_files_that_say_nothing(folder: Path, content: str) -> None:
    (folder / "config.json").write_text('{"model_type": "bert", "hidden_size": -3}')
    for name in ("modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"):
        (folder / name).write_text(content)
    assert 'dim = "?"' in own.template(folder)


def test_a_huge_file_that_holds_no_weights_is_not_read(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD)
    card = own.add(folder)
    with (folder / "tokenizer.json").open("wb") as file:
        file.truncate(1 << 40)  # a hole, which takes no room
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        pull.hashes(card, "both")
