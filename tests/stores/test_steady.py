import pytest

from askew.errors import StoreError
from askew.stores.steady import LOOKS, retried, steady


def vanishing(times: int):
    calls = []

    def act() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise KeyError(7)
        return "found"

    return act


def test_what_vanished_is_looked_for_again() -> None:
    assert steady(vanishing(0)) == "found"
    assert steady(vanishing(LOOKS - 1)) == "found"


def test_it_does_not_look_for_ever() -> None:
    with pytest.raises(StoreError):
        steady(vanishing(LOOKS))


def test_a_decorated_read_is_repeated_with_its_arguments() -> None:
    act = vanishing(2)

    @retried
    def read(prefix: str, *, suffix: str) -> str:
        return prefix + act() + suffix

    assert read("<", suffix=">") == "<found>"
    assert read.__name__ == "read"
