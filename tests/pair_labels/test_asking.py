import pytest
from helpers.read import read, said

from askew.pair_labels.asking import asked_otherwise
from askew.pair_labels.verdict import Kind


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
def test_no_conflict(a: str, b: str) -> None:
    assert asked_otherwise(read(a), read(b)) == ()
