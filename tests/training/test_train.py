"""Training with tiny random models: each recipe learns, and its product runs as sentence-transformers says."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("accelerate", reason="install askew[train]")

import torch
import transformers
from helpers import lessons, reference
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from askew.encoders.loading import load
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.errors import ContractError, InputError, ModelError
from askew.models import cards, own
from askew.models.folder import merge
from askew.progress import Progress
from askew.training.data import joined
from askew.training.runs import RECORD, place
from askew.training.splits import read_card
from askew.training.train import Trained, train
from askew.types import Role

QUICK = {"steps": 60, "batch": 16, "learning_rate": 1e-3}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    torch.set_num_threads(1)  # what is so small only waits for other threads


def learnt(trained: Trained) -> bool:
    """Whether the figure of the development set rose by a twentieth or more."""
    return trained.fitted.best > trained.fitted.base + 0.05


def agree(trained: Trained, task: str, texts: list[str], titles: list[str]) -> None:
    """Check askew's vectors against those of sentence-transformers, which loads the folder as it is."""
    encoder = load(merge.read(trained.folder, trained.name), task)
    model = SentenceTransformer(str(trained.folder), device="cpu", local_files_only=True)
    given = [(title, text) if title else text for title, text in zip(titles, texts, strict=True)]
    pairs = {
        Role.QUERY: (encoder.encode(texts, Role.QUERY).vectors, model.encode_query(texts)),
        Role.DOCUMENT: (encoder.encode(texts, Role.DOCUMENT, titles=titles).vectors, model.encode_document(given)),
    }
    for ours, theirs in pairs.values():
        assert float(np.abs(ours - theirs).max()) <= 1e-5


TEXTS = ["the cat is back with baby 3", "how long can i leave the dog", "money"]


@pytest.mark.parametrize("prompts", [{}, {"query": "how long: ", "document": "is back: "}], ids=["plain", "prompts"])
def test_pairs_of_a_symmetric_task(tmp_path: Path, prompts: dict[str, str]) -> None:
    base = lessons.base(tmp_path, prompts=prompts)
    done = train(lessons.judged(), "duplicate-questions", str(base), tmp_path / "out", **QUICK)
    assert done.recipe.name == "symmetric-pairs"
    assert learnt(done)
    agree(done, "duplicate-questions", TEXTS, [""] * 3)
    card = merge.read(tmp_path / "out")
    assert (card.prompts.get("default") or {}).get("query", "") == prompts.get("document", "")
    assert card.tasks == ("duplicate-questions",)
    assert all(card.files.values())
    assert not place(tmp_path / "out").exists()


def test_scores_of_a_symmetric_task(tmp_path: Path) -> None:
    fast = {**QUICK, "learning_rate": 5e-3}
    done = train(lessons.scored(), "paraphrase", str(lessons.base(tmp_path)), tmp_path / "out", **fast)
    assert done.recipe.name == "symmetric-scores"
    assert learnt(done)


def test_an_asymmetric_task_learns_with_its_prompts_and_mined_negatives(tmp_path: Path) -> None:
    seen: list[Progress] = []
    base = lessons.base(tmp_path, prompts={"query": "how long: ", "document": "is back: "})
    done = train(lessons.judged(), "question-answering", str(base), tmp_path / "out", progress=seen.append, **QUICK)
    assert done.recipe.name == "contrastive"
    assert learnt(done)
    agree(done, "question-answering", TEXTS, [""] * 3)
    assert {"mine negatives", "train"} <= {one.what for one in seen}
    steps = [(one.done, one.total) for one in seen if one.what == "train"]
    assert steps[-1] == (done.fitted.steps, done.fitted.total)
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert record["settings"]["base"] == done.base
    assert record["verdict"]["accepted"] is done.verdict.accepted
    assert read_card(tmp_path / "out") == done.data.card
    assert (done.name in cards.names()) is done.verdict.offered
    assert own.resolve(done.base)


