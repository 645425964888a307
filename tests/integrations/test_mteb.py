"""MTEB's own runner over small tasks of the test's own texts."""

import numpy as np
import pytest

pytest.importorskip("mteb", reason="MTEB is not here: pip install 'askew[mteb]'")
pytest.importorskip("torch", reason="MTEB needs PyTorch: pip install 'askew[torch]'")

import mteb
from datasets import Dataset
from mteb.abstasks.retrieval import AbsTaskRetrieval
from mteb.abstasks.sts import AbsTaskSTS
from mteb.abstasks.task_metadata import TaskMetadata
from mteb.types import PromptType

import askew
from askew.integrations.mteb import AskewModel

CORPUS = {
    "leave": "Everyone has 28 days of paid holiday.",
    "dogs": "Dogs may come on Fridays.",
    "lunch": "Soup at noon.",
}
QUERIES = {"q1": "dogs on Fridays", "q2": "soup at noon", "q3": "days of holiday", "q4": "dogs at noon"}
QRELS = {"q1": {"dogs": 1}, "q2": {"lunch": 1}, "q3": {"leave": 1}, "q4": {"leave": 1}}
PAIRS = [("red tents", "red tents", 1.0), ("red tents", "blue tents", 0.5), ("red tents", "hot soup", 0.0)]


def metadata(name: str, kind: str, score: str) -> TaskMetadata:
    return TaskMetadata(
        name=name,
        dataset={"path": "none/none", "revision": "1"},
        description="of a test",
        reference=None,
        type=kind,
        category="t2t",
        modalities=["text"],
        eval_splits=["test"],
        eval_langs=["eng-Latn"],
        main_score=score,
        date=None,
        domains=None,
        task_subtypes=None,
        license=None,
        annotations_creators=None,
        dialect=None,
        sample_creation=None,
        bibtex_citation="",
    )


class Retrieval(AbsTaskRetrieval):
    metadata = metadata("AskewTestRetrieval", "Retrieval", "ndcg_at_10")

    def load_data(self, **_: object) -> None:
        self.dataset = {
            "default": {
                "test": {
                    "corpus": Dataset.from_list([{"id": id, "title": "", "text": text} for id, text in CORPUS.items()]),
                    "queries": Dataset.from_list([{"id": id, "text": text} for id, text in QUERIES.items()]),
                    "relevant_docs": QRELS,
                    "top_ranked": None,
                }
            }
        }
        self.data_loaded = True


class Similarity(AbsTaskSTS):
    metadata = metadata("AskewTestSTS", "STS", "cosine_spearman")
    min_score, max_score = 0.0, 1.0

    def load_data(self, **_: object) -> None:
        rows = [{"sentence1": a, "sentence2": b, "score": score} for a, b, score in PAIRS]
        self.dataset = {"test": Dataset.from_list(rows)}
        self.data_loaded = True


def evaluated(model: AskewModel, task: mteb.AbsTask) -> float:
    made = mteb.evaluate(model, task, cache=None, show_progress_bar=False, co2_tracker=False)
    return float(made.task_results[0].get_score())


def test_retrieval_is_scored_as_the_vectors_say() -> None:
    scores = askew.similarity(list(QUERIES.values()), list(CORPUS.values()), task="question-answering", model="hashing")
    gains = []
    for row, relevant in zip(scores, QRELS.values(), strict=True):
        place = [list(CORPUS)[i] for i in np.argsort(-row)].index(next(iter(relevant)))
        gains.append(1 / np.log2(place + 2))
    assert evaluated(AskewModel("hashing"), Retrieval()) == pytest.approx(np.mean(gains), abs=1e-5)
    assert np.mean(gains) < 1


def test_similarity_is_scored() -> None:
    assert evaluated(AskewModel("hashing"), Similarity()) == pytest.approx(1.0)


def test_each_role_gets_its_prompt(prompted: str) -> None:
    model, task = AskewModel(prompted), Retrieval()
    for kind, role in ((PromptType.query, "query"), (PromptType.document, "document")):
        made = model.encode(
            [{"text": ["dogs on mat"]}],
            task_metadata=task.metadata,
            hf_split="test",
            hf_subset="default",
            prompt_type=kind,
        )
        wanted = askew.encode("dogs on mat", task="question-answering", role=role, model=prompted)
        np.testing.assert_allclose(made, wanted, atol=1e-6)


def test_what_mteb_is_told_of_the_model() -> None:
    told = AskewModel("all-MiniLM-L6-v2", precision="int8").mteb_model_meta
    assert (told.name, told.embed_dim, told.similarity_fn_name) == ("askew/all-MiniLM-L6-v2-int8", 384, "cosine")
    assert len(told.revision) == 40
