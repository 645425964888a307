import json
from itertools import combinations
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from askew.contract import Contract
from askew.dedup.corpus import ListCorpus
from askew.dedup.find import PairParams, representatives
from askew.dedup.groups import NAME, cliques, components, divided, grouped, groups, named
from askew.dedup.labels import JudgedPair, labelled
from askew.dedup.set_join.layers import Layer
from askew.dedup.texts import encoded
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.types import Document, Group

POSITION = st.integers(0, 19)
EDGES = st.lists(st.tuples(POSITION, POSITION), max_size=60)
DISTINCT = st.dictionaries(
    st.tuples(POSITION, POSITION).filter(lambda pair: pair[0] < pair[1]), st.sampled_from([0.7, 0.8, 0.9, 1.0])
)


def array(edges: object) -> np.ndarray:
    return np.array(list(edges), np.int64).reshape(-1, 2)


def walked(n: int, edges: list[tuple[int, int]]) -> list[int]:
    """Return the lowest position reachable from each position."""
    beside: dict[int, set[int]] = {position: set() for position in range(n)}
    for a, b in edges:
        beside[a].add(b)
        beside[b].add(a)
    found = []
    for start in range(n):
        seen, ahead = {start}, [start]
        while ahead:
            new = beside[ahead.pop()] - seen
            seen |= new
            ahead += new
        found.append(min(seen))
    return found


@given(EDGES)
def test_components_are_what_a_walk_meets(edges: list[tuple[int, int]]) -> None:
    assert components(20, array(edges)).tolist() == walked(20, edges)


def test_long_chains_and_stars_in_any_order() -> None:
    rng = np.random.default_rng(1)
    names = rng.permutation(30_000)
    chain = np.stack((names[:-1], names[1:]), axis=1)
    star = np.stack((np.full(30_000, names[0]), names), axis=1)
    for edges in (chain, chain[:, ::-1], star, rng.permutation(chain), rng.permutation(star)):
        assert not components(30_000, edges).any()
    assert len(np.unique(components(30_000, np.delete(chain, [10, 9000, 20_000], axis=0)))) == 4


@given(DISTINCT, st.lists(st.tuples(POSITION, POSITION).filter(lambda pair: pair[0] != pair[1]), max_size=8))
def test_what_must_be_apart_is_apart_and_nothing_else_is(
    scores: dict[tuple[int, int], float], foes: list[tuple[int, int]]
) -> None:
    edges = [pair for pair in scores if pair not in foes and pair[::-1] not in foes]
    labels = divided(20, array(edges), np.array([scores[pair] for pair in edges]), array(foes)).tolist()
    assert all(labels[a] != labels[b] for a, b in foes)
    assert labels == walked(20, [(a, b) for a, b in edges if labels[a] == labels[b]])
    for a, b in edges:  # a pair is split over two groups only if these contain foes
        sides = {labels[a], labels[b]}
        assert len(sides) == 1 or any({labels[one], labels[other]} == sides for one, other in foes)


def linked(n: int, scores: dict[tuple[int, int], float]) -> list[int]:
    """Textbook complete linkage: repeatedly merge the two groups whose worst pair is best."""
    groups = [{position} for position in range(n)]
    while True:
        best: tuple[float, tuple[int, ...], int, int] | None = None
        for i, j in combinations(range(len(groups)), 2):
            between = [
                (-scores.get((min(a, b), max(a, b)), -9.0), min(a, b), max(a, b)) for a in groups[i] for b in groups[j]
            ]
            worst = max(between)
            if worst[0] <= 0 and (best is None or (worst[0], worst[1:]) < (best[0], best[1])):
                best = (worst[0], worst[1:], i, j)
        if best is None:
            return [min(group) for position in range(n) for group in groups if position in group]
        groups[best[2]] |= groups.pop(best[3])


@given(DISTINCT)
def test_within_a_clique_every_two_are_a_pair(scores: dict[tuple[int, int], float]) -> None:
    labels = cliques(20, array(scores), np.array(list(scores.values())))
    for a, b in combinations(range(20), 2):
        assert labels[a] != labels[b] or (a, b) in scores
    assert labels.tolist() == linked(20, scores)


@given(DISTINCT, st.randoms())
def test_the_order_of_the_pairs_and_of_their_ends_means_nothing(
    scores: dict[tuple[int, int], float], random: object
) -> None:
    turned = [((b, a) if random.random() < 0.5 else (a, b), score) for (a, b), score in scores.items()]
    random.shuffle(turned)
    mixed = cliques(20, array(pair for pair, _ in turned), np.array([score for _, score in turned]))
    assert mixed.tolist() == cliques(20, array(scores), np.array(list(scores.values()))).tolist()


