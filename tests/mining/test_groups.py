from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from askew.mining.groups import cliques, components, divided, grouped
from askew.types import Group

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
