"""Late interaction in the three layouts, each against sentence-transformers itself."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")

import torch
import transformers
from helpers import late_folders, model_folders
from helpers.late_folders import native, original, pylate
from safetensors.torch import load_file
from sentence_transformers.multi_vector_encoder import MultiVectorEncoder

from askew.encoders import loading
from askew.errors import ModelError
from askew.models import own
from askew.types import Role

NEAR = 1e-5
QUERIES = ["How long may I stay at home?", "a", "the cat, sat. on the mat " * 6, "", "ünïcode 🎉, the cat"]
DOCUMENTS = [
    "the cat sat on the mat, and the dog did not. " * 4,
    "How long may I stay at HOME?",
    "the café, naïve: Überweisung",
    "a",
    "🎉 䨻 ünïcode!",
]
FIXED = {"strategy": "fixed", "length": 10}
LAYOUTS: Mapping[str, Callable[[Path], Path]] = {
    **{f"pylate-{family}": lambda at, family=family: pylate(family, at) for family in ("bert", "distilbert", "mpnet")},
    **{f"pylate-{family}": lambda at, family=family: pylate(family, at) for family in ("roberta", "modernbert")},
    "pylate-attended": lambda at: pylate("bert", at, attend_to_expansion_tokens=True),
    "pylate-unexpanded": lambda at: pylate("bert", at, do_query_expansion=False),
    "pylate-punctuation": lambda at: pylate("bert", at, skiplist_words=None),
    "pylate-without-marker": lambda at: pylate("bert", at, query_prefix="", document_prefix=""),
    "pylate-prompts": lambda at: pylate("bert", at, prompts={"query": "[Q] the ", "document": "a dog "}),
    "original": original,
    "original-attended": lambda at: original(at, attend_to_mask_tokens=True, mask_punctuation=False),
    "native": lambda at: native("bert", at, query_expansion=FIXED, document_length=16),
    "native-attended": lambda at: native("bert", at, query_expansion=FIXED | {"attend": True}),
    "native-min": lambda at: native("bert", at, query_length=20, query_expansion=FIXED | {"strategy": "min"}),
    "native-filler": lambda at: native("bert", at, query_expansion=FIXED | {"token": "[SEP]"}),
    "native-plain": lambda at: native("bert", at, query_length=9, document_length=16),
    "native-skiplist": lambda at: native("bert", at, mask={"skiplist_words": ["the", "a", "nowhere"]}),
    "native-prompts": lambda at: native("bert", at, prompts={"query": "how ", "document": "the "}),
    "native-two-layers": lambda at: native("roberta", at, layers=2),
}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", LAYOUTS)
def test_token_vectors_and_scores_are_those_of_the_reference(name: str, tmp_path: Path) -> None:
    place = LAYOUTS[name](tmp_path / "model")
    card = own.add(place)
    assert (card.kind, card.dim) == ("late-interaction", late_folders.DIM)
    encoder = loading.load_late(card)
    model = MultiVectorEncoder(str(place), device="cpu", local_files_only=True)
    expected = {Role.QUERY: model.encode_query(QUERIES), Role.DOCUMENT: model.encode_document(DOCUMENTS)}
    for role, texts in ((Role.QUERY, QUERIES), (Role.DOCUMENT, DOCUMENTS)):
        for ours, theirs in zip(encoder.encode(texts, role).vectors, expected[role], strict=True):
            assert ours.shape == theirs.shape
            assert np.abs(ours - theirs.numpy()).max() <= NEAR
    scores = model.similarity(expected[Role.QUERY], expected[Role.DOCUMENT]).numpy()
    pairs = [(query, document) for query in QUERIES for document in DOCUMENTS]
    assert np.abs(encoder.score(pairs).reshape(scores.shape) - scores).max() <= NEAR * max(1.0, np.abs(scores).max())


def test_scores_are_those_of_the_paper(tmp_path: Path) -> None:
    """Written out with transformers alone: markers, expansion that is not attended to, no punctuation, MaxSim."""
    place = original(tmp_path / "model")
    tokenizer = transformers.AutoTokenizer.from_pretrained(place)
    model = transformers.BertModel.from_pretrained(place).eval()
    linear = load_file(place / "model.safetensors")["linear.weight"]
    ids = tokenizer.convert_tokens_to_ids(["[unused0]", "[unused1]", "[MASK]", ",", "."])

    def vectors(text: str, marker: int, longest: int, expand: bool) -> torch.Tensor:
        plain = tokenizer(text, truncation=True, max_length=longest - 1)["input_ids"]
        shown = [plain[0], marker, *plain[1:]]
        fill = (longest - len(shown)) * expand
        mask = torch.tensor([[1] * len(shown) + [0] * fill])
        inputs = torch.tensor([shown + [ids[2]] * fill])
        with torch.no_grad():
            hidden = model(input_ids=inputs, attention_mask=mask).last_hidden_state[0] @ linear.T
        kept = torch.tensor([expand or token not in ids[3:] for token in inputs[0].tolist()])
        return torch.nn.functional.normalize(hidden[kept], dim=-1)

    query, document = "How long may I stay", "the cat sat on the mat, and the dog did not. "
    expected = (vectors(query, ids[0], 12, True) @ vectors(document, ids[1], 20, False).T).max(dim=1).values.sum()
    (score,) = loading.load_reranker(own.add(place)).score([(query, document)])
    assert abs(score - float(expected)) <= NEAR


def cut_at_the_beginning(at: Path) -> Path:
    place = pylate("bert", at)
    model_folders.setting("tokenizer_config.json", truncation_side="left")(place)
    return place


REFUSED: Mapping[str, tuple[Callable[[Path], Path], str]] = {
    "mean": (lambda at: pylate("bert", at, similarity_fn_name="meanmaxsim"), "meanmaxsim"),
    "unknown-marker": (lambda at: pylate("bert", at, query_prefix="[QUERY]"), r"\[QUERY\]"),
    "length": (lambda at: pylate("bert", at, query_length="long"), "query_length"),
    "skiplist": (lambda at: pylate("bert", at, skiplist_words=[1]), "skiplist"),
    "distance": (lambda at: original(at, similarity="l2"), "l2"),
    "interaction": (lambda at: original(at, interaction="flipr"), "flipr"),
    "queries-skipped": (
        lambda at: native("bert", at, mask={"skiplist_words": ["a"], "skiplist_tasks": ["query"]}),
        "query",
    ),
    "beyond-the-window": (lambda at: pylate("modernbert", at, query_length=18), "window"),
    "cut-at-the-beginning": (cut_at_the_beginning, "truncation_side"),
    "some-tokens": (lambda at: native("bert", at, mask={"keep_only_token_ids": [5]}), "keep_only_token_ids"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_computed_is_refused_by_name(name: str, tmp_path: Path) -> None:
    make, reason = REFUSED[name]
    with pytest.raises(ModelError, match=reason):
        own.add(make(tmp_path / "model"))


def test_a_residual_projection_is_refused(tmp_path: Path) -> None:
    place = pylate("bert", tmp_path / "model")
    model_folders.setting("1_Dense/config.json", use_residual=True)(place)
    with pytest.raises(ModelError, match="use_residual"):
        own.add(place)


def test_a_model_that_does_not_normalise_is_refused(tmp_path: Path) -> None:
    place = native("bert", tmp_path / "model")
    parts = json.loads((place / "modules.json").read_text())
    (place / "modules.json").write_text(json.dumps(parts[:-1]))
    with pytest.raises(ModelError, match="normalise"):
        own.add(place)


def test_older_releases_of_pylate_did_not_name_the_kind(tmp_path: Path) -> None:
    place = pylate("bert", tmp_path / "model", similarity_fn_name="cosine")
    named = own.shown(str(place))
    model_folders.setting(model_folders.SETTINGS, drop="model_type")(place)
    card = own.shown(str(place))
    assert (card.kind, card.late_interaction) == (named.kind, named.late_interaction)


def test_other_settings_are_another_model(tmp_path: Path) -> None:
    place = original(tmp_path / "model")
    before = own.add(place)
    model_folders.setting("artifact.metadata", query_maxlen=8)(place)
    with pytest.raises(ModelError, match=r"artifact\.metadata"):
        loading.load_late(before)
    assert own.add(place).late_interaction != before.late_interaction
