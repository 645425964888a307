"""Every family against the reference libraries: tiny random models that transformers made and saved.

These need PyTorch: `pip install askew[bench]`, or run them with an environment that has it.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.dual import Towers
from askew.encoders.families import read
from askew.encoders.onnx import cross
from askew.encoders.onnx.cross import CrossEncoder
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.encoders.signature import Signature
from askew.encoders.texts import SEGMENT
from askew.types import Role

pytest.importorskip("torch", reason="the reference libraries (torch, transformers, sentence-transformers) are not here")
pytest.importorskip("sentence_transformers", reason="sentence-transformers is not here")
pytestmark = pytest.mark.filterwarnings("ignore")  # theirs

from helpers import reference  # noqa: E402  # needs PyTorch

FAMILIES = ("bert", "roberta", "xlm-roberta", "mpnet", "distilbert")
MAX_TOKENS = 100
TEXTS = [
    "How do I reset my password?",
    "no",
    "",
    " ",
    "  Two men are  playing chess. ",
    "🎉 ünïcode 東京 🐈‍⬛",
    "the cat " * 120,  # cut
    "A man is not riding a horse, and nobody asked him to. " * 3,
    "line\nafter line\tand a tab",
]
PROMPTS = {"query": "query: ", "document": "Represent the passage for retrieval:"}


def facts(signature: Signature, architecture: str, folder: Path, **fields: object) -> Signature:
    key = {"both": str(folder)}
    known = {"architecture": architecture, "weights": key, "config": key, "tokenizer": key, "max_tokens": MAX_TOKENS}
    return replace(signature, **(known | fields))


@pytest.mark.parametrize("architecture", FAMILIES)
@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "last_token"])
def test_vectors_are_the_reference_librarys(
    architecture: str, pooling: str, signature: Signature, tmp_path: Path
) -> None:
    folder = reference.save(architecture, tmp_path)
    known = facts(signature, architecture, folder, pooling=pooling, normalised=pooling != "max", prompts=PROMPTS)
    encoder = OnnxEncoder(known, folder, [])
    for role in Role:
        prompt = PROMPTS[role]
        expected = reference.encode(folder, TEXTS, MAX_TOKENS, pooling, known.normalised, prompt=prompt)
        assert np.abs(encoder.encode(TEXTS, role).vectors - expected).max() <= 1e-5


@pytest.mark.parametrize("activation", ["gelu_new", "gelu_pytorch_tanh", "relu", "silu"])
def test_so_they_are_with_other_activations(activation: str, signature: Signature, tmp_path: Path) -> None:
    folder = reference.save("bert", tmp_path, hidden_act=activation)
    vectors = OnnxEncoder(facts(signature, "bert", folder), folder, []).encode(TEXTS, Role.QUERY).vectors
    assert np.abs(vectors - reference.encode(folder, TEXTS, MAX_TOKENS)).max() <= 1e-5


@pytest.mark.parametrize(("activation", "bias", "outputs"), [("tanh", True, 32), ("identity", False, 24)])
def test_so_they_are_with_a_dense_layer(
    activation: str, bias: bool, outputs: int, signature: Signature, tmp_path: Path
) -> None:
    import torch

    folder = reference.save("bert", tmp_path)
    function = {"tanh": torch.nn.Tanh(), "identity": torch.nn.Identity()}[activation]
    layer = reference.dense(folder, 32, outputs, function, bias)
    known = facts(signature, "bert", folder, pooling="cls", dense=activation, dim=outputs)
    vectors = OnnxEncoder(known, folder, []).encode(TEXTS, Role.QUERY).vectors
    assert np.abs(vectors - reference.encode(folder, TEXTS, MAX_TOKENS, "cls", dense=layer)).max() <= 1e-5


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_weights_of_half_precision_are_read_as_they_are(kind: str, signature: Signature, tmp_path: Path) -> None:
    """The reference computes in float32 from the same rounded weights."""
    import torch
    import transformers

    folder = reference.save("bert", tmp_path)
    model = transformers.BertModel.from_pretrained(folder, dtype=getattr(torch, kind))
    model.save_pretrained(folder)
    transformer = read("bert", folder, MAX_TOKENS)
    assert (transformer.words == model.embeddings.word_embeddings.weight.detach().float().numpy()).all()
    model.float().save_pretrained(tmp_path / "float32")
    (tmp_path / "float32" / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    pair = [
        OnnxEncoder(facts(signature, "bert", place), place, []).encode(TEXTS, Role.QUERY).vectors
        for place in (folder, tmp_path / "float32")
    ]
    assert (pair[0] == pair[1]).all()


@pytest.mark.parametrize("architecture", FAMILIES)
def test_int8_stays_near_the_reference(architecture: str, signature: Signature, tmp_path: Path) -> None:
    folder = reference.save(architecture, tmp_path)
    encoder = OnnxEncoder(facts(signature, architecture, folder, precision="int8"), folder, [])
    vectors = encoder.encode(TEXTS, Role.DOCUMENT).vectors
    assert (vectors * reference.encode(folder, TEXTS, MAX_TOKENS)).sum(axis=1).min() > 0.98


TITLES = ["", "Chess", "A title", "", "Two men", "🎉", "the cat " * 12, "", "x"]


@pytest.mark.parametrize("projection", [0, 20])
def test_both_towers_of_dpr(projection: int, signature: Signature, tmp_path: Path) -> None:
    """Titles are segments of their own, and the order of a search by dot product is that of plain transformers."""
    import transformers

    kinds = {Role.QUERY: transformers.DPRQuestionEncoder, Role.DOCUMENT: transformers.DPRContextEncoder}
    folders = {
        role: reference.save("dpr", tmp_path / role, kind=kind, projection_dim=projection)
        for role, kind in kinds.items()
    }
    files = {role: f"{role} {projection}" for role in kinds}
    fields = {"weights": files, "config": files, "tokenizer": files, "titles": SEGMENT, "pooling": "cls"}
    known = facts(signature, "dpr", tmp_path, normalised=False, dim=projection or 32, **fields)
    encoder = Towers(known, folders)
    documents = encoder.encode(TEXTS, Role.DOCUMENT, titles=TITLES).vectors
    queries = encoder.encode(TEXTS, Role.QUERY).vectors
    right = reference.tower(folders[Role.DOCUMENT], kinds[Role.DOCUMENT], TEXTS, TITLES, MAX_TOKENS)
    asked = reference.tower(folders[Role.QUERY], kinds[Role.QUERY], TEXTS, [""] * len(TEXTS), MAX_TOKENS)
    assert np.abs(documents - right).max() <= 1e-5
    assert np.abs(queries - asked).max() <= 1e-5
    assert (np.argsort(-(queries @ documents.T)) == np.argsort(-(asked @ right.T))).all()


PAIRS = [
    ("How do I reset my password?", "Passwords are reset at the help desk."),
    ("no", ""),
    ("", ""),
    ("the cat " * 60, "no"),
    ("the cat " * 60, "a dog " * 60),
    ("chess", "Two men are playing chess. " * 30),
    ("🎉 東京", "🎉"),
    ("How do I reset my password?", "The canteen opens at noon."),
    ("no", ""),
]


@pytest.mark.parametrize("architecture", FAMILIES)
@pytest.mark.parametrize("activation", ["identity", "sigmoid"])
def test_scores_are_those_of_the_reference_cross_encoder(architecture: str, activation: str, tmp_path: Path) -> None:
    folder = reference.save(architecture, tmp_path, "ForSequenceClassification", num_labels=1)
    blueprint = cross.blueprint(architecture, activation, MAX_TOKENS, [str(folder)] * 3)
    scores = CrossEncoder(blueprint, folder).score(PAIRS)
    assert np.abs(scores - reference.score(folder, PAIRS, MAX_TOKENS, activation)).max() <= 1e-5
    assert scores.dtype == np.float32
    assert scores[1] == scores[8]
