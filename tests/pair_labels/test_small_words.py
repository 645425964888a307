import pytest
from helpers.read import read

from askew.pair_labels.alignment import align
from askew.pair_labels.small_words import decided
from askew.pair_labels.verdict import Kind


def rules(a: str, b: str, language: str = "en") -> list[tuple[Kind, str]]:
    left, right = read(a, language), read(b, language)
    return [(conflict.kind, conflict.rule) for conflict in decided(left, right, align(left, right))]


@pytest.mark.parametrize(
    ("a", "b", "language", "kind", "rule"),
    [
        ("The ferry goes to the island.", "The ferry goes from the island.", "en", Kind.OTHER_VALUES, "preposition"),
        ("Die Fähre fährt vom Hafen ab.", "Die Fähre fährt zum Hafen ab.", "de", Kind.OTHER_VALUES, "preposition"),
        ("Bring a rope and a hook.", "Bring a rope or a hook.", "en", Kind.OTHER_VALUES, "conjunction"),
        ("You must wear a vest.", "You should wear a vest.", "en", Kind.RELATED, "modal"),
        ("Most boats are full.", "All boats are full.", "en", Kind.OTHER_VALUES, "quantifier"),
        ("The boat has sunk.", "The boat has almost sunk.", "en", Kind.CONTRADICTS, "hedge"),
        ("We sail if it rains.", "We sail unless it rains.", "en", Kind.CONTRADICTS, "condition"),
    ],
)
def test_small_words_that_decide(a: str, b: str, language: str, kind: Kind, rule: str) -> None:
    assert rules(a, b, language) == rules(b, a, language) == [(kind, rule)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Tips for sailing", "Tips on sailing"),
        ("The boat weighs almost 5 tons.", "The boat weighs 5 tons."),
        ("Which boat should I buy in May?", "Which boat can I buy in May?"),
        ("Sail to the old island at dawn", "Row from some harbour at dawn"),
        ("Le bateau part to Lyon demain matin", "Le bateau part from Lyon demain matin"),
    ],
)
def test_those_that_do_not(a: str, b: str) -> None:
    assert rules(a, b) == []
