import numpy as np
import pytest
from helpers.clouds import KINDS, cloud, holds, scores, thresholds

from askew.dedup.exact.codes import TILE, Codes, Product, Shape, encode
from askew.dedup.exact.pairs import Certificate, Found
from askew.dedup.exact.tiles import DENSE, NONE, Bar, Column, Counts, Pairs, joined, refuse
from askew.dedup.exact.vectors import InMemory
from askew.errors import InputError
from askew.types import FloatMatrix

NOTHING = Certificate(0, 0, 0, 0, 0, 0)


def shape_of(rows: FloatMatrix, m: int) -> Shape:
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(rows.shape[1], m)))[0]
    return Shape(turn, float(np.abs(rows).max()) / 50 or 1.0)


def compared(
    left: FloatMatrix, right: FloatMatrix, threshold: float, m: int, same: bool = False, most: int = 10**9
) -> tuple[Found, Counts]:
    """Compare one block with another, in the order of `pairs`."""
    shape = shape_of(np.concatenate([left, right]), m)
    blocks = [encode(InMemory(rows), np.arange(len(rows)), shape).block(0) for rows in (left, right)]
    bar, product = Bar(threshold, shape.step, most), Product(m) if m else None
    found, counts = Column(InMemory(left), InMemory(right), blocks[1], bar, product).compare([(blocks[0], same)])
    keys = np.sort(found.keys, axis=1) if same else found.keys
    order = np.lexsort((keys[:, 1], keys[:, 0], -found.scores))
    return Found(keys[order], found.scores[order], NOTHING), counts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("m", [0, 2, 5])
def test_a_block_with_itself_and_with_another(kind: str, m: int) -> None:
    rows, others = cloud(kind, 90, 5), cloud(kind, 40, 5, seed=1)
    for threshold in thresholds(rows):
        found, counts = compared(rows, rows, threshold, m, same=True)
        holds(found, threshold, rows)
        assert counts.possible == 90 * 89 // 2
        found, counts = compared(rows, others, threshold, m)
        holds(found, threshold, rows, others)
        assert counts.possible == 90 * 40
        assert counts.computed >= len(found.scores)


def test_many_candidates_are_computed_as_one_product_and_few_one_by_one() -> None:
    rows = cloud("unit", TILE, 16)
    few, many = (float(np.quantile(scores(rows, rows)[np.triu_indices(TILE, 1)], q)) for q in (0.9999, 0.5))
    found, counts = compared(rows, rows, few, 16, same=True)
    holds(found, few, rows)
    assert 0 < counts.computed < DENSE * TILE * TILE
    found, counts = compared(rows, rows, many, 16, same=True)
    holds(found, many, rows)
    assert counts.computed == counts.possible


@pytest.mark.parametrize("dim", [1, 33, 4096, 16384])
def test_what_float32_rounds_away_loses_no_pair(dim: int) -> None:
    for seed in range(30):  # sums of equal products, always rounded in the same direction
        number = np.float32(np.random.default_rng(seed).uniform(0.5, 2) / np.sqrt(dim))
        rows = np.full((5, dim), number, np.float32)
        [score] = {float(np.einsum("i,i->", row.astype(np.float64), row.astype(np.float64))) for row in rows[:1]}
        found, _ = compared(rows, rows, score * (1 - 1e-12), 0, same=True)
        assert len(found.keys) == 10
        assert len(compared(rows, rows, score * (1 + 1e-12), 0, same=True)[0].keys) == 0


def test_what_underflows_in_float32_loses_no_pair() -> None:
    rows = np.full((4, 3), 1e-30, np.float32)
    rows[2:] = 1e-20
    exact = scores(rows, rows)
    for threshold in (float(exact[0, 1]), float(exact[0, 2]), float(exact[2, 3])):
        holds(compared(rows, rows, threshold * (1 - 1e-9), 0, same=True)[0], threshold * (1 - 1e-9), rows)
    tall = np.array([[1e12], [1e-25]], np.float32)
    holds(compared(tall, tall, 0.99e-13, 1, same=True)[0], 0.99e-13, tall)


def test_blocks_that_are_too_short_for_each_other_are_never_looked_at() -> None:
    rows, others = cloud("unit", 30, 4), 0.1 * cloud("unit", 20, 4)
    for m in (0, 4):
        found, counts = compared(rows, others, 5.0, m)
        assert counts == Counts(length=600)
        assert len(found.keys) == 0


def test_what_has_no_key_any_more_is_compared_with_nothing() -> None:
    rows = cloud("group", 50, 4)
    shape = shape_of(rows, 4)
    whole = encode(InMemory(rows), np.arange(50), shape)
    keys = np.where(np.isin(whole.keys, [3, 7, 40]), -1, whole.keys)
    block = Codes(keys, whole.codes, whole.inner, whole.error, whole.tail, whole.length)
    for product in (Product(4), None):
        column = Column(InMemory(rows), InMemory(rows), block, Bar(-1e9, shape.step), product)
        found, counts = column.compare([(block, True)])
        assert counts.possible == len(found.keys) == 47 * 46 // 2
        assert not np.isin(found.keys, [-1, 3, 7, 40]).any()
        assert len(np.unique(np.sort(found.keys, axis=1), axis=0)) == len(found.keys)


def test_more_pairs_than_may_be_held_are_refused_while_a_block_is_compared() -> None:
    rows = cloud("equal", TILE, 3)
    with pytest.raises(InputError, match=r"pairs .*-100\b.* 1,000 "):
        compared(rows, rows, -100.0, 0, same=True, most=1000)


def test_a_count_is_refused_only_above_what_fits() -> None:
    refuse(10, 0.5, 10)
    with pytest.raises(InputError, match=r"\b11 pairs .*\b0\.5\b.* 10 "):
        refuse(11, 0.5, 10)


def test_counts_add_up() -> None:
    total = sum([Counts(1, 2, 3), Counts(10, 20, 30)], Counts())
    assert (total.length, total.bound, total.computed, total.possible) == (11, 22, 33, 66)


def test_parts_are_joined_in_their_order_and_none_of_them_is_nothing() -> None:
    one, other = Pairs(np.array([[1, 2]]), np.array([0.5])), Pairs(np.array([[0, 3], [4, 5]]), np.array([0.2, 0.1]))
    whole = joined([one, NONE, other])
    assert whole.keys.tolist() == [[1, 2], [0, 3], [4, 5]]
    assert whole.scores.tolist() == [0.5, 0.2, 0.1]
    assert joined([]).keys.shape == (0, 2)
