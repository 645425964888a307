import shutil
from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew.models import cards, pull

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
    assert askew("models", "check", MODEL, "--json").json == {"model": MODEL, "faults": []}
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
    found = askew("models", "choose", "--task", "question-answering", "--json").json
    assert all(choice["reasons"] for choice in found["choices"])
    assert ["all-MiniLM-L6-v2", "multi-qa-MiniLM-L6-cos-v1"] in [
        [contest["against_the_rule"], contest["by_the_rule"]] for contest in found["contests"]
    ]


def test_choose_within_limits(askew: Here) -> None:
    arguments = ["--task", "faq", "--languages", "de,en", "--max-mb", "500", "--licence", "commercial", "--json"]
    found = askew("models", "choose", *arguments).json
    assert found["choices"]
    assert all(choice["size_mb"] <= 500 for choice in found["choices"])
    offline = askew("models", "choose", "--task", "faq", "--offline", "--json").json
    assert [choice["model"] for choice in offline["choices"]] == ["all-MiniLM-L6-v2"]
    refused(askew("models", "choose", "--task", "faq", "--languages", "tlh", "--max-mb", "1", "--offline"), "--max-mb")
    assert askew("models", "choose", "--task", "faq", "--licence", "free").code == 2
