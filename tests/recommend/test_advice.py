from pathlib import Path

import pytest

from askew.errors import InputError, ModelError, UnknownNameError
from askew.progress import Progress
from askew.recommend.advice import recommend
from askew.tasks import Kind
from askew.types import Document

PAGES = {
    "tents": "Our tents resist any storm. The poles are made of aluminium. A repair kit comes with each.",
    "stoves": "A stove burns gas from a cartridge. Never light it in a tent. Cartridges cannot be posted.",
    "boots": "Waterproof boots need wax every month. Walk them in at home first. Soles can be replaced.",
    "bags": "Down is warm while it is dry. Wash it with a soap for down. Dry it with tennis balls.",
}
QUERIES = {"q1": "what are the poles made of", "q2": "how do I wash down", "q3": "can soles be replaced"}
QRELS = {"q1": {"tents": 1}, "q2": {"bags": 1}, "q3": {"boots": 1}}
DOCUMENTS = [Document(id, text) for id, text in PAGES.items()]


def test_without_models_only_the_kind_is_determined() -> None:
    found = recommend(DOCUMENTS, list(QUERIES.values()), models=[])
    assert (found.kind, found.task, found.compared) == (Kind.ASYMMETRIC, "question-answering", None)
    assert 0.5 < found.confidence < 0.9
    weights = [abs(one.weight) for one in found.evidence]
    assert weights == sorted(weights, reverse=True)
    assert {"length", "form"} <= {one.name for one in found.evidence}
    assert found.ranking == ()
    with pytest.raises(InputError):
        _ = found.best
    with pytest.raises(InputError):
        found.commands("shop", ["pages.jsonl"])


def test_documents_and_queries_come_in_many_shapes(tmp_path: Path) -> None:
    expected = recommend(DOCUMENTS, QUERIES, models=[])
    assert recommend(list(PAGES.values()), list(QUERIES.values()), models=[]) == expected
    assert (
        recommend([{"id": id, "text": text} for id, text in PAGES.items()], iter(QUERIES.values()), models=[])
        == expected
    )
    (tmp_path / "queries.txt").write_text("\n".join(QUERIES.values()))
    assert recommend(DOCUMENTS, tmp_path / "queries.txt", models=[]) == expected
    assert len(recommend(DOCUMENTS, models=[]).detection.notes) == 1


def test_models_are_ranked_on_judged_queries() -> None:
    steps: list[Progress] = []
    found = recommend(DOCUMENTS, QUERIES, qrels=QRELS, models=["hashing"], progress=steps.append)
    scores = [result.score for result in found.ranking]
    assert scores == sorted(scores, reverse=True)
    assert found.best in found.ranking
    assert (found.comparison.search.trial.labelled, found.comparison.task.name) == (True, found.task)
    assert found.comparison.cost.bytes > 0
    build, search = found.commands("shop", ["pages.jsonl"])
    assert build.startswith("askew index shop pages.jsonl --task question-answering")
    assert search.startswith("askew search shop QUERY")
    assert steps


def test_a_model_that_is_named_twice_competes_once() -> None:
    found = recommend(DOCUMENTS, QUERIES, qrels=QRELS, models=["hashing", "hashing"])
    names = [str(result.configuration) for result in found.ranking]
    assert len(names) == len(set(names))


def test_without_judgements_queries_are_generated_and_the_task_can_be_given() -> None:
    found = recommend(DOCUMENTS, models=["hashing"], task="faq")
    assert found.task == "faq"
    assert (found.comparison.search.trial.labelled, found.comparison.task.name) == (False, "question-answering")


def test_impossible_arguments_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for arguments in (
        {"qrels": QRELS},
        {"qrels": QRELS, "queries": list(QUERIES.values())},
        {"qrels": {"q9": {"x": 1}}, "queries": QUERIES},
        {"queries": 7},
        {"models": "hashing"},
    ):
        with pytest.raises(InputError):
            recommend(DOCUMENTS, **{"models": ["hashing"], **arguments})  # type: ignore[arg-type]
    with pytest.raises(InputError):
        recommend([], models=[])
    with pytest.raises(UnknownNameError):
        recommend(DOCUMENTS, models=["hashink"])
    with pytest.raises(UnknownNameError):
        recommend(DOCUMENTS, models=[], task="wisdom")
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    with pytest.raises((InputError, ModelError)):
        recommend(DOCUMENTS)
