import pytest
from helpers.read import read

from askew.pair_labels.roles import exchanged
from askew.pair_labels.verdict import Kind


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
