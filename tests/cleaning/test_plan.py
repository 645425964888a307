from askew.cleaning.keep import KeepRule
from askew.cleaning.plan import Link, planned
from askew.cleaning.removals import Removal
from askew.types import Document, Group, Pair

GROUPS = [Group("g000001", ("a", "b", "c"), "b"), Group("g000002", ("d", "e"), "d")]
LINKS = [
    Link(Pair(0.99, "b", "c"), "identical", "exact"),
    Link(Pair(0.8, "a", "b"), "paraphrase", "meaning"),
    Link(Pair(0.95, "d", "e"), "near-identical", "near"),
    Link(Pair(0.97, "c", "d"), "related", "meaning"),  # strict groups may leave a pair across them
]


def documents() -> dict[str, Document]:
    return {id: Document(id, text) for id, text in zip("abcde", ("x", "xxx", "xx", "x", "xx"), strict=True)}


def test_all_but_one_of_each_group_go_and_say_why() -> None:
    assert planned(GROUPS, documents(), KeepRule("longest"), LINKS) == [
        Removal("a", "g000001", "b", 0.8, "paraphrase", "meaning"),
        Removal("c", "g000001", "b", 0.99, "identical", "exact"),
        Removal("d", "g000002", "e", 0.95, "near-identical", "near"),
    ]


def test_the_pair_with_the_row_that_stays_goes_before_a_better_one() -> None:
    first, second, _ = planned(GROUPS, documents(), KeepRule("first"), LINKS)
    assert first == Removal("b", "g000001", "a", 0.8, "paraphrase", "meaning")
    # c is not paired with a: it joined the group through b.
    assert second == Removal("c", "g000001", "a", 0.99, "identical", "exact")


def test_no_groups_take_nothing_away() -> None:
    assert planned([], documents(), KeepRule(), LINKS) == []
