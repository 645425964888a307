"""Cross-encoders trained from tiny random models: what they learn from, what they become, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("accelerate", reason="install askew[train]")

import torch
from helpers import lessons
from safetensors.torch import load_file, save_file
from scipy.stats import spearmanr
from sentence_transformers import CrossEncoder

from askew import Index, InputError, ModelError, duplicates, negatives
from askew.encoders.loading import load, load_cross
from askew.models import own
from askew.models.folder import merge
from askew.progress import Progress, silent
from askew.training.batches import by_length, count
from askew.training.cross_encoders import rows, temperature
from askew.training.data import DataKind, ScoredPair, TrainingData
from askew.training.examples import RowSettings
from askew.training.recipes import DUPLICATES, recipe
from askew.training.runs import place
from askew.training.soft_labels import platt, soft_rows
from askew.training.train import Trained, train
from askew.training.trials import pair_scores

QUICK = {"epochs": 2, "batch": 16, "learning_rate": 3e-3, "force": True}
PAIRS = [("the cat is back with baby 3", "how long can i leave the dog"), ("money", "the money is back 7")]


@pytest.fixture(autouse=True)
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))


def labelled(count: int = 220, start: int = 0) -> TrainingData:
    """Pairs that share both their words, 1, or none, 0."""
    known = [pair for pair in lessons.scored(600).scores if pair.score != 0.5]
    return TrainingData(scores=tuple(known[start : start + count]), kinds=frozenset({DataKind.LABELLED}))


def detector(base: str, out: Path, **given: object) -> Trained:
    parts = {"dev": labelled(60, 220), "test": labelled(120, 280)}
    return train(labelled(), "paraphrase", base, out, recipe="cross-encoder", **parts, **{**QUICK, **given})


def agree(done: Trained, activation: str) -> None:
    """Check askew's scores against those of sentence-transformers, which loads the folder as it is."""
    card = merge.read(done.folder, done.name)
    assert (card.kind, card.activation) == ("cross-encoder", activation)
    assert all(card.files.values())
    theirs = CrossEncoder(str(done.folder), device="cpu", local_files_only=True).predict(PAIRS)
    assert float(np.abs(load_cross(card).score(PAIRS) - theirs).max()) <= 1e-5


def learnt(done: Trained) -> bool:
    losses = [loss for _, loss in done.fitted.losses]
    return float(np.mean(losses[-3:])) < losses[0]


@pytest.mark.parametrize("name", ["cross-encoder", "listwise-cross-encoder"])
def test_a_reranker(tmp_path: Path, name: str) -> None:
    base = lessons.base(tmp_path)
    done = train(lessons.judged(), "question-answering", str(base), tmp_path / "out", recipe=name, **QUICK)
    assert done.recipe.name == name
    assert learnt(done)
    assert done.verdict.held_out.measure == "nDCG@10"
    agree(done, "identity")
    with Index.create(tmp_path / "i.askew", "question-answering", model="hashing") as index:
        index.add(list(lessons.judged().documents.values())[:20])
        assert index.search("how long can i leave the dog", 3, rerank=done.name).reranking.scored == 20
    assert not place(tmp_path / "out").exists()


def test_a_detector_of_duplicates_is_calibrated_and_used(tmp_path: Path) -> None:
    base = lessons.base(tmp_path)
    done = detector(str(base), tmp_path / "out")
    assert done.recipe.name == DUPLICATES
    assert done.verdict.held_out.measure == "AP"
    assert learnt(done)
    agree(done, "sigmoid")
    texts = [text for pair in labelled(20).scores for text in (pair.text1, pair.text2)]
    found = duplicates(texts, task="paraphrase", model="hashing", threshold=0.2, cross_encoder=done.name)
    assert len(found.pairs) > 0


def test_a_reranker_is_no_detector_of_duplicates(tmp_path: Path) -> None:
    base = lessons.base(tmp_path)
    done = train(lessons.judged(), "question-answering", str(base), tmp_path / "o", recipe="cross-encoder", **QUICK)
    with pytest.raises(InputError, match="0 to 1"):
        duplicates(["a", "b"], task="paraphrase", model="hashing", cross_encoder=done.name)


def test_a_cross_encoder_is_trained_further(tmp_path: Path) -> None:
    base = lessons.base(tmp_path)
    first = detector(str(base), tmp_path / "first")
    again = detector(first.name, tmp_path / "again", steps=4)
    assert again.fitted.base == pytest.approx(first.fitted.best, abs=0.05)  # its head is not a fresh one
    agree(again, "sigmoid")


def test_an_interrupted_training_ends_with_the_same_model(tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.what == "train" and progress.done == 15:
            raise KeyboardInterrupt

    base = str(lessons.base(tmp_path))
    whole = detector(base, tmp_path / "whole", name="same-name")
    own.remove("same-name")
    with pytest.raises(KeyboardInterrupt):
        detector(base, tmp_path / "again", name="same-name", progress=stop)
    again = detector(base, tmp_path / "again", name="same-name")
    assert (again.folder / "model.safetensors").read_bytes() == (whole.folder / "model.safetensors").read_bytes()


def test_temperature_is_that_of_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 20_000)
    labels = (rng.random(20_000) < 1 / (1 + np.exp(-logits))).astype(float)
    assert temperature(3 * logits, labels) == pytest.approx(3, rel=0.05)


