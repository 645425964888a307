import re

import pytest

from askew.dedup.agreement import Beside
from askew.dedup.plan import Ground, KeepRule, Link, Permission, contained, included, planned, preferred
from askew.dedup.removals import Removal
from askew.errors import InputError
from askew.pair_labels.verdict import Kind
from askew.types import Document, Pair

TEXTS = {
    "a": "How do I return a jacket?",
    "b": "How do I return jackets?",
    "c": "How can I send a jacket back?",
    "d": "How do I return a jacket",
    "e": "How do I return a coat?",
}
DOCUMENTS = {id: Document(id, text) for id, text in TEXTS.items()}
PARAPHRASE = Permission(included([Kind.PARAPHRASE]))


def link(a: str, b: str, score: float, label: Kind = Kind.PARAPHRASE) -> Link:
    return Link(Pair(score, a, b), label, "semantic")


EVERY = [
    link("a", "b", 0.97, Kind.NEAR_IDENTICAL),
    link("a", "c", 0.9),
    link("a", "d", 0.99, Kind.NEAR_IDENTICAL),
    link("a", "e", 0.91),
    link("b", "d", 0.96, Kind.NEAR_IDENTICAL),
]


def test_only_what_differs_harmlessly_goes() -> None:
    assert planned(DOCUMENTS, KeepRule(), EVERY, groups={"a": "g000001"}) == [
        Removal("b", "g000001", "a", 0.97, "near-identical", "semantic", Ground.HARMLESS),
        Removal("d", "g000001", "a", 0.99, "near-identical", "semantic", Ground.HARMLESS),
    ]


def test_an_included_label_goes_too_and_is_logged_with_its_own_score() -> None:
    gone = planned(DOCUMENTS, KeepRule(), EVERY, permission=PARAPHRASE)
    assert [(one.id, one.score, one.verdict, one.reason) for one in gone] == [
        ("b", 0.97, "near-identical", Ground.HARMLESS),
        ("c", 0.9, "paraphrase", Ground.INCLUDED),
        ("d", 0.99, "near-identical", Ground.HARMLESS),
        ("e", 0.91, "paraphrase", Ground.INCLUDED),
    ]


@pytest.mark.parametrize(
    "permission", [Permission(included([Kind.CONTAINS])), Permission(guaranteed=True, labels=[Kind.CONTAINS])]
)
def test_of_a_text_and_an_excerpt_the_excerpt_goes(permission: Permission) -> None:
    part, whole = "The harbour opens at nine.", "The harbour opens at nine. The fee is ten euros a night."
    documents = {"part": Document("part", part), "whole": Document("whole", whole), "copy": Document("copy", part)}
    links = [link("part", "whole", 0.9, Kind.CONTAINS)]
    gone = planned(documents, KeepRule(), links, first={"copy": "part"}, permission=permission)
    assert sorted((one.id, one.stays) for one in gone) == [("copy", "whole"), ("part", "whole")]
    assert contained([(links[0], documents["whole"], documents["part"])], permission) == []
    assert len(contained([(links[0], documents["part"], documents["whole"])], permission)) == 1


def test_a_row_goes_only_next_to_one_that_it_is_a_pair_with() -> None:
    """The longest stays, c. The others but a are no pair with it: b stays among them, and d goes next to it."""
    gone = planned(DOCUMENTS, KeepRule("longest"), EVERY, permission=PARAPHRASE)
    assert [(one.id, one.stays) for one in gone] == [("a", "c"), ("d", "b")]


def test_copies_share_the_pairs_of_the_text_that_they_are_identical_to() -> None:
    documents = {
        "a": DOCUMENTS["a"],
        "b": DOCUMENTS["b"],
        "f": Document("f", "how do i return JACKETS"),
        "g": Document("g", "How do I return jackets 👍"),
    }
    gone = planned(documents, KeepRule(), EVERY[:1], first={"f": "b", "g": "b"})
    assert [(one.id, one.stays, one.score) for one in gone] == [("b", "a", 0.97), ("f", "a", 0.97)]


def test_what_a_person_said_counts_more_than_a_label() -> None:
    said = {frozenset((TEXTS["a"], TEXTS["c"])): True, frozenset((TEXTS["a"], TEXTS["d"])): False}
    gone = planned(DOCUMENTS, KeepRule(), EVERY, permission=Permission(by_hand=said))
    assert [(one.id, one.stays, one.reason) for one in gone] == [
        ("b", "a", Ground.HARMLESS),
        ("c", "a", Ground.BY_HAND),
    ]


def test_a_guarantee_covers_pairs_with_a_duplicates_label() -> None:
    links = [*EVERY[1:2], link("a", "e", 0.95, Kind.OTHER_VALUES)]
    gone = planned(DOCUMENTS, KeepRule(), links, permission=Permission(guaranteed=True))
    assert [(one.id, one.reason) for one in gone] == [("c", Ground.GUARANTEED)]


@pytest.mark.parametrize(
    ("most", "gone"), [(0, ""), (1, "f"), (2, "df"), (3, "bdf"), (4, "bdef"), (5, "bcdef"), (9, "bcdef")]
)
def test_the_safest_and_most_similar_go_first(most: int, gone: str) -> None:
    documents = {**DOCUMENTS, "f": Document("f", "how do i return a coat")}
    found = planned(documents, KeepRule(), EVERY, first={"f": "e"}, permission=PARAPHRASE, most=most)
    assert "".join(one.id for one in found) == gone


