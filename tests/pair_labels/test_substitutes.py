import pytest
from helpers.read import read, said

from askew.pair_labels.alignment import align
from askew.pair_labels.conflict import Conflicts
from askew.pair_labels.substitutes import substituted


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
def test_no_conflict(a: str, b: str) -> None:
    assert found(a, b) == ()
