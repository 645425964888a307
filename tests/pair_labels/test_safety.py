"""Pairs of texts that may or may not be removed as duplicates without a person."""

import csv
from pathlib import Path

import pytest

from askew.pair_labels.safety import LONGEST, compared, difference, surely_same

SAME = [
    ("Is it open on Sundays?", "is it open on sundays"),
    ("How Do I Get A Berth?", "How do I get a berth?"),
    ("It takes 10mg/5ml of the syrup.", "it takes 10mg/5ml of the syrup"),
    ("Store it at 5 °C or below", "Store it at 5°C or below."),
    ("What is the fee?", "What’s the fee?"),
    ("I cannot log in.", "I can't log in"),
    ("The ferry leaves at 3 pm.", "The ferry leaves at 15:00."),
    ("There is a fine of 1,000 dollars.", "There is a fine of $1000."),
    ("The walk is 2 km long.", "The walk is 2,000 m long."),
    ("Delivered on 2024-03-05.", "Delivered on March 5, 2024."),
    ("Two boats were lost.", "2 boats were lost."),
    ("Where is the e-mail address?", "Where is the email address?"),
    ("We organise sailing courses.", "We organize a sailing course"),
    ("- **Bring** a towel", "Bring a towel."),
    ("Is the café open?", "Is the cafe open?"),
    ("Wo ist der Hafen?", "wo ist ein Hafen"),
    ("你好。", "你好"),
    ("Où est le port ?", "où est le port"),
    ("Le prix est de 2 000 euros.", "Le prix est de 2000 euros."),
    ("How do I log in to the harbour portal?", "How do I login to the harbour portal?"),
    ("Der Kahn ist voll.", "Kahn ist voll."),
    ("Der Kahn ist voll.", "Ein Kahn ist voll."),
    ("Haben Sie noch einen Platz?", "haben sie noch einen platz"),
    ("A file of 5 MB", "A file of 5 mb"),
    ("Weighs 5 KG in total", "Weighs 5 kg in total"),
    ("How can I moor my boat here?", "How do I moor my boat here?"),
    ("Where is the HARBOUR office?", "Where is the harbour office?"),
    ("What is the GDP of Oslo?", "What is GDP of Oslo?"),
    ("Fish &amp; chips", "Fish & chips"),
    ("<p>Where is my <b>boat</b>?</p>", "Where is my boat?"),
    ("The soft\u00adware of the port", "The software of the port"),
    ("Berth ＡＢ１２", "berth AB12"),
    ("The ﬁnal race", "The final race"),
    ("The ferry was cancelled", "The ferry was canceled"),
    ("Berth COVID19 test", "Berth Covid19 test"),
    ("MP3s of the harbour", "mp3s of the harbour"),
    ("It used 5kWh on the way", "It used 5KWH on the way"),
    ("A film of berth B2", "a film of berth b2"),
]
DIFFERENT = [
    ("The form was filled", "The form was filed"),
    ("Great 👍", "Great 👎"),
    ("The temperature is -5 degrees.", "The temperature is 5 degrees."),
    ("x < 3", "x > 3"),
    ("a == b", "a != b"),
    ("A rise of 10%", "A rise of 10"),
    ("How do I learn C?", "How do I learn C#?"),
    ("The train to Oslo", "The train from Oslo"),
    ("Open until nine", "Open from nine"),
    ("Case for the Pixel 8", "Case for the Pixel 8 Pro"),
    ("Charger X200", "Charger X200i"),
    ("Ask Maria.", "Ask Mario."),
    ("dog bites man", "man bites dog"),
    ("He left.", "He left?"),
    ("Open on Sundays?", "open on sundays"),
    ("Vote for us.", "Vote for US."),
    ("Who runs FERRY?", "Who runs a ferry?"),
    ("How fast is Heron?", "How fast is the HERON?"),
    ("It costs $20.", "It costs €20."),
    ("I do like it.", "I do not like it."),
    ("Si c'est possible, venez.", "Ce n'est pas possible, venez."),
    ("Es gibt Fisch.", "Es gibt keinen Fisch."),
    ("La tienda abre", "La tienda no abre"),
    ("El año", "El ano"),
    ("我去。", "我不去。"),
    ("The causal effect", "The casual effect"),
    ("Are you hiring?", "Are you hired?"),
    ("Pages 5-7", "Pages 57"),
    ("f(x) is even", "fx is even"),
    ("Flag 🇫🇷", "Flag 🇩🇪"),
    ("See https://example.org/a", "See https://example.org/b"),
    ("", "Text"),
    ("Berth 1 2", "Berth 12"),
    ("How should I moor my boat here?", "How do I moor my boat here?"),
    ("Why can I moor my boat here?", "Why do I moor my boat here?"),
    ("Gate A1 1", "Gate A11"),
    ("They re-sign the lease.", "They resign the lease."),
    ("There was no body on the deck.", "There was nobody on the deck."),
    ("Written in .NET", "Written in NET"),
    ("Den Wolf jagt der Hirte.", "Der Wolf jagt den Hirten."),
    ("Was haben Sie gesagt?", "Was haben sie gesagt? Weiß Anna es?"),
    ("A line of 5 Mb", "A line of 5 MB"),
    ("It draws 3 mW", "It draws 3 MW"),
    ("Only 5 m left", "Only 5 M left"),
    ("The fare is <del>5</del> 6 euros.", "The fare is 5 6 euros."),
    ("10² boats", "102 boats"),
    ("The result is 10⁶ units per day.", "The result is 106 units per day."),
    ("What is 5² in the plan?", "What is 52 in the plan?"),
    ("The rope is 2½ feet long.", "The rope is 21/2 feet long."),
    ("Give the child 10mg/5ml of the syrup.", "Give the child 10mg/15ml of the syrup."),
    ("Take one tablet of 500mg/125mg twice a day.", "Take one tablet of 500mg/62.5mg twice a day."),
    ("The deal was worth $5M.", "The deal was worth $5."),
    ("The shop opens and closes at 8am/5pm every day.", "The shop opens and closes at 8am/9pm every day."),
    ("Open 8:00/17:00 today", "Open 8:00/18:00 today"),
    ("It weighs 5kg/11lb in all.", "It weighs 5kg in all."),
    ("Take .5 mg of the drug each day.", "Take 5 mg of the drug each day."),
    ("She paid $.50 for it today.", "She paid $50 for it today."),
    ("Die Dosis ist ,5 mg am Tag für das Kind.", "Die Dosis ist 5 mg am Tag für das Kind."),
    ("The limit of the function is -∞ here.", "The limit of the function is ∞ here."),
    ("The balance is -US$5 today.", "The balance is US$5 today."),
    ("The result is -cos(x) for all x.", "The result is cos(x) for all x."),
    ("The grade was A- this time.", "The grade was A this time."),
    ("Net income was ($500) this year.", "Net income was $500 this year."),
    ("The margin was (5%) this year.", "The margin was 5% this year."),
    ("Store the vaccine at -50 °F in the freezer.", "Store the vaccine at -10 °C in the freezer."),
    ("What is 5! in maths?", "What is 5 in maths?"),
    ("不，能进去。", "不能进去。"),
    ("别，走这条路。", "别走这条路。"),
    ("لا، تدخل الآن من الباب", "لا تدخل الآن من الباب"),
    ("Nunca, puedes entrar aquí", "Nunca puedes entrar aquí"),
    ("What does <p> do in HTML?", "What does <div> do in HTML?"),
    ("You should take vitamin A every day.", "You should take vitamin every day."),
    ("Plan A failed in the end.", "The plan failed in the end."),
    ("She invests in security today", "She invests in securities today"),
    ("Refund of -$500 was booked", "Refund of $500 was booked"),
    ("The profit was -£20 million in May.", "The profit was £20 million in May."),
    ("Der Saldo beträgt -€500 heute.", "Der Saldo beträgt €500 heute."),
    ("The correlation was -.82 in the study.", "The correlation was .82 in the study."),
    ("The balance is -USD 5 today", "The balance is USD 5 today"),
    ("The fuel costs $3.459 per gallon.", "The fuel costs $3,459 per gallon."),
    ("The fuel costs $3.459 per gallon.", "The fuel costs $3459 per gallon."),
    ("The contract ends on 03-04-2024.", "The contract ends on 3 April 2024."),
    ("Use version 2024.1.10 of the tool.", "Use version 2024-01-10 of the tool."),
    ("Write to a.b@example.org today", "Write to ab@example.org today"),
    ("Write to ann@u.s.example.org today", "Write to ann@us.example.org today"),
    ("a <b> c", "a < b > c"),
    ("Revert commit a1B2", "Revert commit A1b2"),
    ("The key of the shed is x7Qm", "The key of the shed is X7QM"),
    ("Ticket 4hK9t is open", "Ticket 4HK9T is open"),
    ("See link AbC3d", "See link abc3d"),
    ("ls .", "ls .."),
    ("cd ~", "cd /"),
    ("cd ..", "cd ../.."),
    ("rm -rf build/", "rm -rf build /"),
    ("tar -xf boats.tar", "tar -Xf boats.tar"),
    ("print(A)", "print(a)"),
    ("total = Price", "total = price"),
    ("if a == b:", "if A == b:"),
    ("run --Fast", "run --fast"),
    ("echo $HOME", "echo $home"),
    ("chmod 600 ~/.ssh/Key", "chmod 600 ~/.ssh/key"),
    ("for x in xs:\n    total += x\nprint(total)", "for x in xs:\n    total += x\n    print(total)"),
    ("a -> b", "A -> b"),
]


