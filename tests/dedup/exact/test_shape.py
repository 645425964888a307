import numpy as np
import pytest
from helpers.clouds import KINDS, cloud, clustered, scores

from askew.dedup.exact.codes import LARGEST
from askew.dedup.exact.shape import JUDGED, SIZES, SMALL, choose
from askew.dedup.exact.vectors import InMemory, Part
from askew.errors import InputError

MANY = SMALL + 1  # pairs


def test_of_few_pairs_no_codes_are_made() -> None:
    choice = choose(InMemory(cloud("unit", 50, 40)), 0.9, SMALL, 1024)
    assert (choice.shape.axes.shape, choice.shape.m, choice.share, choice.found) == ((40, 0), 0, 1.0, 0.0)
    assert choose(InMemory(cloud("unit", 50, 40)), 0.9, SMALL + 1, 1024).shape.m > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 2, 3, 8, 33, 100])
def test_the_leading_dimensions_are_orthonormal_and_the_step_is_a_size(kind: str, dim: int) -> None:
    shape = choose(InMemory(cloud(kind, 300, dim)), 0.5, MANY, 1024).shape
    assert shape.axes.shape == (dim, shape.m)
    assert shape.m in {min(size, dim) for size in SIZES}
    assert np.allclose(shape.axes.T @ shape.axes, np.eye(shape.m), atol=1e-13)
    assert shape.step > 0
    assert np.isfinite(shape.step)


def test_no_coordinate_of_what_was_judged_is_cut_off() -> None:
    rows = cloud("unit", 900, 48)
    shape = choose(InMemory(rows), 0.9, MANY, 1024).shape
    assert (np.abs(rows @ shape.axes) <= LARGEST * shape.step).all()


def test_the_leading_dimensions_hold_what_the_vectors_vary_in_and_what_they_share() -> None:
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(200, 200)))[0]
    rows = rng.normal(size=(3000, 20)) @ basis[:20] + 5 * basis[30] + 1e-3 * rng.normal(size=(3000, 200))
    shape = choose(InMemory(rows.astype(np.float32)), 40.0, MANY, SIZES[0]).shape
    assert shape.m == SIZES[0]
    rest = rows - rows @ shape.axes @ shape.axes.T
    assert np.linalg.norm(rest, axis=1).max() < 0.05


def test_a_lower_threshold_never_takes_fewer_dimensions_nor_more_than_are_allowed() -> None:
    rows = InMemory(clustered(3000, 300, 1.0))
    taken = [choose(rows, threshold, MANY, 1024).shape.m for threshold in (0.95, 0.7, 0.5)]
    assert taken == sorted(taken)
    assert taken[-1] > SIZES[0]
    assert choose(rows, 0.5, MANY, 70).shape.m <= 64


def test_what_is_found_and_computed_is_judged_by_the_sample() -> None:
    rows = clustered(JUDGED, 32, 0.2)
    choice = choose(InMemory(rows), 0.9, MANY, 1024)
    held = scores(rows, rows)[np.triu_indices(JUDGED, 1)]
    assert choice.found == pytest.approx((held >= 0.9).mean(), rel=1e-6)  # the sample is the whole corpus
    assert choice.share >= choice.found > 0


def test_the_same_vectors_have_the_same_plan() -> None:
    rows = InMemory(clustered(5000, 40))
    one, other = (choose(rows, 0.8, MANY, 1024).shape for _ in range(2))
    assert np.array_equal(one.axes, other.axes)
    assert one.step == other.step


def test_keys_that_are_no_positions_are_sampled_as_well() -> None:
    rows = InMemory(clustered(5000, 40))
    shape = choose(Part(rows, np.arange(0, 5000, 7)), 0.8, MANY, 1024).shape
    assert shape.m == min(SIZES[0], 40)


def test_a_vector_that_is_no_number_is_named_before_anything_is_made_of_it() -> None:
    rows = clustered(300, 8)
    rows[123] = np.inf
    with pytest.raises(InputError, match=r"\b123\b"):
        choose(InMemory(rows), 0.8, MANY, 1024)
