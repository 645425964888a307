"""Pairs that differ in punctuation or capitals alone, and whether they may be removed."""

import pytest

from askew.pair_labels.safety import difference

DIFFERENT = [
    ("No, refunds.", "No refunds."),
    ("No, espere.", "No espere."),
    ("Let's eat, Grandma.", "Let's eat Grandma."),
    ("Komm, wir essen, Opa!", "Komm, wir essen Opa!"),
    ("Pardon impossible, execute.", "Pardon, impossible execute."),
    ("Der Wirt sagt, die Köchin ist dumm.", "Der Wirt, sagt die Köchin, ist dumm."),
    ("Stop. Not here, there is a dog.", "Stop not here, there is a dog."),
    ("We can help you. Alone, it is hard.", "We can help you alone. It is hard."),
    ("The seal eats, swims and sleeps there.", "The seal eats swims and sleeps there."),
    ("The crew, who slept, missed the ferry.", "The crew who slept, missed the ferry."),
    ("I did not leave, as you were late.", "I did not leave as you were late."),
    ("The ferry runs Monday-Friday from here.", "The ferry runs Monday, Friday from here."),
    ("Read A-C of the manual.", "Read A, C of the manual."),
    ("We saw a man-eating shark.", "We saw a man eating shark."),
    ("You may (not) bring the dog.", "You may not bring the dog."),
    ("The crew (and the dog) is not here.", "The crew and the (dog is not) here."),
    ("It is (un)safe to swim here.", "It is unsafe to swim here."),
    ("We had a loss of (700) in the year.", "We had a loss of 700 in the year."),
    ("2*(3+4)", "2*3+4"),
    ("a*(b+c)*d", "a*(b+c*d)"),
    ("The pilot said “the tug is here”.", "The pilot said the “tug is here”."),
    ("if (!done) stop();", "if (done) stop();"),
    ("getName()", "getname()"),
    ("Open ./run.sh", "Open /run.sh"),
    ("Open ../data", "Open ./data"),
    ("See https://example.org/a", "See https://example.org/A"),
    ("See https://example.org/a", "See http://example.org/a"),
    ("Use tool -R here", "Use tool -r here"),
    ("Use tool --all here", "Use tool all here"),
    ("The name is __init__ in it.", "The name is init in it."),
    ("The **options of the call", "The options of the call"),
    ("- 5 degrees in the port now", "5 degrees in the port now"),
    ("+ 5 points for the crew here", "- 5 points for the crew here"),
    ("1. Turn off the gas.", "2. Turn off the gas."),
    ("3. Oktober ist frei.", "4. Oktober ist frei."),
    ("# of the boats in the port", "of the boats in the port"),
    ("The password is AbC in it.", "The password is aBc in it."),
    ("The pH of the bay is low.", "The PH of the bay is low."),
    ("I live in the U.S. with the dog.", "I live in the us with the dog."),
    ("Am Morgen fahren wir in den Hafen.", "Am morgen fahren wir in den Hafen."),
    ("Der gefangene Floh ist in dem Boot.", "Der Gefangene floh ist in dem Boot."),
]
SAME = [
    ("Yes, please.", "yes please"),
    ("Hello, world!", "Hello world"),
    ("apples, pears, and plums", "apples, pears and plums"),
    ("In May, we row to the island.", "In May we row to the island."),
    ("Where is the ferry, please?", "Where is the ferry please"),
    ("He said: “Stop.”", 'He said: "Stop."'),
    ("Open Monday - Friday", "Open Monday – Friday"),
    ("St. Mary's Church is in the port.", "St Mary's Church is in the port."),
    ("Call (555) 010-2030 if you are late.", "Call 555-010-2030 if you are late."),
    ("HTTPS://Example.org/a", "https://example.org/a"),
    ("A big PayPal button", "a big PAYPAL button"),
    ("- Bring a towel", "Bring a towel"),
    ("wie kann ich ein boot mieten", "Wie kann ich ein Boot mieten?"),
    ("Es kostet in dem Laden 15,- Euro.", "Es kostet in dem Laden 15 Euro."),
]


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_marks_and_capitals_decide(a: str, b: str) -> None:
    assert difference(a, b) != ""
    assert difference(b, a) != ""


@pytest.mark.parametrize(("a", "b"), SAME, ids=range(len(SAME)))
def test_most_are_harmless(a: str, b: str) -> None:
    assert difference(a, b) == difference(b, a) == ""