@pytest.mark.parametrize(("a", "b"), SAME, ids=range(len(SAME)))
def test_harmless_differences_are_none(a: str, b: str) -> None:
    assert difference(a, b) == difference(b, a) == ""


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_whatever_is_not_known_to_be_harmless_counts(a: str, b: str) -> None:
    assert difference(a, b) != ""
    assert difference(b, a) != ""


def test_what_is_seen_at_once_is_what_is_found_word_by_word() -> None:
    texts = [text for pair in (*SAME, *DIFFERENT) for text in pair]
    with Path(__file__).with_name("safety_traps.csv").open(encoding="utf-8", newline="") as lines:
        traps = [(row["a"], row["b"]) for row in csv.DictReader(lines)]
    taken = 0
    for text in (*texts, *(text for pair in traps for text in pair)):
        for other in (text.lower(), text.upper(), text.rstrip(".?!"), f"{text}."):
            if surely_same(text, other):
                taken += 1
                assert compared(text, other) == "", (text, other)
    assert taken > len(texts) / 2
    assert not any(surely_same(a, b) or surely_same(b, a) for a, b in (*DIFFERENT, *traps) if compared(a, b))


def test_no_text_takes_long_or_fails() -> None:
    """Addresses, codes and quotations are looked for in texts of any shape; some took minutes."""
    signs = [
        "x" * 5000,
        "1A" * 2000,
        '"' + "a b " * 900,
        "我" * 4000,
        "a/" * 2000,
        "a.b@" * 1000,
        "(" * 3000,
        "\u202e\ud800",
    ]
    for text in (*signs, "1" * 400 + "/3", "1" * 5000 + "/7 of it", "", " ", "\n\t\n"):
        assert difference(f"{text}, ok then", f"{text} ok, then") != ""
        assert difference(text, text) == ""


def test_the_difference_is_named() -> None:
    assert difference("Meet at the north gate.", "Meet at the south gate.") == "“north” and “south”"
    assert difference("No dogs.", "No big dogs.") == "only one has “big”"


def test_long_texts_must_be_equal() -> None:
    long = "word " * (LONGEST + 1)
    assert difference(long, long + " ") == ""
    assert difference(long, long + "more") != ""


def test_each_digit_of_a_long_number_counts() -> None:
    assert difference("The code is 4000000000013.", "The code is 4000000000014.") != ""
    assert (
        difference("You can call +1 (555) 010-2040 if you are late.", "You can call +15550102040 if you are late.")
        == ""
    )
