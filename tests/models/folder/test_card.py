"""Folders in about a hundred layouts, each against sentence-transformers itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")

import torch
from helpers import model_folders, reference, torch_models
from sentence_transformers import CrossEncoder, SentenceTransformer

from askew.encoders import loading
from askew.encoders.families.layouts import LAYOUTS, LISTED
from askew.encoders.families.readers import READERS
from askew.encoders.onnx.graph import ACTIVATIONS, POOLINGS
from askew.errors import AskewError, ModelError
from askew.models import own
from askew.models.card import Card
from askew.models.folder import steps, transformer
from askew.models.folder.card import read
from askew.types import Role

TEXTS = [
    "How long may I stay at HOME?",
    "the café, naïve: Überweisung",
    "a",
    "the cat sat on the mat, and the dog did not " * 4,
    "🎉 䨻 ünïcode",
    "the cat <pad> sat <pad><pad> on [PAD] the mat </s> [SEP]",
]
NEAR = 1e-5


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("bases")
    families = ("bert", "roberta", "xlm-roberta", "mpnet", "distilbert", "qwen3", "t5", "modernbert")
    families += ("gemma", "nomic", "gte", "electra")
    return {family: model_folders.base(family, home / family) for family in families}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than these models."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


def compared(card: Card, place: Path) -> None:
    """Compare both roles with the reference, which does not read `truncate_dim` itself; and texts of no role, where the
    folder names a prompt for them.
    """
    told = json.loads((place / model_folders.SETTINGS).read_text()) if (place / model_folders.SETTINGS).exists() else {}
    model = SentenceTransformer(str(place), device="cpu", local_files_only=True, truncate_dim=told.get("truncate_dim"))
    asked = [(Role.QUERY, "question-answering", model.encode_query), (Role.DOCUMENT, "faq", model.encode_document)]
    if told.get("default_prompt_name"):
        asked.append((Role.DOCUMENT, "paraphrase", model.encode))
    for role, task, encode in asked:
        expected, found = encode(TEXTS), loading.load(card, task).encode(TEXTS, role).vectors
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= NEAR * max(1.0, np.abs(expected).max())
    assert card.similarity == model.similarity_fn_name


@pytest.mark.parametrize("name", model_folders.FAST)
def test_the_fast_path_gives_the_vectors_of_the_reference(name: str, bases: dict[str, Path], tmp_path: Path) -> None:
    family, make = model_folders.FAST[name]
    make(bases[family], tmp_path / "model")
    card = own.add(tmp_path / "model")
    assert card.architecture not in loading.TORCH
    assert card.because == ""
    compared(card, tmp_path / "model")


@pytest.mark.parametrize("name", model_folders.TORCH)
def test_what_only_pytorch_computes_is_handed_to_it_and_named(
    name: str, bases: dict[str, Path], tmp_path: Path
) -> None:
    family, make, reason = model_folders.TORCH[name]
    make(bases[family], tmp_path / "model")
    card = own.add(tmp_path / "model")
    assert card.architecture in loading.TORCH
    assert re.search(reason, card.because)
    compared(card, tmp_path / "model")


@pytest.mark.parametrize("name", model_folders.REFUSED)
def test_what_cannot_be_computed_is_refused_and_named(name: str, bases: dict[str, Path], tmp_path: Path) -> None:
    make, reason = model_folders.REFUSED[name]
    make(bases["bert"], tmp_path / "model")
    with pytest.raises(AskewError, match=reason):
        own.add(tmp_path / "model")
    assert not (tmp_path / "cards").exists()


@pytest.mark.parametrize(
    ("family", "named", "ours"),
    [
        ("bert", {}, "sigmoid"),
        ("roberta", {"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}, "identity"),
        ("distilbert", {"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}, "identity"),
    ],
)
def test_a_cross_encoder_gives_the_scores_of_the_reference(
    family: str, named: dict[str, object], ours: str, tmp_path: Path
) -> None:
    home = reference.save(family, tmp_path / "model", head="ForSequenceClassification", num_labels=1)
    model_folders.setting("config.json", **named)(home)
    card = own.add(home)
    assert (card.kind, card.activation) == ("cross-encoder", ours)
    pairs = [(TEXTS[0], text) for text in TEXTS]
    expected = CrossEncoder(str(home), device="cpu").predict(pairs)
    assert np.abs(loading.load_cross(card).score(pairs) - expected).max() <= NEAR


def test_a_cross_encoder_cuts_pairs_on_the_side_that_its_tokenizer_names(tmp_path: Path) -> None:
    home = reference.save("roberta", tmp_path / "model", head="ForSequenceClassification", num_labels=1)
    model_folders.setting("tokenizer_config.json", truncation_side="left", model_max_length=16)(home)
    card = own.add(home)
    assert (card.truncation_side, card.origins["truncation_side"]) == ("left", "tokenizer_config.json")
    pairs = [(first, second) for first in TEXTS for second in TEXTS]
    expected = CrossEncoder(str(home), device="cpu").predict(pairs)
    assert np.abs(loading.load_cross(card).score(pairs) - expected).max() <= NEAR


def test_a_cross_encoder_as_sentence_transformers_saves_it(tmp_path: Path) -> None:
    home = reference.save("bert", tmp_path / "base", head="ForSequenceClassification", num_labels=1)
    model = CrossEncoder(str(home), device="cpu", max_length=12)
    model.save_pretrained(str(tmp_path / "model"))
    pairs = [(TEXTS[0], text) for text in TEXTS]
    card = own.add(tmp_path / "model")
    assert card.max_tokens == 12
    assert np.abs(loading.load_cross(card).score(pairs) - model.predict(pairs)).max() <= NEAR


@pytest.mark.parametrize(
    ("labels", "change", "reason"),
    [
        (3, model_folders.setting("config.json"), "3 scores"),
        (3, model_folders.setting("config.json", id2label={"0": "entailment", "1": "neutral", "2": "x"}), "NLI"),
        (1, model_folders.pickled(), r"pytorch_model\.bin"),
        (1, model_folders.setting("config.json", sentence_transformers={"activation_fn": "m.Act"}), r"m\.Act"),
    ],
)
def test_a_cross_encoder_that_cannot_run_is_refused(
    labels: int, change: model_folders.Change, reason: str, tmp_path: Path
) -> None:
    home = reference.save("bert", tmp_path / "model", head="ForSequenceClassification", num_labels=labels)
    change(home)
    with pytest.raises(ModelError, match=reason):
        own.add(home)


ORDERS = [
    ("bert", ["contradiction", "entailment", "neutral"]),
    ("roberta", ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"]),
    ("distilbert", ["neutral", "entailment", "contradiction"]),
]


@pytest.mark.parametrize(("family", "order"), ORDERS)
def test_a_model_of_inference_gives_the_labels_of_the_reference(family: str, order: list[str], tmp_path: Path) -> None:
    labels = {"id2label": dict(enumerate(order)), "label2id": {name: place for place, name in enumerate(order)}}
    home = reference.save(family, tmp_path / "model", head="ForSequenceClassification", **labels)
    card = own.add(home)
    assert card.labels == tuple(name.lower() for name in order)
    pairs = [(TEXTS[0], text) for text in TEXTS]
    theirs, ours = CrossEncoder(str(home), device="cpu"), loading.load_cross(card)
    assert np.abs(ours.logits(pairs) - theirs.predict(pairs)).max() <= NEAR
    assert np.abs(ours.probabilities(pairs) - theirs.predict(pairs, apply_softmax=True)).max() <= NEAR
    with pytest.raises(ModelError, match="rerank"):
        loading.load_reranker(card)
    with pytest.raises(ModelError, match="labels"):
        ours.score(pairs)


def test_other_weights_in_shards_are_another_model(bases: dict[str, Path], tmp_path: Path) -> None:
    for name in ("shards", "pickled"):
        {**model_folders.FAST, **model_folders.TORCH}[name][1](bases["bert"], tmp_path / name)
        before = loading.signature(own.add(tmp_path / name), "faq", "fp32").fingerprint
        weights = next(file for file in tmp_path.glob(f"{name}/*model*") if file.suffix in (".safetensors", ".bin"))
        weights.write_bytes(weights.read_bytes()[:-1] + b"~")
        assert loading.signature(own.resolve(name), "faq", "fp32").fingerprint != before


HEADS = [
    ("license: mit\nlanguage: no", "mit", ("no",)),
    ("language:\n- English\n- Deutsch\n- pt-BR", "unknown", ("en", "de", "pt")),
    ("license: [apache-2.0]\nlanguage: multilingual", "apache-2.0", ("any",)),
    ("license: other\nlanguage: [zh-CN, en, EN]", "other", ("zh", "en")),
    ("license: other\nlicense_name: gemma\nlanguage: klingon", "gemma", ("klingon",)),
    ("license: 3\nlanguage: {a: b}", "unknown", ("unknown",)),
    ("language: &a [*a]", "unknown", ("unknown",)),
]


@pytest.mark.parametrize(("head", "licence", "languages"), HEADS)
def test_heads_of_readmes_are_written_in_many_ways(
    head: str, licence: str, languages: tuple[str, ...], bases: dict[str, Path], tmp_path: Path
) -> None:
    model_folders.PLAIN(bases["bert"], tmp_path / "model")
    (tmp_path / "model" / "README.md").write_text(f"\ufeff---\r\n{head}\r\n---\r\n# A model", "utf-8")
    card = read(tmp_path / "model", "x")
    assert (card.licence, card.languages) == (licence, languages)


def test_the_head_of_a_readme_tells_licence_and_languages(bases: dict[str, Path], tmp_path: Path) -> None:
    model_folders.FAST["readme"][1](bases["bert"], tmp_path / "model")
    card = read(tmp_path / "model", "x")
    assert (card.licence, card.commercial, card.languages) == ("apache-2.0", True, ("en", "de"))
    for head in ("no head", "---\n[[[\n---\n", "---\nlicense: [1]\nlanguage: {a: b}\n---\n", "---\n- 1\n---\n"):
        (tmp_path / "model" / "README.md").write_text(head)
        assert read(tmp_path / "model", "x").licence == "unknown"


OWN_CODE: tuple[tuple[str, dict[str, object], str], ...] = (
    ("nomic", {}, ""),
    ("nomic", {"auto_map": {"AutoModel": "modeling.OtherModel"}}, "auto_map"),
    ("nomic", {"auto_map": ["modeling.NomicBertModel"]}, "auto_map"),
    ("nomic", {"rotary_scaling_factor": 2}, "rotary_scaling_factor"),
    ("nomic", {"rotary_emb_fraction": 0.5}, "rotary_emb_fraction"),
    ("nomic", {"activation_function": "gelu"}, "activation_function"),
    ("nomic", {"num_experts": 8}, "num_experts"),
    ("gte", {}, ""),
    ("gte", {"logn_attention_scale": True}, "logn_attention_scale"),
    ("gte", {"rope_scaling": {"type": "ntk", "factor": 2.0, "mixed_b": 0.5}}, "mixed_b"),
    ("gte", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "dynamic"),
    ("gte", {"position_embedding_type": "absolute"}, "position_embedding_type"),
)


@pytest.mark.parametrize(("family", "facts", "reason"), OWN_CODE)
def test_an_architecture_with_code_of_its_own_is_read_without_it_or_refused(
    family: str, facts: dict[str, object], reason: str, tmp_path: Path
) -> None:
    make = {"nomic": torch_models.nomic_own, "gte": torch_models.gte_own}[family]
    (tmp_path / "model").mkdir()
    make(tmp_path / "model", **facts)
    if reason:
        with pytest.raises(ModelError, match=reason):
            own.add(tmp_path / "model")
        return
    card = own.add(tmp_path / "model")
    assert (card.architecture, card.dim, card.max_tokens) == ({"nomic": "nomic-bert"}.get(family, family), 32, 64)
    assert loading.load(card, "faq").encode(TEXTS, Role.QUERY).vectors.shape == (len(TEXTS), 32)


def test_the_fast_path_runs_every_family_and_activation_that_a_folder_may_name() -> None:
    for kind, name in transformer.FAST.items():
        assert kind in LAYOUTS[name].kinds if name in LAYOUTS else name in READERS
    assert {*transformer.HIDDEN, *steps.ACTIVATIONS.values()} <= set(ACTIVATIONS)
    assert set(steps.POOLINGS.values()) == set(POOLINGS)
    assert dict(transformer.PLAIN) == dict(LISTED)


def test_a_module_that_does_not_run_is_named_in_full(tmp_path: Path) -> None:
    home = "sentence_transformers.sentence_transformer.modules"
    for kind, name in (
        (f"{home}.weighted_layer_pooling.WeightedLayerPooling", "WeightedLayerPooling"),
        ("my_pooling.Attentive", r"my_pooling\.Attentive"),
    ):
        modules = [{"idx": 0, "name": "0", "path": "", "type": f"{home}.transformer.Transformer"}]
        modules.append({"idx": 1, "name": "1", "path": "1_Own", "type": kind})
        (tmp_path / "modules.json").write_text(json.dumps(modules))
        with pytest.raises(ModelError, match=rf"\b{name},"):
            read(tmp_path, "model")
