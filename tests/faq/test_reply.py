import json
import math

import pytest

from askew.faq.estimate import Estimate, Scale
from askew.faq.reply import AnswerHit, ChannelDocuments, Reply, fused, reply, shown
from askew.search.ranking import Ranked
from askew.types import Document

ESTIMATE = Estimate({"questions": Scale(0.0, 0.1), "answers": Scale(0.0, 0.2)}, centre=4.0)


def ranking(**scores: float) -> list[Ranked]:
    return [Ranked(id, 0, score) for id, score in scores.items()]


def held(**answers: str) -> ChannelDocuments:
    questions = {id: Document(id, f"{id}?") for id in answers if id != "orphan"}
    return ChannelDocuments(questions, {id: Document(id, text) for id, text in answers.items()})


def found(**scores: float) -> list[AnswerHit]:
    return fused({"questions": ranking(**scores), "answers": []}, held(**dict.fromkeys(scores, "")), ESTIMATE)


def test_either_channel_can_bring_an_answer_to_the_top() -> None:
    there = held(a="one", b="two", c="three")
    hits = fused({"questions": ranking(a=0.5, b=0.1), "answers": ranking(c=0.4, a=0.1)}, there, ESTIMATE)
    assert [(hit.entry.id, hit.channel) for hit in hits] == [("a", "questions"), ("c", "answers"), ("b", "questions")]
    first, second, last = hits
    assert {name: standing.rank for name, standing in first.standings.items()} == {"questions": 1, "answers": 2}
    assert list(second.standings) == ["answers"]
    assert 1 > first.score > second.score > last.score > 0
    assert all(hit.score == pytest.approx(1 / (1 + math.exp(-hit.log_odds))) for hit in hits)


def test_stored_questions_that_share_an_answer_are_one_hit_with_the_best_question() -> None:
    there = held(a="one", b="same", c="same")
    hits = fused({"questions": ranking(c=0.5, b=0.4, a=0.3), "answers": ranking(b=0.4, c=0.4, a=0.1)}, there, ESTIMATE)
    assert [hit.entry.id for hit in hits] == ["c", "a"]
    assert {name: standing.rank for name, standing in hits[1].standings.items()} == {"questions": 2, "answers": 2}


def test_half_an_entry_is_no_trouble() -> None:
    there = held(a="one", orphan="two")
    hits = fused({"questions": ranking(gone=0.9, a=0.4), "answers": ranking(orphan=0.5)}, there, ESTIMATE)
    assert [(hit.entry.id, hit.entry.question) for hit in hits] == [("a", "a?"), ("orphan", "")]
    assert hits[0].standings["questions"].rank == 1


def test_a_reply_gives_what_reaches_the_threshold_and_has_the_rest_near() -> None:
    hits = fused({"questions": ranking(a=0.5, b=0.2), "answers": []}, held(a="one", b="two"), ESTIMATE)
    told = reply("hello", hits, 2, 0.5)
    assert [hit.entry.id for hit in told.hits] == ["a"]
    assert [(hit.rank, hit.entry.id) for hit in told.near] == [(1, "a"), (2, "b")]
    assert not told.abstained
    assert reply("hello", hits[1:], 2, 0.5).abstained


@pytest.mark.parametrize("score", [0.05, 0.2, 0.3, 0.35, 0.5, 3.0])
def test_the_explanation_never_contradicts_the_decision(score: float) -> None:
    hits = fused({"questions": ranking(a=score), "answers": []}, held(a="one"), ESTIMATE)
    for threshold in (0.0, 0.25, 0.5, hits[0].score, min(1.0, hits[0].score + 1e-9), 1.0):
        told = reply("hello", hits, 1, threshold)
        assert told.explanation.count(".\n") == 0
        assert told.explanation.startswith("Nothing") == told.abstained
        assert ("below" in told.explanation) == told.abstained == (hits[0].score < threshold)


def test_a_score_below_the_threshold_never_looks_like_it() -> None:
    assert [shown(score) for score in (0.4999, 0.5, 0.995, 1.0, 0.29)] == ["0.49", "0.50", "0.99", "1.00", "0.29"]


def test_json_is_json() -> None:
    read = json.loads(json.dumps(reply("hello", [], 1, 0.5).as_json(), allow_nan=False))
    assert (read["threshold"], read["abstained"], read["hits"]) == (0.5, True, [])
    hits = fused({"questions": ranking(a=90.0), "answers": []}, held(a="one"), ESTIMATE)
    [hit] = json.loads(json.dumps(reply("hello", hits, 1, 0.5).as_json(), allow_nan=False))["hits"]
    assert hit["score"] == 1
    assert isinstance(reply("hello", hits, 1, 0.5), Reply)
