from dataclasses import replace

import pytest
from helpers.shop import SHOP

from askew.confidence.record import LEAD, NOTE, CalibrationRecord, put
from askew.confidence.risk_control import labelled_scores
from askew.errors import ContractError, InputError
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
from askew.faq.reply import FAQ, first

MORE = [QuestionAnswer(f"more{n}", f"What of the thing number {n}?", f"It is the {n}th thing.") for n in range(8)]


def calibrate(shop: Faq, lead: float) -> None:
    """As if labels had said that a lead of so much is always right, and nothing below it."""
    values = [1 / (1 + 2.718281828459045**-lead)] * 60 + [0.1] * 60
    record = CalibrationRecord(FAQ, shop.settings(), labelled_scores(values, [True] * 60 + [False] * 60), 5, 0.9, LEAD)
    shop.answers.store.set_note(NOTE, put("", record))


def test_the_first_answer_is_given_where_it_leads_by_enough(shop: Faq) -> None:
    plain = shop.ask(SHOP[0].question, 2, threshold=0)
    lead = plain.near[0].log_odds - plain.near[1].log_odds
    calibrate(shop, lead - 0.01)
    given = shop.ask(SHOP[0].question, 3, min_confidence=0.95)
    assert [hit.entry.id for hit in given.hits] == ["login"]
    assert len(given.near) == 3
    calibrate(shop, lead + 0.01)
    assert shop.ask(SHOP[0].question, min_confidence=0.95).abstained


def test_what_is_known_of_the_first_answer(shop: Faq) -> None:
    reply = shop.ask(SHOP[0].question, 2, threshold=0)
    known = first(reply)
    assert (known.document, known.score) == ("login", reply.near[0].log_odds)
    assert known.lead == reply.near[0].log_odds - reply.near[1].log_odds
    ranks = [standing.rank for standing in reply.near[0].standings.values()]
    assert known.agreed == sum(rank == 1 for rank in ranks) / 2


def test_without_evidence_or_with_void_evidence_it_is_refused(shop: Faq) -> None:
    with pytest.raises(InputError, match="askew calibrate"):
        shop.ask("Where is it?", min_confidence=0.95)
    calibrate(shop, 1.0)
    with pytest.raises(ContractError, match="where"):
        shop.ask("Where is it?", where={"year": 2024}, min_confidence=0.95)
    shop.add(MORE)
    with pytest.raises(ContractError, match="estimate"):
        shop.ask("Where is it?", min_confidence=0.95)


def test_a_guarantee_does_not_outlive_the_entries_that_it_was_made_on(shop: Faq) -> None:
    shop.add([replace(one, id=f"{one.id}-{n}", question=f"{one.question} {n}") for one in SHOP for n in range(8)])
    calibrate(shop, 1.0)
    shop.add([QuestionAnswer("new", "Is it new?", "It is.")])  # what is only appended may stay
    assert shop.ask("Where is it?", min_confidence=0.95).near
    shop.add([replace(SHOP[0], answer="Call us.")])
    with pytest.raises(ContractError, match="changed or deleted"):
        shop.ask("Where is it?", min_confidence=0.95)
    calibrate(shop, 1.0)
    shop.delete(["new"])
    with pytest.raises(ContractError, match="changed or deleted"):
        shop.ask("Where is it?", min_confidence=0.95)
