import pytest

from askew.search.ranking import SearchParams


@pytest.mark.parametrize(
    ("offset", "k", "depth"), [(0, 5, 100), (95, 5, 100), (100, 1, 1000), (990, 10, 1000), (0, 1001, 10_000)]
)
def test_pages_within_one_step_are_cut_from_the_same_depth(offset: int, k: int, depth: int) -> None:
    how = SearchParams(k=k, offset=offset)
    assert (how.reach, how.depth) == (offset + k, depth)
