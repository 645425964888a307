import pytest
from helpers.read import read, said

from askew.pair_labels.alignment import align
from askew.pair_labels.judge import clashes, conflicts, differences, judge, judge_all
from askew.pair_labels.verdict import Kind


def test_all_rules_speak_the_strongest_first() -> None:
    a, b = (
        read("The big indoor pool for children in Crewe is not open."),
        read("The big outdoor pool for children in Stoke is open."),
    )
    found = conflicts(a, b, align(a, b))
    assert [conflict.rule for conflict in found] == ["negation", "opposite", "name"]
    assert conflicts(a, a, align(a, a)) == ()


A = "The hall opens at nine. Tickets for adults cost £8 at the door. Dogs are welcome in the garden behind the hall."


def test_each_sentence_is_set_beside_the_one_most_like_it() -> None:
    b = "Dogs are not welcome in the garden behind the hall. Tickets for adults cost £9 at the door. Come early!"
    found = clashes(A, b)
    assert [clash.conflict.rule for clash in found] == ["number", "negation"]
    assert said(A, found[0].conflict.a) == ["£8"]
    assert said(b, found[0].conflict.b) == ["£9"]
    assert said(b, found[1].conflict.b) == ["not", "welcome"]
    assert found[1].a in A


def test_equal_sentences_and_those_about_other_things_do_not_clash() -> None:
    assert clashes(A, A) == []
    assert clashes(A, "Children under 5 must not swim. Bring 3 towels.") == []
    assert clashes(A, "") == clashes("", A) == []


FRAMES = {
    "en": ("Thank you for asking.", "We are here for you."),
    "de": ("Danke für die Frage.", "Wir sind für Sie da."),
}


@pytest.mark.parametrize(
    ("a", "b", "kind", "only"),
    [
        ("You have 14 days to return it.", "You have 30 days to return it.", "number", (("14 days",), ("30 days",))),
        ("Wait for two days, then call.", "Wait for 3 days, then call.", "number", (("two days",), ("3 days",))),
        ("Es kostet 3,50 Euro im Monat.", "Es kostet 4,50 Euro im Monat.", "number", (("3,50 Euro",), ("4,50 Euro",))),
        ("Dogs are allowed in here.", "Dogs are not allowed in here.", "negation", (("allowed",), ("not", "allowed"))),
        (
            "You can't change the order.",
            "You can change it, the order.",
            "negation",
            (("can't", "change"), ("change",)),
        ),
        ("Hunde sind hier erlaubt.", "Hunde sind nicht erlaubt.", "negation", (("erlaubt",), ("nicht", "erlaubt"))),
        ("The door is open at noon.", "The door is closed at noon.", "opposite", (("open",), ("closed",))),
        ("Please ask for Ms Okoro there.", "Please ask for Ms Lind there.", "name", (("Okoro",), ("Lind",))),
    ],
)
def test_sentences_that_contradict(a: str, b: str, kind: str, only: tuple[tuple[str, ...], ...]) -> None:
    before, after = FRAMES["de" if any(word in a for word in ("Euro", "Hunde")) else "en"]
    [found] = differences(f"{before} {a}", f"{b} {after}")
    assert (found.kind, found.a, found.b) == (kind, a, b)
    assert (found.only_a, found.only_b) == only


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("You have 14 days to return it.", "You have 14 days to return it, since 2020."),  # additional, not conflicting
        ("You have two weeks to return it.", "It ships in 3 days."),
        ("You have two days.", "You have 2 days."),
        ("You cannot change it.", "You can't change it."),
        ("Dogs are not allowed.", "The shop opens at nine."),
        ("", "Five days."),
    ],
)
def test_what_is_said_otherwise_does_not(a: str, b: str) -> None:
    assert differences(a, b) == []
    assert differences(b, a) == []


def test_a_sentence_is_set_beside_the_one_most_like_it() -> None:
    a = "Letters take 2 days to arrive. Parcels take 5 days to arrive."
    assert differences(a, "Parcels take 5 days to arrive. Letters take 2 days to arrive.") == []


@pytest.mark.parametrize(
    ("a", "b", "kind", "left", "right"),
    [
        ("Where is my bag?", "WHERE is my bag", Kind.IDENTICAL, [], []),
        ("Where is my bag?", "Where is the bag", Kind.NEAR_IDENTICAL, ["my"], ["the"]),
        ("My bag is lost.", "I cannot find my luggage.", Kind.PARAPHRASE, [], []),
        ("The bus to Bath is full.", "The bus to Wells is full.", Kind.OTHER_VALUES, ["Bath"], ["Wells"]),
        ("The bus is full.", "The bus is not full.", Kind.CONTRADICTS, ["full"], ["not", "full"]),
        ("When is the bus full?", "Why is the bus full?", Kind.RELATED, ["When"], ["Why"]),
    ],
)
def test_every_kind_with_its_evidence(a: str, b: str, kind: Kind, left: list[str], right: list[str]) -> None:
    found = judge(a, b, 0.8)
    assert found.kind is kind
    assert (said(a, found.evidence_a), said(b, found.evidence_b)) == (left, right)
    assert found.reason


def test_what_contains_the_other_marks_where() -> None:
    short = "The bus to Bath leaves at nine"
    long = f"Dear all, here is what the driver told us. {short}. Bring sandwiches, a coat and good shoes."
    found = judge(long, short, 0.8)
    assert found.kind is Kind.CONTAINS
    assert said(long, found.evidence_a) == said(short, found.evidence_b) == [short]
    assert judge(short, long, 0.8).evidence_b == found.evidence_a


def test_few_shared_words_and_a_low_score_are_related() -> None:
    a, b = "The bus is full.", "I cannot find my luggage."
    assert [judge(a, b, score).kind for score in (0.59, 0.61)] == [Kind.RELATED, Kind.PARAPHRASE]


def test_long_texts_are_compared_by_sentences() -> None:
    story = "We took the early bus to the coast with all of our friends. It was full. " * 3
    a = f"{story}The fare for adults was £4 in the end. We walked home at night, tired, through wet and windy fields."
    b = f"{story}The fare for adults was £6 in the end. We walked home at night, tired, through wet and windy fields."
    found = judge(a, b, 0.99)
    assert (found.kind, said(a, found.evidence_a), said(b, found.evidence_b)) == (Kind.OTHER_VALUES, ["£4"], ["£6"])
    assert judge(a, f"{b} ".replace("£6", "£4").replace("wet", "the wet"), 0.99).kind is Kind.NEAR_IDENTICAL


@pytest.mark.parametrize("text", ["", "?!", "🙂", "東京", "a", "5", "\ud800", "no", "not", "can't", "I", "the the the"])
def test_odd_texts_are_judged_too(text: str) -> None:
    assert judge(text, text, 1.0).kind is Kind.IDENTICAL
    for other in ("", "Where is my bag?", "5 days, not 6", "🙁", "A-1"):
        assert judge(text, other, 0.7).reason
        assert judge(other, text, 0.7).reason


def test_a_verdict_for_each_pair_in_their_order() -> None:
    pairs = [("The bus is full.", "The bus is not full."), ("a b", "A, b")]
    assert [verdict.kind for verdict in judge_all(pairs, [0.9, 1.0])] == [Kind.CONTRADICTS, Kind.IDENTICAL]
    with pytest.raises(ValueError, match="shorter"):
        judge_all(pairs, [0.9])