@pytest.mark.parametrize("towers", ["tied", "untied", "dpr"])
def test_two_towers(tmp_path: Path, towers: str) -> None:
    base = lessons.base(tmp_path)
    titles = ["cat", "", "money"]
    done = train(lessons.judged(titles=True), "question-answering", str(base), tmp_path / "out", towers=towers, **QUICK)
    assert done.recipe.name == "two-towers"
    assert learnt(done)
    if towers == "dpr":
        agree(done, "question-answering", TEXTS, titles)
    else:
        agree(done, "question-answering", TEXTS, [""] * 3)
    card = merge.read(tmp_path / "out")
    assert len(card.towers) == (0 if towers == "tied" else 2)
    sides = load(card, "question-answering")
    assert towers == "tied" or all(isinstance(one, OnnxEncoder) for one in sides.sides.values())  # type: ignore[attr-defined]
    assert own.add(tmp_path / "out", "again").towers.keys() == card.towers.keys()


def test_dpr_loads_in_transformers(tmp_path: Path) -> None:
    base = lessons.base(tmp_path)
    data = lessons.judged(titles=True)
    train(data, "question-answering", str(base), tmp_path / "out", towers="dpr", steps=3, batch=16)
    encoder = load(merge.read(tmp_path / "out"), "question-answering")
    titles = ["cat", "", "money"]
    kinds = {
        Role.QUERY: ("question_encoder", transformers.DPRQuestionEncoder, [""] * 3),
        Role.DOCUMENT: ("ctx_encoder", transformers.DPRContextEncoder, titles),
    }
    for role, (folder, kind, given) in kinds.items():
        theirs = reference.tower(tmp_path / "out" / folder, kind, TEXTS, given, encoder.signature.max_tokens)
        ours = encoder.encode(TEXTS, role, titles=given).vectors
        assert float(np.abs(ours - theirs).max()) <= 1e-5


def test_the_order_of_a_teacher_is_learnt(tmp_path: Path) -> None:
    reference.save("bert", tmp_path / "cross", head="ForSequenceClassification", num_labels=1)
    (tmp_path / "cross" / "modules.json").unlink(missing_ok=True)
    cross = own.add(tmp_path / "cross")
    done = train(
        lessons.judged(), "question-answering", str(lessons.base(tmp_path)), tmp_path / "out",
        teacher=cross.name, **QUICK,
    )  # fmt: skip
    assert done.recipe.name == "listwise"
    losses = [loss for _, loss in done.fitted.losses]
    assert np.mean(losses[-3:]) < 0.9 * losses[0]


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    base = lessons.base(tmp_path)
    weights = load_file(base / "model.safetensors")
    weights["embeddings.word_embeddings.weight"] *= 1e30  # whose squares overflow
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="learning rate"):
        train(lessons.judged(), "paraphrase", str(base), tmp_path / "out", **QUICK)
    assert not (tmp_path / "out").exists()
    assert place(tmp_path / "out").is_dir()
    with pytest.raises(ContractError) as caught:
        train(lessons.judged(), "paraphrase", str(base), tmp_path / "out", **{**QUICK, "learning_rate": 1e-4})
    assert [one.field for one in caught.value.differences] == ["learning_rate"]


def test_what_cannot_be_learnt_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    base, out = str(lessons.base(tmp_path)), tmp_path / "out"
    few, pairs, scores = lessons.judged(20), lessons.judged(), lessons.scored()
    with pytest.raises(InputError, match="too little data"):
        train(few, "paraphrase", base, out)
    with pytest.raises(InputError, match="symmetric task"):
        train(scores, "question-answering", base, out)
    with pytest.raises(InputError, match="different ways"):
        train(joined([pairs, lessons.scored(1200)]), "paraphrase", base, out)
    with pytest.raises(InputError, match="no towers"):
        train(pairs, "paraphrase", base, out, towers="untied")
    with pytest.raises(InputError, match="hashing"):
        train(pairs, "paraphrase", "hashing", out)
    with pytest.raises(InputError, match="both dev and test"):
        train(pairs, "paraphrase", base, out, dev=pairs)
    with pytest.raises(InputError, match="parts"):
        train(pairs, "paraphrase", base, out, dev=pairs, test=pairs)
    with pytest.raises(InputError, match="learning_rate"):
        train(pairs, "paraphrase", base, out, learning_rate=-1)
    with pytest.raises(InputError, match="already"):
        train(pairs, "paraphrase", base, out, name="all-MiniLM-L6-v2")
    assert not out.exists()
    assert not place(out).exists()
