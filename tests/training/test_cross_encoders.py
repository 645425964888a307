"""Cross-encoders trained from tiny random models: what they learn from, what they become, and what is refused."""

from dataclasses import replace
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
from askew.evaluation.measures import mean, per_query
from askew.models import own
from askew.models.card import Card
from askew.models.folder import merge
from askew.progress import Progress, silent
from askew.search.rerank import interpolated
from askew.training.batches import by_length, count
from askew.training.cross_encoders import rows, temperature
from askew.training.data import DataKind, ScoredPair, TrainingData, document_text
from askew.training.examples import SOFT, RowSettings
from askew.training.recipes import DUPLICATES, recipe
from askew.training.reranking import CANDIDATES, Judge, best_weight, first, joined, reranked
from askew.training.runs import place
from askew.training.soft_labels import platt, soft_rows
from askew.training.train import Trained, train
from askew.training.trials import pair_scores, run

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


def test_a_reranker_counts_the_first_stage_as_the_development_set_says(tmp_path: Path) -> None:
    """A base that finds the answers, and a reranker that has learnt nothing."""
    base = own.add(lessons.base(tmp_path))
    given = QUICK | {"recipe": "cross-encoder", "learning_rate": 1e-9, "steps": 2, "epochs": 1}
    done = train(lessons.judged(), "question-answering", base.name, tmp_path / "out", **given)  # type: ignore[arg-type]
    card, dev = own.resolve(done.name), done.data.dev
    assert card.first_stage_weight == done.first_stage_weight > 0
    found = first(run(dev, load(base, "question-answering")), CANDIDATES)
    by_reading = reranked(dev, found, load_cross(card))

    def figure(weight: float) -> float:
        return mean(per_query(["nDCG@10"], dev.grades, joined(found, by_reading, weight))["nDCG@10"])

    judge = Judge(base, card, "question-answering")
    assert judge.trial("dev", dev).trained == pytest.approx(figure(0))
    assert judge.weigh(dev) == pytest.approx(card.first_stage_weight)
    assert judge.trial("dev", dev).trained == pytest.approx(figure(card.first_stage_weight))
    assert figure(card.first_stage_weight) > figure(0)
    with Index.create(tmp_path / "i.askew", "question-answering", model=base.name) as index:
        index.add(list(dev.documents.values()))
        asked = next(iter(dev.queries.values()))
        plain = index.search(asked, 60, mode="dense").hits
        read = load_cross(card).score([(asked, hit.passage.text) for hit in plain]).tolist()
        wanted = interpolated(read, [hit.score for hit in plain], card.first_stage_weight)
        again = index.search(asked, 60, mode="dense", rerank=done.name, candidates=60).hits
    scores = {hit.document.id: score for hit, score in zip(plain, wanted, strict=True)}
    assert [hit.score for hit in again] == pytest.approx([scores[hit.document.id] for hit in again])


def test_a_base_that_reads_is_weighed_too(tmp_path: Path) -> None:
    """Else the gate would praise what the first stage knows."""
    base = own.add(lessons.base(tmp_path))
    given = QUICK | {"recipe": "cross-encoder", "learning_rate": 1e-9, "steps": 2, "epochs": 1}
    done = train(lessons.judged(), "question-answering", base.name, tmp_path / "out", **given)  # type: ignore[arg-type]
    card = own.resolve(done.name)
    judge = Judge(card, card, "question-answering")
    judge.weigh(done.data.dev)
    trial = judge.trial("test", done.data.test)
    assert trial.base == trial.trained


def test_a_detector_of_duplicates_acts_on_its_own(tmp_path: Path) -> None:
    base = own.add(lessons.base(tmp_path))
    given = QUICK | {"recipe": "cross-encoder", "learning_rate": 1e-9, "steps": 2, "epochs": 1}
    done = train(lessons.judged(), "duplicate-questions", base.name, tmp_path / "out", **given)  # type: ignore[arg-type]
    assert done.data.dev.grades
    assert done.first_stage_weight == own.resolve(done.name).first_stage_weight == 0


