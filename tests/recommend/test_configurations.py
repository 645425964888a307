import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.cli import Here

from askew.errors import InputError
from askew.index import Index
from askew.recommend.configurations import (
    CARD,
    NONE,
    WEIGHTS,
    Configuration,
    Encoding,
    candidates,
    index_command,
    opened,
    overlap,
    search_command,
    similarity,
    with_prompts,
    without_prompts,
)
from askew.similarity import Similarity
from askew.tasks import get
from askew.types import Role

TASK = get("question-answering")
MODEL = "all-MiniLM-L6-v2"


def test_a_model_without_prompts_competes_in_sizes_precisions_and_weights() -> None:
    found = candidates([MODEL], TASK, longest=300)
    encodings = list(dict.fromkeys(one.encoding for one in found))
    assert {encoding.chunk_tokens for encoding in encodings} == {0, 64, 128, 224}
    assert {encoding.precision for encoding in encodings} == {"fp32", "int8"}
    assert {encoding.prompts for encoding in encodings} == {CARD}
    assert {one.weights for one in found if one.mode == "hybrid"} == set(WEIGHTS)
    assert sum(one.mode == "lexical" for one in found) == 4
    assert len(found) == len(set(found))


def test_a_model_with_prompts_competes_without_them_too() -> None:
    prompts = {one.encoding.prompts for one in candidates(["e5-small-v2"], TASK, longest=50)}
    assert prompts == {CARD, NONE}


def test_short_documents_are_not_cut() -> None:
    assert {one.encoding.chunk_tokens for one in candidates([MODEL], TASK, longest=40)} == {0}


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding("hashing"),
        Encoding("hashing", chunk_tokens=64),
        with_prompts(Encoding("hashing"), "odd", {Role.QUERY: "ask: ", Role.DOCUMENT: "it's: "}),
        without_prompts(Encoding("hashing")),
        Encoding(MODEL),
        Encoding(MODEL, precision="int8", chunk_tokens=128),
    ],
    ids=str,
)
def test_the_command_builds_what_competed(
    encoding: Encoding, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("id,text\na,red tents\nb,blue tents\n")
    command = shlex.split(index_command(Configuration(encoding), TASK, "shop", ["rows.csv"]))
    assert Here(monkeypatch, capsys)(*command[1:]).code == 0
    with Index.open("shop") as index:
        assert index.contract == replace(opened(encoding, TASK)[0], overrides=index.contract.overrides)
        assert dict(index.contract.overrides) == dict(encoding.texts)


def test_the_search_says_mode_and_weights() -> None:
    assert search_command(Configuration(Encoding("a")), "shop") == "askew search shop QUERY --mode dense"
    both = Configuration(Encoding("a"), "hybrid", (3.0, 1.0))
    assert search_command(both, "shop") == "askew search shop QUERY --mode hybrid --weights 3,1"


def test_what_is_there_to_test_the_advice_cannot_be_built() -> None:
    for odd in (Configuration(Encoding("a", raw=True)), Configuration(Encoding("a", max_tokens=32))):
        assert not odd.as_built
        with pytest.raises(InputError, match="No command builds"):
            index_command(odd, TASK, "shop", ["x"])


def test_raw_vectors_are_compared_as_asked() -> None:
    contract, encoder = opened(Encoding(MODEL, raw=True), TASK)
    assert not encoder.signature.normalised
    assert similarity(Configuration(Encoding(MODEL)), contract) is Similarity.COSINE
    assert similarity(Configuration(Encoding(MODEL), similarity="dot"), contract) is Similarity.DOT
    lengths = (encoder.encode(["tents", "a"], Role.DOCUMENT).vectors ** 2).sum(axis=1)
    assert not (abs(lengths - 1) < 1e-3).any()


def test_every_configuration_has_a_name_of_its_own() -> None:
    every = [*candidates([MODEL, "e5-small-v2"], TASK, 600), Configuration(Encoding(MODEL, raw=True), similarity="dot")]
    dense = [str(one) for one in every if one.mode != "lexical"]
    assert len(dense) == len(set(dense))
    assert overlap(64, TASK) == 16


def test_vectors_that_differ_are_never_kept_as_the_same() -> None:
    plain = Encoding(MODEL)
    others = [replace(plain, raw=True), replace(plain, max_tokens=32), replace(plain, precision="int8")]
    odd = with_prompts(plain, "odd", {Role.QUERY: "", Role.DOCUMENT: "text: "})
    prints = [opened(encoding, TASK)[1].signature.fingerprint for encoding in (plain, *others, odd)]
    assert len(set(prints)) == 5
