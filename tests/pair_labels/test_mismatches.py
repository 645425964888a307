import pytest
from helpers.read import read, said

from askew.pair_labels.alignment import align
from askew.pair_labels.contradictions import Conflicts
from askew.pair_labels.mismatches import asked_otherwise, exchanged, substituted
from askew.pair_labels.verdict import Kind


def found(a: str, b: str) -> Conflicts:
    left, right = read(a), read(b)
    return substituted(left, right, align(left, right))


@pytest.mark.parametrize(
    ("a", "b", "rule", "pair"),
    [
        ("Return it within 14 days.", "It may go back for up to 30 days.", "number", ("14 days", "30 days")),
        ("Is the Fell 20 waterproof?", "Is the Fell 30 waterproof?", "model", ("20", "30")),
        ("Does X200 print in colour?", "Does X300 print in colour?", "code", ("X200", "X300")),
        ("Come on 3 May 2024.", "Come on 2024-05-04.", "date", ("3 May 2024", "2024-05-04")),
        ("We close on Friday.", "On Monday we close.", "weekday", ("Friday", "Monday")),
        ("A day trip to Malta, please.", "A day trip to Corsica, please.", "name", ("Malta", "Corsica")),
        ("Give me a week.", "Give me two weeks.", "number", ("a week", "two weeks")),
    ],
)
def test_another_value_in_place_of_the_first(a: str, b: str, rule: str, pair: tuple[str, str]) -> None:
    [conflict] = found(a, b)
    assert (conflict.rule, said(a, conflict.a), said(b, conflict.b)) == (rule, [pair[0]], [pair[1]])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Return it within 14 days.", "Return it within two weeks."),
        ("Return it.", "Return it within two weeks."),
        ("There is one every fifteen minutes.", "They go four times an hour."),
        ("A trip to Malta.", "A trip to the island."),
        ("We met in Malta while he was there.", "Greece has been good for all of us and for Bob."),
    ],
)
def test_no_other_value(a: str, b: str) -> None:
    assert found(a, b) == ()


@pytest.mark.parametrize(
    ("a", "b", "language", "kind"),
    [
        ("Is there a bus from Bath to Wells?", "Is there a bus from Wells to Bath?", "en", Kind.OTHER_VALUES),
        ("The cat chased the fox.", "The fox chased the cat.", "en", Kind.OTHER_VALUES),
        ("Can you call me at home?", "Can I call you at home?", "en", Kind.OTHER_VALUES),
        ("The chef was praised by the guest.", "The guest was praised by the chef.", "en", Kind.OTHER_VALUES),
        ("Wool is warmer than silk.", "Silk is warmer than wool.", "en", Kind.CONTRADICTS),
        ("Is wool warmer than silk?", "Is silk warmer than wool?", "en", Kind.RELATED),
        ("Der Zug von Ulm nach Bonn.", "Der Zug von Bonn nach Ulm.", "de", Kind.OTHER_VALUES),
    ],
)
def test_two_words_have_changed_places(a: str, b: str, language: str, kind: Kind) -> None:
    [conflict] = exchanged(read(a, language), read(b, language))
    assert conflict.kind is kind
    assert len(conflict.a) == len(conflict.b) == 2


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Is tea or milk better for me?", "Is milk or tea better for me?"),
        ("The cat chased the fox.", "The fox was chased by the cat."),
        ("the difference between clay soil and sandy soil", "the difference between sandy soil and clay soil"),
        ("examples of rules in high school", "examples of high school rules"),
        ("an internship at Elmham", "an Elmham internship"),
        ("On Sunday the shop is shut.", "The shop is shut on Sunday."),
        ("Bath and Wells are near.", "Wells and Bath are near."),
        ("The cat chased the fox.", "The hen laid an egg."),
    ],
)
def test_no_roles_are_exchanged(a: str, b: str) -> None:
    assert exchanged(read(a), read(b)) == ()


def test_the_same_matter_asked_for_otherwise_is_related() -> None:
    a, b = "When is the bin emptied?", "How much does it cost to have the bin emptied?"
    [conflict] = asked_otherwise(read(a), read(b))
    assert conflict.kind is Kind.RELATED
    assert (said(a, conflict.a), said(b, conflict.b)) == (["When"], ["How much"])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("When is the bin emptied?", "What time is the bin emptied?"),
        ("When is the bin emptied?", "Is the bin emptied today?"),
        ("How do I get to the castle?", "Why is the bridge to the mill closed?"),
        ("What is the price of the tour?", "How much is the tour?"),
    ],
)
def test_no_other_question(a: str, b: str) -> None:
    assert asked_otherwise(read(a), read(b)) == ()
