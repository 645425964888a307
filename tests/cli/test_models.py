import hashlib
import re
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from helpers import encoder_pairs, hub_server, tiny_families
from helpers.card import MINIMAL
from helpers.cli import Here, refused
from helpers.http import listening

from askew.models import cards, pull
from askew.tasks import TASKS

MODEL = "all-MiniLM-L6-v2"


def test_list(askew: Here) -> None:
    lines = askew("models", "list").out.splitlines()
    assert lines[0].split()[:4] == ["model", "kind", "similarity", "dim"]
    assert max(map(len, lines)) < 160
    assert "109 languages" in next(line for line in lines if line.startswith("LaBSE"))
    assert any(line.startswith(MODEL) for line in lines)
    assert {row["name"] for row in askew("models", "list", "--json").json} == set(cards.names())
    assert all("faq" in row["tasks"] for row in askew("models", "list", "--task", "faq", "--json").json)
    refused(askew("models", "list", "--task", "fak"), "'fak'", "faq")


def test_show(askew: Here) -> None:
    out = askew("models", "show", MODEL).out
    assert "mean" in out
    assert "NFCorpus" in out
    assert askew("models", "show", MODEL, "--json").json["max_tokens"] == 256
    refused(askew("models", "show", "all-MiniLM"), "'all-MiniLM'", MODEL)


