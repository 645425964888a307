"""What every store must tell of its ledger."""

from dataclasses import replace

import pytest
from helpers.entries import entry, vector

from askew.stores import Account, Entry, Store, accounts


def counted(id: str, tokens: int, seen: int, passages: int = 1) -> Entry:
    return replace(entry(id, *[("word", vector(1))] * passages), tokens=tokens, seen=seen)


def test_who_lost_most_comes_first_then_who_has_most_and_nobody_who_lost_nothing(store: Store) -> None:
    store.write(
        [
            counted("whole", 900, 900),
            counted("b", 50, 40, passages=2),
            counted("a", 50, 40),
            counted("long", 700, 690),
            counted("most", 600, 100),
            counted("none seen", 3, 0),
        ]
    )
    found = store.losers(10)
    assert [account.document for account in found] == ["most", "long", "a", "b", "none seen"]
    assert (found[0].lost, found[3]) == (500, Account("b", 50, 40, 2))
    assert store.losers(2) == found[:2]
    assert store.losers(0) == []
    store.delete(["most"])
    assert store.losers(1) == found[1:2]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 13])
def test_every_document_has_one_account_whatever_the_pages(
    store: Store, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "PAGE", 4)
    store.write([counted(f"d{i}", i, i, passages=i % 3) for i in range(count)])
    told = store.accounts()
    assert list(told) == [Account(f"d{i}", i, i, i % 3) for i in range(count)]


def test_what_changes_while_they_are_told_is_told_once_or_left_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "PAGE", 2)
    store.write([counted(f"d{i}", i, i) for i in range(8)])
    told = iter(store.accounts())
    seen = [next(told).document]
    store.write([counted("d0", 9, 9), counted("d7", 9, 9), counted("new", 9, 9)])
    store.delete(["d5"])
    store.optimise()
    assert [*seen, *(account.document for account in told)] == ["d0", "d1", "d2", "d3", "d4", "d6"]
