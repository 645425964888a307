import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_families
from helpers.card import MINIMAL
from safetensors.numpy import save_file

from askew.encoders.loading import load, signature
from askew.errors import InputError, ModelError
from askew.models import cards, own, pull
from askew.models.folder import merge
from askew.types import Role

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


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A folder of sentence-transformers without a card: mean, then a dense layer of 16 with tanh."""
    folder = tiny_families.save("bert", tmp_path / "plain")
    for number, kind in enumerate(("Pooling", "Dense"), 1):
        (folder / f"{number}_{kind}").mkdir()
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Dense": "Dense"}
    modules = [{"type": f"sentence_transformers.models.{kind}", "path": at} for at, kind in kinds.items()]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    sizes = {"in_features": 32, "out_features": 16, "activation_function": "torch.nn.modules.activation.Tanh"}
    (folder / "2_Dense" / "config.json").write_text(json.dumps(sizes))
    save_file({"linear.weight": np.ones((16, 32), np.float32)}, folder / "2_Dense" / "model.safetensors")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    settings = {"prompts": {"query": 'query: "\n', "passage": "x"}, "similarity_fn_name": "dot"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    return folder


def test_a_folder_without_a_card_asks_nothing(plain: Path) -> None:
    card = own.resolve(str(plain))
    assert (card.name, card.architecture, card.pooling, card.dense, card.dim) == ("plain", "bert", "mean", "tanh", 16)
    assert (card.similarity, card.max_tokens, card.normalised) == ("dot", 80, False)
    assert card.prompts == {"default": {"query": 'query: "\n', "document": "x"}}
    assert (card.tasks, card.languages, card.licence) == ((), ("unknown",), "unknown")
    assert card.origins["dim"] == card.origins["dense"] == "2_Dense/config.json"
    assert card.origins["licence"] == "stated nowhere"
    assert cards.get("plain") == card == own.resolve("plain") == own.resolve(str(plain))
    assert load(card, "question-answering").encode(["cat"], Role.QUERY).vectors.shape == (1, 16)


def test_a_card_beside_the_files_says_only_what_they_do_not(plain: Path) -> None:
    (plain / "card.toml").write_text('name = "ours"\nlanguages = ["de"]\ntasks = ["faq"]\nmax_tokens = 20\n')
    card = own.add(plain)
    assert (card.name, card.languages, card.tasks, card.max_tokens) == ("ours", ("de",), ("faq",), 20)
    assert (card.pooling, card.dim, card.origins["max_tokens"]) == ("mean", 16, "the card")


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ('pooling = "cls"', "1_Pooling/config.json"),
        ('pooling = "?"', "1_Pooling/config.json"),
        ("normalised = true", r"modules\.json"),
        ("dim = 32", "2_Dense/config.json"),
        ('dense = "identity"', "2_Dense/config.json"),
        ("lower_case = true", r"modules\.json"),
        ('architecture = "roberta"', "'bert' model"),
    ],
)
def test_a_card_that_contradicts_its_folder_is_refused(plain: Path, line: str, file: str) -> None:
    (plain / "card.toml").write_text(line)
    with pytest.raises(InputError, match=file):
        own.add(plain)


def test_fewer_dimensions_are_a_choice(plain: Path) -> None:
    (plain / "card.toml").write_text("dim = 4")
    card = own.add(plain)
    assert (card.dim, card.width) == (4, 16)
    whole = load(replace(card, dim=16, width=0), "faq").encode(["cat"], Role.DOCUMENT).vectors
    assert np.array_equal(load(card, "faq").encode(["cat"], Role.DOCUMENT).vectors, whole[:, :4])


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "modules.json",
        "1_Pooling/config.json",
        "tokenizer_config.json",
        "config_sentence_transformers.json",
    ],
)
def test_a_card_does_not_outlive_the_settings_it_was_made_of(plain: Path, name: str) -> None:
    card = own.add(plain)
    (plain / name).write_text((plain / name).read_text() + " ")
    with pytest.raises(ModelError, match=rf"{name}.*askew models add"):
        signature(card, "faq", "fp32")
    own.add(plain)
    signature(cards.get("plain"), "faq", "fp32")


def test_a_file_that_comes_later_is_not_passed_over(plain: Path) -> None:
    card = own.add(plain)
    (plain / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"adapter_config\.json.*askew models add"):
        signature(card, "faq", "fp32")
    with pytest.raises(ModelError, match="adapter"):
        own.add(plain)


@pytest.mark.parametrize("name", ["model.safetensors", "2_Dense/model.safetensors", "tokenizer.json"])
def test_every_file_that_moves_a_vector_is_sealed(plain: Path, name: str) -> None:
    (plain / "card.toml").write_text('[files]\n"config.json" = ""\n')  # a card that forgets them
    before = signature(own.add(plain), "faq", "fp32").fingerprint
    (plain / name).write_bytes((plain / name).read_bytes() + b" ")
    assert signature(cards.get("plain"), "faq", "fp32").fingerprint != before


def test_two_folders_of_one_name_are_two_models(plain: Path, tmp_path: Path) -> None:
    shutil.copytree(plain, tmp_path / "other" / "plain")
    first, second = own.add(plain), own.add(tmp_path / "other" / "plain")
    assert first.name == "plain" != second.name
    assert own.resolve(str(plain)).name == first.name
    assert own.resolve(str(tmp_path / "other" / "plain")).name == second.name
    shutil.copytree(plain, tmp_path / "all-MiniLM-L6-v2")
    assert own.add(tmp_path / "all-MiniLM-L6-v2").name not in cards.built_in()


def test_a_folder_that_was_moved_is_found_again(plain: Path, tmp_path: Path) -> None:
    before = signature(own.add(plain), "faq", "fp32")
    plain.rename(tmp_path / "moved")
    with pytest.raises(ModelError, match="--name plain"):
        signature(cards.get("plain"), "faq", "fp32")
    assert signature(own.add(tmp_path / "moved", "plain"), "faq", "fp32") == before
    with pytest.raises(InputError, match=r"\./nowhere"):
        own.resolve("./nowhere")


@pytest.mark.parametrize("name", ["my model (1)", "-dash", ".hidden", "über", "nul", "x" * 200])
def test_any_name_of_a_folder_will_do(plain: Path, tmp_path: Path, name: str) -> None:
    plain.rename(tmp_path / name)
    card = own.add(tmp_path / name)
    assert cards.get(card.name) == card


def test_a_card_is_read_as_it_was_written(plain: Path) -> None:
    card = merge.read(plain)
    assert cards.parse(merge.written(card), "x") == card
    for name in cards.built_in():
        assert cards.parse(merge.written(cards.get(name)), name) == cards.get(name)


def test_a_hub_id_is_the_card_of_its_repository() -> None:
    assert (
        own.resolve("BAAI/bge-small-en-v1.5") == own.resolve("baai/BGE-small-en-v1.5") == cards.get("bge-small-en-v1.5")
    )
    with pytest.raises(InputError, match="askew models pull someone/else"):
        own.resolve("someone/else")


def test_a_card_without_sentence_transformers_names_files_and_a_pooling(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD.replace('"mean"', '"?"'))
    with pytest.raises(InputError, match="'\\?'"):
        own.add(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "model.gguf", "model.zip"])
def test_a_file_is_no_folder(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    for given in (name, f"./{name}", str(tmp_path / name)):
        with pytest.raises(InputError, match="folder that holds it"):
            own.resolve(given)


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


def test_a_huge_file_that_holds_no_weights_is_not_read(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD)
    card = own.add(folder)
    with (folder / "tokenizer.json").open("wb") as file:
        file.truncate(1 << 40)  # a hole, which takes no room
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        pull.hashes(card, "both")