def test_check_finds_a_changed_byte(askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = cards.get(MODEL)
    original = pull.find(card)
    assert askew("models", "check", MODEL, "--json").json == {"model": MODEL, "files": "verified", "faults": []}
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    outcome = askew("models", "check", MODEL)
    assert outcome.code == 1
    assert "askew models pull" in outcome.out
    copy = tmp_path / "cache" / "models" / MODEL / original.name
    shutil.copytree(original, copy)
    content = bytearray((copy / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "model.safetensors").write_bytes(content)
    outcome = askew("models", "check", MODEL, "--json")
    assert outcome.code == 1
    assert "model.safetensors" in outcome.json["faults"][0]


def test_a_missing_model_names_the_command_that_downloads_it(
    askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    (tmp_path / "a.txt").write_text("text")
    refused(askew("index", "x", "a.txt", "--task", "question-answering"), f"askew models pull {MODEL}")
    assert not (tmp_path / "x.askew").exists()


SUPPORTING = "Represent the question for retrieving supporting documents: "
STRINGS = [
    ("e5-base-v2", "question-answering", {"query": "query: {text}", "document": "passage: {title} {text}"}),
    ("e5-base-v2", "paraphrase", {"document": "query: {title} {text}"}),
    ("multilingual-e5-small", "faq", {"query": "query: {text}", "document": "passage: {title} {text}"}),
    (
        "instructor-large",
        "question-answering",
        {"query": SUPPORTING + "{text}", "document": "Represent the document for retrieval: {title} {text}"},
    ),
    (
        "nomic-embed-text-v1.5",
        "enterprise-search",
        {"query": "search_query: {text}", "document": "search_document: {title} {text}"},
    ),
    ("nomic-embed-text-v1.5", "article-similarity", {"document": "clustering: {title} {text}"}),
    (
        "Qwen3-Embedding-0.6B",
        "question-answering",
        {
            "query": "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
            "Query:{text}",
            "document": "{title} {text}",
        },
    ),
    ("dpr-multiset", "question-answering", {"query": "{text}", "document": "{title} [SEP] {text}"}),
    ("all-MiniLM-L6-v2", "duplicate-questions", {"document": "{title} {text}"}),
]


@pytest.mark.parametrize(("model", "task", "strings"), STRINGS)
def test_the_exact_string_for_each_task_and_role(askew: Here, model: str, task: str, strings: dict[str, str]) -> None:
    assert askew("models", "show", model, "--task", task, "--json").json["strings"] == strings
    for role, string in strings.items():
        assert f"{role:<8}  {string!r}" in askew("models", "show", model, "--task", task).out


def test_an_unknown_task_is_named(askew: Here) -> None:
    refused(askew("models", "show", MODEL, "--task", "qa"), "'qa'")


def test_choose_prints_a_table_reasons_and_exceptions(askew: Here) -> None:
    outcome = askew("models", "choose", "--task", "question-answering")
    assert outcome.code == 0
    for figures in ("SciFact 64.5 to 54.0", "TRECCOVID 47.2 to 55.8"):
        assert figures in outcome.out
    for task in TASKS:
        assert max(map(len, askew("models", "choose", "--task", task.name, "--languages", "en").out.splitlines())) <= 80
    found = askew("models", "choose", "--task", "question-answering", "--json").json
    assert all(choice["reasons"] for choice in found["choices"])
    assert ["all-MiniLM-L6-v2", "multi-qa-MiniLM-L6-cos-v1"] in [
        [contest["against_the_rule"], contest["by_the_rule"]] for contest in found["contests"]
    ]


def test_choose_within_limits(askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    arguments = ["--task", "faq", "--languages", "de,en", "--max-mb", "500", "--licence", "commercial", "--json"]
    found = askew("models", "choose", *arguments).json
    assert found["choices"]
    assert all(choice["size_mb"] <= 500 for choice in found["choices"])
    offline = askew("models", "choose", "--task", "faq", "--offline", "--json").json
    assert [choice["model"] for choice in offline["choices"]] == ["all-MiniLM-L6-v2"]
    refused(askew("models", "choose", "--task", "faq", "--languages", "yo", "--max-mb", "1", "--offline"), "--max-mb")
    refused(askew("models", "choose", "--task", "faq", "--languages", "Klingon"), "'Klingon'")
    assert askew("models", "choose", "--task", "faq", "--licence", "free").code == 2


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A hub on this machine that has a tiny model under every name and revision, and an empty cache."""
    folder = tiny_families.save("bert", tmp_path / "hub")

    class Hub(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, body: bool) -> None:
            file = folder / self.path.partition("?")[0].rpartition("/")[2]
            content = file.read_bytes() if file.is_file() else b""
            self.send_response(200 if content else 404)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body:
                self.wfile.write(content)

    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with listening(Hub) as url:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", url + TEMPLATE)
        yield folder


def test_a_model_of_the_hub_from_pull_to_search(askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    folder = tiny_families.save("bert", tmp_path / "model")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    (tmp_path / "a.txt").write_text("A cat sat on the mat.")
    index = ("index", "x", "a.txt", "--task", "question-answering", "--model", hub_server.REPOSITORY)
    with hub_server.serving(hub_server.of(folder), monkeypatch):
        refused(askew(*index), f"askew models pull {hub_server.REPOSITORY}")
        assert VERIFIED.search(askew("models", "pull", hub_server.REPOSITORY).out)
    assert askew(*index).code == 0
    assert "cat" in askew("search", "x", "cat").out
    shown = askew("models", "show", hub_server.REPOSITORY, "--json").json
    assert (shown["origins"]["pooling"], shown["tasks"]) == ("default of sentence-transformers", [])
    assert shown["revisions"] == {"both": hub_server.FIRST}
    assert "(config.json)" in askew("models", "show", "./model").out


TEMPLATE = "/{repo_id}/resolve/{revision}/{filename}"
VERIFIED = re.compile(r"(?<!not )verified")


def test_only_a_known_hash_vouches_for_a_download(askew: Here, hub: Path) -> None:
    moving, fixed = "paraphrase-MiniLM-L12-v2", "paraphrase-MiniLM-L3-v2"
    for model in (moving, fixed):
        out = askew("models", "pull", model).out
        assert "noted, not verified" in out
        assert not VERIFIED.search(out)
        assert ("moving branch main" in out) == (model == moving)
        outcome = askew("models", "check", model)
        assert outcome.code == 0
        assert "unchanged since it was downloaded" in outcome.out
        assert not VERIFIED.search(outcome.out)
        assert askew("models", "check", model, "--json").json["files"] == "noted"
        shown = askew("models", "show", model, "--json").json
        assert (shown["files"], shown["verified"], shown["pinned"]) == ("noted", False, model == fixed)
        row = next(line for line in askew("models", "list").out.splitlines() if line.startswith(model))
        assert row.split()[-2:] == ["noted", "no"]
    weights = pull.find(cards.get(fixed)) / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"x")
    outcome = askew("models", "check", fixed, "--json")
    assert outcome.code == 1
    assert "model.safetensors" in outcome.json["faults"][0]


def test_other_files_than_the_cards_are_refused(askew: Here, hub: Path, tmp_path: Path) -> None:
    outcome = askew("models", "pull", "bge-small-en-v1.5")
    refused(outcome, "bge-small-en-v1.5", "SHA-256")
    assert not list((tmp_path / "cache" / "models" / "bge-small-en-v1.5").iterdir())


def test_files_in_ones_own_folder_are_not_verified(askew: Here, tmp_path: Path) -> None:
    folder = tiny_families.save("bert", tmp_path / "model")
    listed = "".join(f'"{name}" = ""\n' for name in ("config.json", "model.safetensors", "tokenizer.json"))
    (folder / "card.toml").write_text(MINIMAL.replace("dim = 3", "dim = 32") + f"[files]\n{listed}")
    assert askew("models", "add", "model").code == 0
    outcome = askew("models", "check", "mine")
    assert (outcome.code, "nothing to compare" in outcome.out) == (0, True)
    assert askew("models", "show", "mine", "--json").json["files"] == "unknown"
    assert not VERIFIED.search(askew("models", "pull", "mine").out)


def test_a_model_copied_by_hand(askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what the message says, with nothing but the files of the model, and index with it."""
    original = pull.find(cards.get(MODEL))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "fresh"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    for variable, value in {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    outcome = askew("models", "pull", MODEL)
    assert outcome.code == 2
    folder = Path(outcome.err.partition(" into ")[2].partition(".\n")[0])
    folder.mkdir(parents=True)
    for name in cards.get(MODEL).files:
        assert name in outcome.err
        shutil.copyfile(original / name, folder / name)
    (tmp_path / "a.txt").write_text("A cat sat on the mat.")
    assert askew("index", "x", "a.txt", "--task", "question-answering", "--model", MODEL).code == 0
    assert askew("models", "pull", MODEL).code == 0
    assert askew("models", "check", MODEL, "--json").json["files"] == "verified"


NAMES = ["../../up", "/abs", "a/b", "..", "", ".x", "-x", "nul"]


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_name_is_refused_in_one_sentence(askew: Here, tmp_path: Path, name: str) -> None:
    (tmp_path / "x.toml").write_text(MINIMAL.replace('"mine"', f'"{name}"'))
    outcome = askew("models", "add", "x.toml")
    refused(outcome, "name")
    assert outcome.err.count("\n") == 1


def test_a_pair_is_fitted_made_chosen_and_migrated_to(
    askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    encoder_pairs.for_the_guide(tmp_path)
    refused(askew("models", "choose", "--task", "question-answering", "--fast-queries"), "models pair", "fit-queries")
    fit = ("models", "fit-queries", "small", "--documents", "./document-encoder", "--texts", "questions.txt")
    made = askew(*fit, "--json").json
    assert (made["texts"], made["folder"]) == (300, "small")
    assert made["held_out"] > made["initial"]
    refused(askew(*fit), "already exists")
    pair = ("models", "pair", "ours", "--documents", "our-document-encoder", "--queries", "./small")
    assert askew(*pair, "--json").json["agreement"]["found"] > 0.8
    assert "small" in askew("models", "show", "ours").out
    [choice] = askew("models", "choose", "--task", "question-answering", "--fast-queries", "--json").json["choices"]
    assert (choice["model"], choice["here"]) == ("ours", True)
    (tmp_path / "a.csv").write_text("id,text\n1,two men are playing chess\n2,my password\n")
    askew("index", "i", "a.csv", "--task", "question-answering", "--model", "our-document-encoder")
    moved = askew("migrate", "i", "--to", "ours", "--switch", "--json").json
    assert (moved["copied"], moved["encoded"], moved["switched"]) == (2, 0, True)
    assert askew("search", "i", "playing chess", "-k", "1", "--json").json["hits"][0]["id"] == "1"
    refused(askew("index", "j", "a.csv", "--task", "paraphrase", "--model", "ours"), "one role")
    assert askew("models", "check", "ours").code == 0
