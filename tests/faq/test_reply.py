import json
import math

from askew.faq.scale import Scale

from askew.faq.reply import ChannelDocuments, fused, reply
from askew.search.ranking import Ranked
from askew.types import Document

SCALES = {"questions": Scale(0.0, 0.1, (0.2, 0.4), 9), "answers": Scale(0.0, 0.2, (0.2, 0.4), 9)}
FLOORS = {"questions": 0.3, "answers": 0.3}


def ranking(**scores: float) -> list[Ranked]:
    return [Ranked(id, 0, score) for id, score in scores.items()]


def held(**answers: str) -> ChannelDocuments:
    questions = {id: Document(id, f"{id}?") for id in answers if id != "orphan"}
    return ChannelDocuments(questions, {id: Document(id, text) for id, text in answers.items()})


def test_either_channel_can_bring_an_answer_to_the_top() -> None:
    there = held(a="one", b="two", c="three")
    hits = fused({"questions": ranking(a=0.5, b=0.1), "answers": ranking(c=0.4, a=0.1)}, there, SCALES, FLOORS)
    assert [(hit.entry.id, hit.channel) for hit in hits] == [("a", "questions"), ("c", "answers"), ("b", "questions")]
    first, second, last = hits
    assert {name: standing.rank for name, standing in first.standings.items()} == {"questions": 1, "answers": 2}
    assert list(second.standings) == ["answers"]
    assert [hit.reaches for hit in hits] == [True, True, False]
    assert first.score > second.score > last.score


def test_stored_questions_that_share_an_answer_are_one_hit_with_the_best_question() -> None:
    there = held(a="one", b="same", c="same")
    hits = fused(
        {"questions": ranking(c=0.5, b=0.4, a=0.3), "answers": ranking(b=0.4, c=0.4, a=0.1)}, there, SCALES, FLOORS
    )
    assert [hit.entry.id for hit in hits] == ["c", "a"]
    assert {name: standing.rank for name, standing in hits[1].standings.items()} == {"questions": 2, "answers": 2}


def test_half_an_entry_is_no_trouble() -> None:
    there = held(a="one", orphan="two")
    hits = fused({"questions": ranking(gone=0.9, a=0.4), "answers": ranking(orphan=0.5)}, there, SCALES, FLOORS)
    assert [(hit.entry.id, hit.entry.question) for hit in hits] == [("a", "a?"), ("orphan", "")]
    assert hits[0].standings["questions"].rank == 1


def test_a_reply_gives_what_reaches_a_floor_and_has_the_rest_near() -> None:
    there = held(a="one", b="two")
    hits = fused({"questions": ranking(a=0.31, b=0.29), "answers": ranking(a=0.0, b=0.29)}, there, SCALES, FLOORS)
    told = reply("hello", hits, 2, FLOORS)
    assert [hit.entry.id for hit in told.hits] == ["a"]
    assert [(hit.rank, hit.entry.id) for hit in told.near] == [(1, "a"), (2, "b")]
    assert not told.abstained
    assert reply("hello", hits[1:], 2, FLOORS).abstained


def test_json_has_no_infinite_floor() -> None:
    told = reply("hello", [], 1, {"questions": -math.inf, "answers": 0.2}).as_json()
    assert json.loads(json.dumps(told, allow_nan=False))["floors"] == {"answers": 0.2}