def test_rows_of_each_recipe() -> None:
    data = lessons.judged(3)
    mined = {("q0", "d0"): ("d1", "d2"), ("q1", "d1"): ("d0",), ("q2", "d2"): ("d1",)}
    pairs = rows(recipe("cross-encoder"), data, mined)
    assert [row["label"] for row in pairs] == [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]
    lists = rows(recipe("listwise-cross-encoder"), data, mined)
    assert [row["label"] for row in lists] == [[1.0, 0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    both = rows(recipe(DUPLICATES), labelled(20), {})
    half = len(both) // 2
    assert [(row["text2"], row["text1"]) for row in both[:half]] == [(r["text1"], r["text2"]) for r in both[half:]]


@pytest.mark.parametrize("scores", [(1.0, 1.0), (0.0, 0.0), (0.5, 1.0)], ids=["ones", "zeros", "degrees"])
def test_labels_of_one_class_or_in_degrees_are_refused(scores: tuple[float, float]) -> None:
    pairs = tuple(ScoredPair(f"a {n}", f"b {n}", score) for n, score in enumerate(scores))
    with pytest.raises(InputError, match="label"):
        rows(recipe(DUPLICATES), TrainingData(scores=pairs), {})


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    base, out = str(lessons.base(tmp_path)), tmp_path / "out"
    with pytest.raises(InputError, match="cannot become a cross-encoder"):
        detector("hashing", out)
    parts = {"dev": labelled(60, 220), "test": labelled(120, 280)}
    with pytest.raises(InputError, match="symmetric"):
        train(labelled(), "question-answering", base, out, recipe="cross-encoder", **parts)
    with pytest.raises(InputError, match="towers"):
        train(lessons.judged(), "question-answering", base, out, recipe="cross-encoder", towers="tied")
    with pytest.raises(InputError, match="too little"):
        train(labelled(30), "paraphrase", base, out, recipe="cross-encoder")
    assert not out.exists()
    assert not place(out).exists()


def test_scores_that_are_no_numbers_end_the_run(tmp_path: Path) -> None:
    base = lessons.base(tmp_path)
    weights = load_file(base / "model.safetensors")
    weights["embeddings.word_embeddings.weight"] *= 1e30  # whose squares overflow
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="learning rate"):
        detector(str(base), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_veto_leaves_out_what_the_cross_encoder_prefers(tmp_path: Path) -> None:
    data = lessons.judged(20)
    base = lessons.base(tmp_path)
    done = train(lessons.judged(), "question-answering", str(base), tmp_path / "o", recipe="cross-encoder", **QUICK)
    model = load_cross(own.resolve(done.name))
    with Index.create(tmp_path / "i.askew", "question-answering", model="hashing") as index:
        index.add(list(data.documents.values()))
        plain = negatives(index, data.queries, data.grades, count=99, margin=1)
        strict = negatives(index, data.queries, data.grades, count=2, margin=1, cross_encoder=done.name)
    texts = {id: document.text for id, document in data.documents.items()}
    for query, [positive] in data.grades.items():
        own_score, *others = model.score(
            [
                (data.queries[query], texts[id])
                for id in (positive, *(n.negative for n in plain.found if n.query == query))
            ]
        ).tolist()
        ids = [n.negative for n in plain.found if n.query == query]
        wanted = [id for id, score in zip(ids, others, strict=True) if score < own_score][:2]
        assert [n.negative for n in strict.found if n.query == query] == wanted
    assert strict.vetoed > 0


def test_a_fresh_head_learns_the_base_first(tmp_path: Path) -> None:
    """Pairs without a label have the probability that the base's cosine gives them; no labelled pair is among them."""
    base = own.add(lessons.base(tmp_path))
    data = labelled()
    known = [{"text1": a, "text2": b, "label": label} for a, b, label in both_ways(data)]
    wanted = RowSettings(recipe(DUPLICATES), base, "paraphrase", "", "", 0, 0)
    found = soft_rows(known, data, wanted, 500, silent)
    texts = {row["text1"] for row in known}
    pairs = [(row["text1"], row["text2"]) for row in found]
    assert len(found) == len(set(pairs)) == 500
    assert {text for pair in pairs for text in pair} <= texts
    assert not set(pairs) & {(row["text1"], row["text2"]) for row in known}
    assert all(0 < row["label"] < 1 for row in found)
    cosines = pair_scores([ScoredPair(*pair, 0.0) for pair in pairs], load(base, "paraphrase"))
    assert abs(spearmanr(cosines, [row["label"] for row in found]).statistic) == pytest.approx(1, abs=1e-3)
    assert soft_rows(known, data, wanted, 500, silent) == found


def test_soft_labels_are_passed_once_and_first(tmp_path: Path) -> None:
    done = detector(str(lessons.base(tmp_path)), tmp_path / "out", steps=20)
    soft = 10 * QUICK["batch"]
    assert done.rows == soft + 2 * len(labelled().scores)
    assert done.fitted.step >= 10  # no checkpoint is chosen while soft labels are learnt
    assert done.fitted.total == 20
    lengths = [len(str(n)) for n in range(100)]
    batches = list(by_length(lengths, 40, 3)(range(100), 16, False, generator=torch.Generator(), seed=1))
    assert len(batches) == count(lengths, 16, 40, 3) == 3 + 3 * 4
    assert sorted(row for batch in batches[:3] for row in batch) == list(range(40))
    for start in (3, 7, 11):
        assert sorted(row for batch in batches[start : start + 4] for row in batch) == list(range(40, 100))


def test_similarity_becomes_the_probability_of_its_labels() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 1, 20_000)
    labels = (rng.random(20_000) < 1 / (1 + np.exp(-(8 * scores - 5)))).astype(float)
    assert platt(scores, labels) == pytest.approx((8, -5), rel=0.05)
    slope, shift = platt(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert 0 < slope < 100
    assert slope * 0.5 + shift == pytest.approx(0, abs=0.1)


def both_ways(data: TrainingData) -> list[tuple[str, str, float]]:
    pairs = [(pair.text1, pair.text2, pair.score) for pair in data.scores]
    return pairs + [(b, a, label) for a, b, label in pairs]