def test_a_copy_is_cleaned_only_once() -> None:
    gone = planned(DOCUMENTS, KeepRule(), EVERY, permission=PARAPHRASE)
    left = {id: one for id, one in DOCUMENTS.items() if id not in {row.id for row in gone}}
    links = [one for one in EVERY if {one.pair.a, one.pair.b} <= set(left)]
    assert planned(left, KeepRule(), links, permission=PARAPHRASE) == []


def test_what_stands_in_another_corpus_goes_by_its_safest_pair() -> None:
    others = [Document("x", "How do I return the jacket"), Document("a", "How do I send back a jacket?")]
    links = [(link("a", one.id, score), DOCUMENTS["a"], one) for one, score in zip(others, (0.8, 0.9), strict=True)]
    [gone] = contained(links, PARAPHRASE)
    assert (gone.id, gone.stays, gone.score, gone.reason) == ("a", "x", 0.8, Ground.HARMLESS)
    assert contained(links[1:]) == []


@pytest.mark.parametrize("label", [Kind.OTHER_VALUES, Kind.CONTRADICTS, Kind.RELATED, Kind.CONTAINS])
def test_the_label_must_agree_that_the_texts_mean_the_same(label: Kind) -> None:
    documents = {id: Document(id, text) for id, text in (("a", "Where is the ferry?"), ("b", "where is the ferry"))}
    assert planned(documents, KeepRule(), [link("a", "b", 0.9, label)]) == []
    assert [row.id for row in planned(documents, KeepRule(), [link("a", "b", 0.9)])] == ["b"]


def test_what_stands_beside_the_text_must_agree() -> None:
    documents = {id: Document(id, "Solid beech.", title, {"size": size}) for id, title, size in ROWS}
    links = [Link(Pair(1.0, "a", other), Kind.IDENTICAL, "identical") for other in "bcd"]
    for columns, gone in (((), "bd"), (("size",), "b")):
        permission = Permission(included([Kind.PARAPHRASE]), beside=Beside(columns))
        assert "".join(one.id for one in planned(documents, KeepRule(), links, permission=permission)) == gone


ROWS = [("a", "Red chair", 1), ("b", "red chair", 1), ("c", "Blue chair", 1), ("d", "Red chair", 2)]


def test_no_pairs_take_nothing_away() -> None:
    assert planned(DOCUMENTS, KeepRule(), []) == []


CENTRAL = {"a": 1.7, "b": 1.8, "c": 1.7}


def best(made: dict[str, Document], keep: KeepRule) -> str:
    return preferred(made, keep, CENTRAL)[0]


def documents(*values: object, field: str = "seen") -> dict[str, Document]:
    texts = ["short", "somewhat longer", "longer words"]
    made = zip("abc", texts, values or [None] * 3, strict=True)
    return {id: Document(id, text, metadata={} if value is None else {field: value}) for id, text, value in made}


@pytest.mark.parametrize(("rule", "expected"), [("first", "a"), ("longest", "b"), ("best", "b")])
def test_rules_without_a_field(rule: str, expected: str) -> None:
    assert best(documents(), KeepRule(rule)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("2024-03-01", "2024-02-28", "2023-12-31"), "a"),
        (("2024-03-01", "2024-03-01T00:00:01", "2024-02-29T23:00:00+00:00"), "b"),
        (("2024-03-01T10:00:00+02:00", "2024-03-01T08:30:00Z", "2024-03-01"), "b"),
        ((9, 10, 10.5), "c"),
        (("9", "10", 2), "b"),
        ((7, 7, 7), "a"),
    ],
)
def test_the_newest_has_the_latest_date_or_the_highest_number(values: tuple[object, ...], expected: str) -> None:
    assert best(documents(*values), KeepRule("newest", "seen")) == expected


def test_all_are_ordered_and_ties_keep_their_order() -> None:
    assert preferred(documents(7, 9, 7), KeepRule("newest", "seen"), CENTRAL) == ["b", "a", "c"]
    assert preferred(documents(), KeepRule("best"), CENTRAL) == ["b", "a", "c"]


def test_the_best_may_be_the_one_with_the_highest_number() -> None:
    assert best(documents(1, 2, 30, field="votes"), KeepRule("best", "votes")) == "c"


@pytest.mark.parametrize(
    ("values", "keep", "named"),
    [
        ((1, None, 2), KeepRule("newest", "seen"), ("'b'", "'seen'", "2024-03-01")),
        ((1, 2, "soon"), KeepRule("newest", "seen"), ("'c'", "'soon'", "'seen'", "2024-03-01")),
        ((1, "2024-03-01", 2), KeepRule("newest", "seen"), ("'seen'", "date in row 'b'", "number in row 'a'")),
        ((1, 2, "2024-03-01"), KeepRule("best", "seen"), ("'c'", "'2024-03-01'", "'seen'")),
        ((1, True, 3), KeepRule("best", "seen"), ("'b'", "True")),
        ((1, "nan", 3), KeepRule("best", "seen"), ("'b'", "'nan'")),
        ((1, ["x"], 3), KeepRule("newest", "seen"), ("'b'", "['x']")),
    ],
)
def test_a_row_that_cannot_be_compared_is_named(
    values: tuple[object, ...], keep: KeepRule, named: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as refused:
        best(documents(*values), keep)
    assert all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", str(refused.value)) for part in named)


def test_rules_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(InputError, match=r"'newst'.*\bnewest\b"):
        KeepRule("newst", "seen")
    with pytest.raises(InputError, match=r"'newest'.*field"):
        KeepRule("newest")
    with pytest.raises(InputError, match=r"'first'.*'seen'"):
        KeepRule("first", "seen")