def test_the_weight_of_a_first_stage() -> None:
    grades = {"q": {"a": 1.0}}
    data = TrainingData({"q": "?"}, {}, grades)
    found = {"q": {"a": 0.9, "b": 0.5, "c": 0.1}}
    assert best_weight(data, found, {"q": {"a": 3.0, "b": 2.0, "c": 1.0}}) == 0
    wrong = best_weight(data, found, {"q": {"a": 1.0, "b": 2.0, "c": 3.0}})
    assert joined(found, {"q": {"a": 1.0, "b": 2.0, "c": 3.0}}, wrong)["q"]["a"] > 2
    several = {f"q{n}": {"a": 0.9, "b": 0.5, "c": 0.1} for n in range(9)}
    data = replace(data, queries=dict.fromkeys(several, "?"), grades={name: {"a": 1.0} for name in several})
    one_wrong = {
        name: {"a": 2.9, "b": 3.0, "c": 1.0} if name == "q0" else {"a": 3.0, "b": 2.0, "c": 1.0} for name in several
    }
    assert 0 < best_weight(data, several, one_wrong) < wrong
    data, found = replace(data, grades={"q": {"a": 1.0}}), {"q": several["q0"]}
    with pytest.raises(ModelError, match="not numbers"):
        best_weight(data, found, {"q": {"a": 1.0, "b": float("nan"), "c": 3.0}})


def test_a_detector_of_duplicates_is_calibrated_and_used(tmp_path: Path) -> None:
    base = lessons.base(tmp_path)
    parts = {"dev": spelt(60, 220), "test": spelt(120, 280)}
    given = QUICK | {"recipe": "cross-encoder", "epochs": 4}
    done = train(spelt(), "paraphrase", str(base), tmp_path / "out", **parts, **given)  # type: ignore[arg-type]
    assert done.recipe.name == DUPLICATES
    assert done.verdict.held_out.measure == "AP"
    assert done.fitted.best > done.fitted.base + 0.05
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
    """It is interrupted among the soft labels, and twice among the labels."""
    base = own.add(lessons.base(tmp_path))
    parts = {"dev": labelled(60, 220), "test": labelled(120, 280)}
    given = QUICK | {"recipe": "cross-encoder", "epochs": 1, "steps": 50, "name": "same-name"}

    def trained(out: str, stop: int = 0) -> Trained:
        def watch(progress: Progress) -> None:
            if progress.what == "train" and progress.done == stop:
                raise KeyboardInterrupt

        return train(alike(base), "paraphrase", base.name, tmp_path / out, progress=watch, **parts, **given)  # type: ignore[arg-type]

    whole = trained("whole")
    own.remove("same-name")
    for stop in (15, 30, 45):
        with pytest.raises(KeyboardInterrupt):
            trained("again", stop)
    again = trained("again")
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
    data = alike(base)
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
    assert spearmanr(cosines, [row["label"] for row in found]).statistic == pytest.approx(1, abs=1e-3)
    assert soft_rows(known, data, wanted, 500, silent) == found
    assert soft_rows(known, data, wanted, 0, silent) == []
    inverted = [row | {"label": 1 - row["label"]} for row in known]
    assert soft_rows(inverted, data, wanted, 500, silent) == []


def test_a_teacher_labels_instead_of_the_base(tmp_path: Path) -> None:
    base = own.add(lessons.base(tmp_path))
    teacher = own.add(lessons.base(tmp_path / "other", pooling="cls"), "teacher")
    known = [{"text1": a, "text2": b, "label": label} for a, b, label in both_ways(alike(teacher))]
    wanted = RowSettings(recipe(DUPLICATES), base, "paraphrase", "", "teacher", 0, 0)
    found = soft_rows(known, labelled(), wanted, 500, silent)
    pairs = [ScoredPair(row["text1"], row["text2"], 0.0) for row in found]
    taught, untaught = (
        spearmanr(pair_scores(pairs, load(card, "paraphrase")), [row["label"] for row in found]).statistic
        for card in (teacher, base)
    )
    assert taught == pytest.approx(1, abs=1e-3)
    assert untaught < 0.9


