from askew.faq.measure import held, measure, sample
from helpers.shop import SHOP

from askew.faq.faq import Faq


def test_every_entry_is_asked_as_if_its_own_answer_were_gone(shop: Faq) -> None:
    """`card` and `visa` share an answer, and are no unrelated questions to each other."""
    found = measure(shop.questions, shop.questions, shop.answers)
    others = [
        max(hit.score for hit in shop.questions.search(entry.question, 5) if answers[hit.document.id] != entry.answer)
        for entry in SHOP
        for answers in [{other.id: other.answer for other in SHOP}]
    ]
    assert found.entries == 5
    assert abs(found.best[0] - min(others)) < 1e-6
    assert abs(found.best[-1] - max(others)) < 1e-6


def test_the_same_faq_gives_the_same_scale(shop: Faq) -> None:
    for index in (shop.questions, shop.answers):
        assert measure(index, shop.questions, shop.answers) == measure(index, shop.questions, shop.answers)


def test_an_empty_faq_and_one_of_a_single_answer_have_no_floor(shop: Faq) -> None:
    shop.delete(["login", "track", "lamp"])
    assert measure(shop.answers, shop.questions, shop.answers).best == ()
    shop.delete(["card", "visa"])
    assert measure(shop.questions, shop.questions, shop.answers).best == ()


def test_what_is_half_there_is_not_asked(shop: Faq) -> None:
    shop.questions.delete(["login"])
    assert [entry.id for entry in sample(shop.questions, shop.answers)] == ["track", "card", "visa", "lamp"]


def test_documents_that_are_gone_are_left_out(shop: Faq) -> None:
    assert set(held(shop.questions, ["login", "x", "lamp", "y"])) == {"login", "lamp"}
    assert held(shop.questions, ["x"]) == held(shop.questions, []) == {}
