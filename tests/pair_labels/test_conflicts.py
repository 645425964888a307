from helpers.read import read

from askew.pair_labels.alignment import align
from askew.pair_labels.conflicts import conflicts


def test_all_rules_speak_the_strongest_first() -> None:
    a, b = (
        read("The big indoor pool for children in Crewe is not open."),
        read("The big outdoor pool for children in Stoke is open."),
    )
    found = conflicts(a, b, align(a, b))
    assert [conflict.rule for conflict in found] == ["negation", "opposite", "name"]
    assert conflicts(a, a, align(a, a)) == ()
