"""Models of the hub, from a server on this machine that speaks its protocol."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import hub_server, tiny_families
from helpers.hub_server import FIRST, REPOSITORY, SECOND, Hub

from askew import Index, files
from askew.encoders import loading
from askew.errors import ModelError
from askew.models import own, pull, repository
from askew.models.card import Card
from askew.models.card import Hub as Origin
from askew.paths import cache
from askew.types import Role

HEAD = "---\nlicense: mit\nlanguage: de\n---\n# Tiny\n"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    folder = tiny_families.save("bert", tmp_path / "model")
    kinds = ("Transformer", "Pooling", "Normalize")
    paths = ("", "1_Pooling", "2_Normalize")
    modules = [
        {"type": f"sentence_transformers.models.{kind}", "path": at} for kind, at in zip(kinds, paths, strict=True)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
    (folder / "README.md").write_text(HEAD)
    for name in ("evil.py", "model.onnx", "pytorch_model.bin", "training_args.bin"):
        (folder / name).write_bytes(b"not asked for")
    found = hub_server.of(folder)
    with hub_server.serving(found, monkeypatch):
        yield found


def nothing_kept(tmp_path: Path) -> bool:
    models = tmp_path / "cache" / "models"
    return not (tmp_path / "cards").exists() and not (list(models.iterdir()) if models.exists() else [])


def test_a_hub_id_is_pulled_verified_indexed_and_searched(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=f"askew models pull {REPOSITORY}"):
        own.resolve(REPOSITORY)
    card = repository.take(REPOSITORY)
    assert (card.name, card.pooling, card.licence, card.languages) == ("tiny-model", "cls", "mit", ("de",))
    assert card.hub == Origin(REPOSITORY, FIRST)
    assert pull.provenance(card) is pull.Provenance.VERIFIED
    assert all(len(digest) == 64 for digest in card.files.values())
    folder = pull.find(card)
    assert {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} == {
        *card.files,
        "sha256.json",
    }
    fetched = {path.rpartition(FIRST + "/")[2] for path in hub.asked if "/resolve/" in path}
    assert fetched == {*card.files, "README.md"}
    assert own.resolve(REPOSITORY) == own.resolve("tiny-model") == card
    (tmp_path / "a.txt").write_text("A cat sat on the mat.")
    index = Index.create(tmp_path / "x", "question-answering", model=REPOSITORY)
    index.add(["the cat sat on the mat", "money back"])
    assert index.search("money back", k=1)[0].text == "money back"
    assert index.contract.encoder.model == "tiny-model"


def test_what_a_killed_pull_has_left_is_swept(hub: Hub) -> None:
    home = cache() / "models"
    left, others = home / f".hub-abc{files.HIDDEN}", home / f".hub-now{files.HIDDEN}"
    for place in (left, others):
        place.mkdir(parents=True)
    os.utime(left, (0, 0))
    with pytest.raises(ModelError):
        repository.take("org/none")
    assert (left.exists(), others.exists()) == (False, True)


def test_a_later_pull_takes_what_is_here(hub: Hub) -> None:
    card = repository.take(REPOSITORY)
    assert repository.take(REPOSITORY) == card
    hub.asked.clear()
    assert pull.pull(card) == pull.find(card)
    assert hub.asked == []


def test_a_moved_branch_is_another_commit_and_the_old_one_stays(hub: Hub) -> None:
    first = repository.take(REPOSITORY)
    hub.main, hub.files["tokenizer_config.json"] = SECOND, b'{"tokenizer_class": "TokenizersBackend"}'
    second = repository.take(REPOSITORY)
    assert (first.hub, second.hub) == (Origin(REPOSITORY, FIRST), Origin(REPOSITORY, SECOND))
    sealed = [loading.signature(card, "question-answering", "fp32").fingerprint for card in (first, second)]
    assert sealed[0] != sealed[1]
    assert own.resolve(REPOSITORY) == second


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_another_file_than_the_hub_states_is_refused(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.served[name] = hub.files[name][:-1] + b" "
    with pytest.raises(ModelError, match=name):
        repository.take(REPOSITORY)
    assert nothing_kept(tmp_path)


def test_a_commit_that_is_answered_with_another_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.at = SECOND
    with pytest.raises(ModelError, match=f"{SECOND}.*{FIRST}"):
        repository.take(REPOSITORY, FIRST)
    assert nothing_kept(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_cut_connection_is_refused(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.cut.add(name)
    with pytest.raises(ModelError, match="could not be downloaded"):
        repository.take(REPOSITORY)
    assert nothing_kept(tmp_path)
    hub.cut.clear()
    assert repository.take(REPOSITORY).dim == tiny_families.WIDTH


def test_what_askew_cannot_run_is_refused_before_its_card_is_kept(hub: Hub, tmp_path: Path) -> None:
    hub.files["adapter_config.json"] = b'{"base_model_name_or_path": "org/base"}'
    with pytest.raises(ModelError, match="org/base"):
        repository.take(REPOSITORY)
    assert nothing_kept(tmp_path)


@pytest.mark.parametrize("name", ["../up.json", "1_Pooling/../../config.json", "/abs/config.json"])
def test_names_that_lead_out_are_not_fetched(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.files[name] = b"{}"
    repository.take(REPOSITORY)
    assert not any("up.json" in path or "abs" in path for path in hub.asked)


def test_no_such_model(hub: Hub, tmp_path: Path) -> None:
    for wrong in ("someone/else", "no id at all", "../../etc"):
        with pytest.raises(ModelError, match=r"could not be downloaded|no model of the hub"):
            repository.take(wrong)
    assert nothing_kept(tmp_path)


REFUSALS = {
    "gated": ("/resolve/", 403, "GatedRepo", "HF_TOKEN"),
    "gated-without-a-token": ("/resolve/", 401, "GatedRepo", "HF_TOKEN"),
    "private": ("/api/models/", 401, "", "HF_TOKEN"),
    "busy": ("/api/models/", 429, "", "try later"),
    "gone": ("/api/models/", 404, "RepoNotFound", "no such model"),
    "no-such-revision": ("/revision/", 404, "RevisionNotFound", "no such revision"),
    "file-gone": ("/resolve/", 404, "EntryNotFound", "no such file"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_of_the_hub_says_what_to_do(hub: Hub, tmp_path: Path, name: str) -> None:
    part, status, code, told = REFUSALS[name]
    hub.refused[part] = (status, code)
    with pytest.raises(ModelError, match=told):
        repository.take(REPOSITORY, "v2" if part == "/revision/" else "main")
    assert nothing_kept(tmp_path)


@pytest.mark.parametrize("name", ["someone/old-name", "Someone/Tiny-Model", f"https://huggingface.co/{REPOSITORY}/"])
def test_a_renamed_model_is_found_by_its_former_name_other_capitals_or_address(hub: Hub, name: str) -> None:
    hub.names[name] = REPOSITORY
    card = repository.obtained(name)
    assert card.hub is not None
    assert card.hub.revision == FIRST
    assert pull.find(card).is_dir()
    assert own.known(card.hub.repository.upper()) == card


def test_a_tag_is_a_commit(hub: Hub) -> None:
    hub.tags["v1.0"] = SECOND
    card = repository.take(REPOSITORY, "v1.0")
    assert card.hub is not None
    assert card.hub.revision == SECOND


def test_a_hub_that_is_closed(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot reach"):
        repository.take(REPOSITORY)


def test_a_card_without_hashes_is_compared_with_what_the_hub_states(hub: Hub) -> None:
    card = repository.take(REPOSITORY)
    bare = Card(**{**vars(card), "name": "bare", "files": dict.fromkeys(card.files, "")})
    hub.served["model.safetensors"] = b"other"
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        pull.pull(bare)
    hub.served.clear()
    folder = pull.pull(bare)
    assert pull.find(bare) == folder
    assert pull.provenance(bare) is pull.Provenance.NOTED
    vectors = [loading.load(one, "question-answering").encode(["cat"], Role.QUERY).vectors for one in (card, bare)]
    assert (vectors[0] == vectors[1]).all()