def test_a_teacher_of_a_cross_encoder_encodes(tmp_path: Path) -> None:
    base = own.add(lessons.base(tmp_path))
    own.add(lessons.base(tmp_path / "other", pooling="cls"), "teacher")
    data, soft = lessons.judged(), dict[str, bool]()

    def trained(out: str, begun: str, **given: object) -> Trained:
        def watch(progress: Progress) -> None:
            if progress.what == "train":
                labels = place(tmp_path / out) / SOFT
                soft[out] = labels.exists() and labels.stat().st_size > 0

        quick = {**QUICK, "recipe": "cross-encoder", "epochs": 1, "steps": 8, "progress": watch, **given}
        return train(data, "question-answering", begun, tmp_path / out, **quick)  # type: ignore[arg-type]

    done = trained("taught", base.name, teacher="teacher")
    plain = trained("plain", base.name)
    weights = [load_file(one.folder / "model.safetensors") for one in (done, plain)]
    assert any((weights[0][name] != weights[1][name]).any() for name in weights[0])
    trained("further", done.name)
    trained("further-taught", done.name, teacher="teacher")
    assert soft == {"taught": True, "plain": True, "further": False, "further-taught": True}
    with pytest.raises(InputError, match="better encoder"):
        trained("refused", base.name, teacher=done.name)
    with pytest.raises(InputError, match="grades alone"):
        trained("refused", base.name, teacher="teacher", recipe="listwise-cross-encoder")
    assert not place(tmp_path / "refused").exists()


def test_texts_of_documents_are_queries_without_a_label(tmp_path: Path) -> None:
    data, base = lessons.judged(20), own.add(lessons.base(tmp_path))
    wanted = RowSettings(recipe("cross-encoder"), base, "question-answering", "", "", 0, 0)
    ranking = run(data, load(base, wanted.task))["q0"]
    best, worst = (data.documents[pick(ranking, key=ranking.__getitem__)] for pick in (max, min))
    labels = ((best, 1.0), (worst, 0.0))
    known = [{"text1": data.queries["q0"], "text2": document_text(one), "label": label} for one, label in labels]
    found = soft_rows(known, data, wanted, 1000, silent)
    asked = {row["text1"] for row in found}
    assert data.queries["q0"] in asked
    assert asked - set(data.queries.values())
    assert {row["text2"] for row in found} <= {document_text(one) for one in data.documents.values()}
    judged = {(data.queries[query], document_text(data.documents[id])) for query, id in data.relevant()}
    assert not judged & {(row["text1"], row["text2"]) for row in found}


def test_soft_labels_are_passed_once_and_first(tmp_path: Path) -> None:
    base = own.add(lessons.base(tmp_path))
    parts = {"dev": labelled(60, 220), "test": labelled(120, 280)}
    given = QUICK | {"recipe": "cross-encoder", "epochs": 1}
    done = train(alike(base), "paraphrase", base.name, tmp_path / "out", **parts, **given)  # type: ignore[arg-type]
    assert done.rows == 2 * len(labelled().scores)
    labels = -(-done.rows // QUICK["batch"])
    assert done.fitted.total > 2 * labels
    assert done.fitted.step >= done.fitted.total - labels  # no checkpoint is chosen while soft labels are learnt
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
    assert platt(np.full(7, 0.7), np.array([1.0] * 3 + [0.0] * 4))[0] == 0


def spelt(count: int = 220, start: int = 0) -> TrainingData:
    """Pairs whose label follows from one word, which a random transformer can learn."""
    pairs = labelled(count, start).scores
    given = (replace(pair, score=float(pair.text1.split()[1] < "k")) for pair in pairs)
    return TrainingData(scores=tuple(given), kinds=frozenset({DataKind.LABELLED}))


def alike(base: Card) -> TrainingData:
    """Pairs with the label 1 if the base's cosine is above its median."""
    pairs = labelled().scores
    cosines = pair_scores(pairs, load(base, "paraphrase"))
    labels = (cosines > np.median(cosines)).astype(float).tolist()
    given = (ScoredPair(pair.text1, pair.text2, label) for pair, label in zip(pairs, labels, strict=True))
    return TrainingData(scores=tuple(given), kinds=frozenset({DataKind.LABELLED}))


def both_ways(data: TrainingData) -> list[tuple[str, str, float]]:
    pairs = [(pair.text1, pair.text2, pair.score) for pair in data.scores]
    return pairs + [(b, a, label) for a, b, label in pairs]