def test_a_chain_is_one_group_but_not_one_clique() -> None:
    keys, scores = array([(0, 1), (1, 2), (2, 3)]), np.array([0.8, 0.9, 0.8])
    ids = ["a", "b", "c", "d", "e"]
    assert grouped(ids, keys, scores) == [Group("", ("a", "b", "c", "d"), "b")]
    assert grouped(ids, keys, scores, strict=True) == [Group("", ("b", "c"), "b")]


def test_a_pair_given_twice_and_one_with_itself_count_once_and_never() -> None:
    keys = array([(0, 1), (1, 0), (1, 2), (2, 1), (2, 2)])
    labels = cliques(3, keys, np.array([0.9, 0.9, 0.8, 0.8, 1.0]))
    assert labels.tolist() == [0, 0, 2]


def test_the_representative_is_nearest_to_the_others_and_the_first_of_equals() -> None:
    keys = array([(0, 1), (0, 2), (1, 2)])
    [group] = grouped(["a", "b", "c"], keys, np.array([0.8, 0.9, 0.95]))
    assert group.representative == "c"
    [group] = grouped(["a", "b", "c"], keys, np.array([0.1 + 0.2, 0.3, 0.3]))
    assert group.representative == "a"
    # A hub with weaker pairs to all is more central than the ends of one strong pair.
    [group] = grouped(["a", "b", "c", "d"], array([(0, 1), (2, 0), (2, 1), (2, 3)]), np.array([0.99, 0.8, 0.8, 0.8]))
    assert group.representative == "c"


def test_nothing_has_no_groups() -> None:
    nothing = array([])
    assert components(0, nothing).tolist() == cliques(0, nothing, np.empty(0)).tolist() == []
    assert grouped([], nothing, np.empty(0)) == []
    assert components(3, nothing).tolist() == [0, 1, 2]


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


TEXTS = ["red tents on a hill", "Red tents on a hill!", "red tents on the hill", "no red tents on a hill", "soup"]


def made(tmp_path: Path, texts: list[str], kinds: set[Kind] | frozenset[Kind] = DUPLICATE) -> list[Group]:
    documents = [Document(f"d{n}", text) for n, text in enumerate(texts)]
    corpus = ListCorpus(encoded(documents, *Contract.for_task("paraphrase", model="hashing"), tmp_path))
    found = representatives(corpus, PairParams(0.5))
    return groups(corpus, labelled(corpus, corpus, found), found.first, kinds)


def test_copies_and_paraphrases_are_one_group_and_what_contradicts_is_not_in_it(tmp_path: Path) -> None:
    [group] = made(tmp_path, TEXTS)
    assert (group.id, group.members) == ("g000001", ("d0", "d1", "d2"))
    [larger] = made(tmp_path / "all", TEXTS, DUPLICATE | {Kind.CONTRADICTS})
    assert larger.members == ("d0", "d1", "d2", "d3")


def test_two_that_are_at_odds_are_apart_whatever_lies_between_them(tmp_path: Path) -> None:
    chain = ["the shop opens on monday", "when the shop opens", "the shop opens on friday"]
    documents = [Document(f"d{n}", text) for n, text in enumerate(chain)]
    corpus = ListCorpus(encoded(documents, *Contract.for_task("paraphrase", model="hashing"), tmp_path))
    texts = [("d0", "d1", 0.9), ("d1", "d2", 0.8), ("d0", "d2", 0.95)]
    place = {document.id: row for row, document in enumerate(documents)}
    pairs = [
        JudgedPair(
            score,
            a,
            b,
            Kind.OTHER_VALUES if score == 0.95 else Kind.PARAPHRASE,
            "",
            Layer.SEMANTIC,
            chain[place[a]],
            chain[place[b]],
            positions=(place[a], place[b]),
        )
        for a, b, score in texts
    ]
    [group] = groups(corpus, pairs, np.arange(3), DUPLICATE)
    assert group.members == ("d0", "d1")
    [all] = groups(corpus, pairs, np.arange(3), DUPLICATE | {Kind.OTHER_VALUES})
    assert all.members == ("d0", "d1", "d2")


def test_copies_alone_are_a_group(tmp_path: Path) -> None:
    found = made(tmp_path, ["soup", "tent", "Soup.", "tent"])
    assert [group.members for group in found] == [("d0", "d2"), ("d1", "d3")]


def test_ids_stay_while_texts_come_and_a_lost_memory_only_costs_names(tmp_path: Path) -> None:
    [first] = made(tmp_path, TEXTS)
    again = made(tmp_path, [*TEXTS, "Soup", "RED TENTS ON A HILL"])
    assert [(group.id, group.members) for group in again] == [
        (first.id, ("d0", "d1", "d2", "d6")),
        ("g000002", ("d4", "d5")),
    ]
    for broken in ("", "{", json.dumps({"members": 3}), json.dumps([])):
        (tmp_path / NAME).write_text(broken)
        assert [group.id for group in made(tmp_path, TEXTS)] == ["g000001"]
