from hypothesis import given
from hypothesis import strategies as st

from askew.mining.names import named
from askew.types import Group


def group(*members: str) -> Group:
    return Group("", members, members[0])


def kept(groups: list[Group]) -> dict[str, str]:
    return {member: made.id for made in groups for member in made.members}


def ids(groups: list[Group]) -> list[str]:
    return [made.id for made in groups]


def test_new_groups_are_numbered() -> None:
    made = named([group("a", "b"), group("c", "d")], {})
    assert made == [Group("g000001", ("a", "b"), "a"), Group("g000002", ("c", "d"), "c")]


def test_a_group_that_grows_or_shrinks_keeps_its_id() -> None:
    before = kept(named([group("a", "b", "c"), group("d", "e")], {}))
    assert ids(named([group("d", "e", "x"), group("y", "z"), group("b", "c")], before)) == [
        "g000002",
        "g000003",
        "g000001",
    ]


def test_of_groups_that_merge_the_first_members_id_stays_and_the_other_is_told() -> None:
    before = {"b": "g000001", "d": "g000001", "a": "g000007", "c": "g000007"}
    [made] = named([group("a", "b", "c", "d")], before)
    assert (made.id, made.merged) == ("g000007", ("g000001",))


def test_of_a_split_the_part_with_the_first_member_keeps_the_id() -> None:
    before = kept(named([group("b", "c", "d", "e")], {}))
    assert ids(named([group("a", "d"), group("b", "e")], before)) == ["g000002", "g000001"]


def test_the_first_member_that_is_still_in_a_group_counts() -> None:
    before = kept(named([group("a", "b", "c", "d", "e")], {}))
    assert ids(named([group("d", "e"), group("b", "c")], before)) == ["g000002", "g000001"]


def test_a_part_that_joins_another_group_brings_its_id_only_if_it_is_its_own() -> None:
    before = kept(named([group("a", "b"), group("c", "d")], {}))
    first, second = named([group("a", "x"), group("b", "c", "d")], before)
    assert (first.id, first.merged) == ("g000001", ())
    assert (second.id, second.merged) == ("g000002", ())


def test_an_id_that_is_gone_never_stands_for_another_group() -> None:
    first = named([group("a", "b"), group("c", "d")], {})
    merged = named([group("a", "b", "c", "d")], kept(first))
    assert ids(merged) == ["g000001"]
    later = [group("a", "b", "c", "d"), group("e", "f")]
    assert ids(named(later, kept(merged), used=ids(first))) == ["g000001", "g000003"]


def test_ids_of_others_are_kept_and_do_not_count() -> None:
    made = named([group("a", "b"), group("c", "d")], {"a": "tents", "z": "g12x"})
    assert ids(made) == ["tents", "g000001"]


MEMBERS = [f"m{number:02d}" for number in range(12)]
PARTITION = st.lists(st.integers(0, 5), min_size=12, max_size=12)


def parted(marks: list[int], members: list[str]) -> list[Group]:
    found: dict[int, list[str]] = {}
    for member, mark in zip(members, marks, strict=False):
        found.setdefault(mark, []).append(member)
    return [group(*part) for part in found.values() if len(part) > 1]


@given(PARTITION, PARTITION)
def test_every_id_is_kept_by_one_group_at_most_and_none_is_given_twice(old: list[int], new: list[int]) -> None:
    before = named(parted(old, MEMBERS), {})
    after = named(parted(new, MEMBERS), kept(before))
    taken = [id for made in after for id in (made.id, *made.merged)]
    assert len(taken) == len(set(taken))
    for made in after:
        brought = {kept(before)[member] for member in made.members if member in kept(before)}
        assert {made.id, *made.merged} & set(ids(before)) <= brought
    for gone in set(ids(before)) - set(taken):  # only ids no longer in use
        assert not any(kept(before).get(member) == gone for made in after for member in made.members)


@given(PARTITION)
def test_documents_that_are_added_change_no_id(marks: list[int]) -> None:
    before = named(parted(marks, MEMBERS), {})
    grown = [group(*made.members, f"z{number}") for number, made in enumerate(before)]
    after = named([*grown, group("zx", "zy")], kept(before))
    assert ids(after)[:-1] == ids(before)
    assert ids(after)[-1] not in ids(before)
