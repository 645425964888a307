import pytest

from askew.documents.truncation import Policy, Seen, refuse_loss
from askew.errors import InputError


def test_what_is_lost_is_what_was_not_seen() -> None:
    assert Seen("a", 10, 7).lost == 3


def test_no_loss_passes() -> None:
    refuse_loss([Seen("a", 10, 10), Seen("b", 0, 0)])
    refuse_loss([])


def test_the_longest_losers_are_listed_first_and_the_others_counted() -> None:
    with pytest.raises(InputError) as caught:
        refuse_loss([Seen(f"d{i}", 1000 * i, 10) for i in range(1, 8)])
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("7 documents ")
    assert "--policy chunk" in lines[0]
    assert lines[1] == "  d7: 7,000 tokens, 6,990 would be lost"
    assert lines[-1] == "  … and 2 more"
    with pytest.raises(InputError, match=r"^1 document is "):
        refuse_loss([Seen("a", 2, 1)])


def test_policies_are_their_own_names() -> None:
    assert list(Policy) == ["chunk", "warn", "error", "accept"]
