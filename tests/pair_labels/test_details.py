"""Pairs that differ only in what is harmless as a rule, and that may not be removed: words, endings, articles."""

import pytest

from askew.pair_labels.safety import difference

DIFFERENT = [
    ("She sells glass in the town.", "She sells glasses in the town."),
    ("We paid for the damage to the pier.", "We paid for the damages to the pier."),
    ("He is good at economic matters of the port.", "He is good at economics matters of the port."),
    ("Please ask Mr Robert about the mooring.", "Please ask Mr Roberts about the mooring."),
    ("I met Steven at the pier in the evening.", "I met Stevens at the pier in the evening."),
    ("Fragen Sie bitte Herrn Peter nach dem Boot.", "Fragen Sie bitte Herrn Peters nach dem Boot."),
    ("You need rust 1.70 for this to work.", "You need rust 1.7 for this to work."),
    ("We run version 4.0 of the chart on it.", "We run version 4 of the chart on it."),
    ("The code for the gate is 0073, I think.", "The code for the gate is 73, I think."),
    ("A stamp is 5 cents in the shop.", "A stamp is 0.05 euros in the shop."),
    ("Few of the boats are in the port.", "A few of the boats are in the port."),
    ("There is little wind in the bay.", "There is a little wind in the bay."),
    ("A number of the boats are in the port.", "The number of the boats are in the port."),
    ("I have a blue and white boat in the bay.", "I have a blue and a white boat in the bay."),
    ("This is the black bird that we saw.", "This is the blackbird that we saw."),
    ("They live in the green house on the quay.", "They live in the greenhouse on the quay."),
    ("Es ist das Haus Boot von der Frau.", "Es ist das Hausboot von der Frau."),
    ("The rose in the glass is for you.", "The rosé in the glass is for you."),
    ("The timbre of the horn is nice here.", "The timber of the horn is nice here."),
    ("Die Masse ist in dem Boot zu groß.", "Die Maße ist in dem Boot zu groß."),
    ("How can you say this about the crew?", "How do you say this about the crew?"),
    ("Er machte das Boot an dem Steg fest.", "Er macht das Boot an dem Steg fest."),
    ("Sie sagt, er komme mit dem Boot.", "Sie sagt, er kommen mit dem Boot."),
    ("Kinder sieht der Hund an dem Steg.", "Kindern sieht der Hund an dem Steg."),
    ("Einen Wolf sieht ein Hirte an dem See.", "Ein Wolf sieht einen Hirte an dem See."),
    ("Er rudert in einem Hafen mit dem Boot.", "Er rudert in einen Hafen mit dem Boot."),
    ("Er kauft ein und geht zu dem Steg.", "Er kauft und geht zu dem Steg."),
    ("Wir holen das Boot ein.", "Wir holen das Boot."),
    ("Wir sehen uns Freitag an dem Steg.", "Wir sehen uns Freitags an dem Steg."),
    ("We meet on Friday at the pier.", "We meet on Fridays at the pier."),
    ("Das Kind gibt Mutter der Katze.", "Das Kind gibt der Mutter Katze."),
]
SAME = [
    ("The fare is 5.50 dollars in the shop.", "The fare is $5.5 in the shop."),
    ("The sack weighs 5.0 kg in all.", "The sack weighs 5 kg in all."),
    ("The rate is 5 per cent in the port.", "The rate is 5 % in the port."),
    ("How could we moor the boat here?", "How do we moor the boat here?"),
    ("Where is the web site of the port?", "Where is the website of the port?"),
    ("Where is the set-up of the port?", "Where is the setup of the port?"),
    ("Ask for topics of a course.", "Ask for a topic of a course."),
    ("Haben Sie noch keine Boote in dem Hafen?", "Haben Sie noch kein Boot in dem Hafen?"),
    ("我要 iPhone 退款", "我要iPhone退款"),
]


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_details_of_words_decide(a: str, b: str) -> None:
    assert difference(a, b) != ""
    assert difference(b, a) != ""


@pytest.mark.parametrize(("a", "b"), SAME, ids=range(len(SAME)))
def test_what_is_excused_stays_so(a: str, b: str) -> None:
    assert difference(a, b) == difference(b, a) == ""
