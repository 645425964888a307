import numpy as np
from helpers.themes import same_partition, themed
from hypothesis import given, settings
from hypothesis import strategies as st

from askew.mining.clusters.communities import communities, gathered


def plain(count: int, edges: list[tuple[int, int]], least: int) -> list[int]:
    """Naive implementation of the rule."""
    near = {i: {i} for i in range(count)}
    for a, b in edges:
        near[a].add(b)
        near[b].add(a)
    free, labels, number = set(range(count)), [-1] * count, 0
    while True:
        sizes = {i: len(near[i] & free) for i in sorted(free)}
        best = max(sizes, key=lambda i: (sizes[i], -i), default=None)
        if best is None or sizes[best] < least:
            return labels
        for member in near[best] & free:
            labels[member] = number
        free -= near[best]
        number += 1


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    count = draw(st.integers(1, 14))
    possible = [(a, b) for a in range(count) for b in range(a + 1, count)]
    return count, draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []


@settings(max_examples=200, deadline=None)
@given(graphs(), st.integers(1, 4))
def test_it_is_the_rule(graph: tuple[int, list[tuple[int, int]]], least: int) -> None:
    count, edges = graph
    found = gathered(count, np.array(edges, np.int64).reshape(-1, 2), least)
    assert found.tolist() == plain(count, edges, least)


def test_every_member_is_a_neighbour_of_its_centre_and_the_largest_comes_first() -> None:
    _, vectors, _ = themed(each=40, noise=0.9)
    labels = communities(vectors, 0.6, 4)
    scores = vectors @ vectors.T
    sizes = []
    for number in range(labels.max() + 1):
        members = np.flatnonzero(labels == number)
        assert (scores[np.ix_(members, members)].min(axis=1).max()) >= 0.6 - 1e-6
        sizes.append(len(members))
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) >= 4


def test_clear_themes_are_found_whole() -> None:
    _, vectors, truth = themed()
    assert same_partition(communities(vectors, 0.7, 5), truth)


def test_nothing_reaches_the_threshold() -> None:
    assert communities(np.eye(6, dtype=np.float32), 0.5, 2).tolist() == [-1] * 6
