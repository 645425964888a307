import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.clouds import KINDS, cloud, clustered, holds, scores, thresholds
from hypothesis import given, settings
from hypothesis import strategies as st

from askew.dedup.exact.begin import Keep
from askew.dedup.exact.pairs import A_PAIR, Certificate, Found, best_of_each, pairs
from askew.dedup.exact.vectors import InMemory, OnDisk, Part
from askew.errors import InputError
from askew.progress import Progress

NOTHING = Certificate(0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 2, 3, 8, 33, 384])
def test_every_pair_and_no_other_of_any_vectors_with_and_without_codes(
    kind: str, dim: int, request: pytest.FixtureRequest
) -> None:
    rows, others = cloud(kind, 90, dim), cloud(kind, 40, dim, seed=1)
    plain = {threshold: pairs(InMemory(rows), threshold) for threshold in thresholds(rows)}
    request.getfixturevalue("coded")
    middle = thresholds(rows)[5]
    for threshold, found in plain.items():
        holds(found, threshold, rows)
        if dim > 100 and (threshold != middle or kind not in ("unit", "mixed")):
            continue  # planning codes with this many dimensions takes a while
        again = pairs(InMemory(rows), threshold)
        holds(again, threshold, rows)
        assert np.array_equal(again.keys, found.keys)
        assert np.array_equal(again.scores, found.scores)
        assert (found.certificate.dimensions, again.certificate.of) == (0, dim)
        assert again.certificate.dimensions > 0
        assert found.certificate.possible == again.certificate.possible == 90 * 89 // 2
        holds(pairs(InMemory(rows), threshold, against=InMemory(others)), threshold, rows, others)


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.lists(st.lists(st.floats(-100, 100, width=32), min_size=3, max_size=3), max_size=14),
    threshold=st.floats(-1e4, 1e4),
    coded=st.booleans(),
)
def test_every_pair_of_any_numbers(numbers: list[list[float]], threshold: float, coded: bool) -> None:
    rows = np.array(numbers, np.float32).reshape(-1, 3)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("begin", "shape") if coded else ():
            patch.setattr(f"askew.dedup.exact.{module}.SMALL", 0)
        holds(pairs(InMemory(rows), threshold), threshold, rows)


def test_enough_vectors_that_codes_are_made() -> None:
    rows = clustered(6000, 64, 0.6)
    for threshold in (0.6, 0.85):
        found = pairs(InMemory(rows), threshold)
        holds(found, threshold, rows)
        assert len(found.keys) > 100
        assert found.certificate.dimensions > 0
        assert found.certificate.bound > 0.9 * found.certificate.possible == 0.9 * 6000 * 5999 / 2


@pytest.mark.usefixtures("coded")
def test_a_dense_group_among_others_loses_no_pair() -> None:
    rows = clustered(2500, 8, 0.1)
    rows[np.random.default_rng(1).permutation(2500)[:700]] = rows[0]
    found = pairs(InMemory(rows), 0.999)
    holds(found, 0.999, rows)
    assert len(found.keys) >= 700 * 699 // 2


@pytest.mark.parametrize(("dim", "codes"), [(384, False), (16, True)])
@pytest.mark.parametrize("unit", [True, False])
def test_a_pair_within_rounding_of_the_threshold_is_decided_in_float64(
    unit: bool, dim: int, codes: bool, request: pytest.FixtureRequest
) -> None:
    if codes:
        request.getfixturevalue("coded")
    rows = clustered(300, dim, 0.4) * np.float32(1 if unit else 3.7)
    exact = scores(rows, rows)
    best = np.argsort(np.triu(exact, 1), axis=None)[::-1]
    for i, j in zip(*np.unravel_index(best[[0, 1, 40, 300, 1000]], exact.shape), strict=True):
        # A step of 1e-12 is far below float32's resolution, and above the rounding of float64.
        below, above = (pairs(InMemory(rows), float(exact[i, j]) * (1 + step)) for step in (-1e-12, 1e-12))
        assert [i, j] in below.keys.tolist()
        assert [i, j] not in above.keys.tolist()
        held = below.scores[(below.keys == [i, j]).all(axis=1)]
        assert [i, j] in pairs(InMemory(rows), float(held[0])).keys.tolist()  # the threshold is inclusive


@pytest.mark.usefixtures("coded")
def test_one_vector_that_is_far_longer_than_any_other_hides_no_pair() -> None:
    rows = clustered(3000, 16, 0.2)
    rows[1234] *= 1e6
    rows[77] *= 1e-6
    for threshold in (0.97, 1e5):
        found = pairs(InMemory(rows), threshold)
        holds(found, threshold, rows)
        assert (found.keys == 1234).any()


@pytest.mark.usefixtures("coded")
def test_the_outcome_is_the_same_to_the_bit_for_any_number_of_workers(tmp_path: Path) -> None:
    rows = clustered(3000, 33, 0.3)
    (tmp_path / "v").write_bytes(rows.astype("<f4").tobytes())
    first = pairs(InMemory(rows), 0.9, workers=1)
    assert len(first.keys) > 1000
    for vectors, workers in ((InMemory(rows), 2), (InMemory(rows), 3), (OnDisk(tmp_path / "v", 3000, 33), 0)):
        found = pairs(vectors, 0.9, workers=workers)
        assert np.array_equal(found.keys, first.keys)
        assert np.array_equal(found.scores, first.scores)
        assert found.certificate == first.certificate


@pytest.mark.usefixtures("coded")
def test_keys_that_are_no_positions() -> None:
    rows = clustered(900, 8, 0.2)
    keys = np.sort(np.random.default_rng(1).choice(900, 300, replace=False))
    found = pairs(Part(InMemory(rows), keys), 0.95)
    places = np.searchsorted(keys, found.keys)
    assert np.array_equal(keys[places], found.keys)
    holds(Found(places, found.scores, NOTHING), 0.95, rows[keys])


@pytest.mark.parametrize("counts", [(0, 0), (0, 3), (3, 0), (1, 1), (2, 5)])
def test_nothing_or_little_has_no_or_few_pairs(counts: tuple[int, int], request: pytest.FixtureRequest) -> None:
    left, right = np.ones((counts[0], 4), np.float32), np.ones((counts[1], 4), np.float32)
    for _ in range(2):
        assert len(pairs(InMemory(left), 4.0).keys) == counts[0] * (counts[0] - 1) // 2
        found = pairs(InMemory(left), 4.0, against=InMemory(right))
        assert len(found.keys) == found.certificate.possible == counts[0] * counts[1]
        request.getfixturevalue("coded")


@pytest.mark.parametrize("codes", [False, True])
def test_progress_goes_up_to_all_pairs(codes: bool, request: pytest.FixtureRequest) -> None:
    if codes:
        request.getfixturevalue("coded")
    for against, total in ((None, 2100 * 2099 // 2), (InMemory(clustered(100, 8)), 2100 * 100)):
        told: list[Progress] = []
        pairs(InMemory(clustered(2100, 8)), 0.9, told.append, against=against)
        assert {one.what for one in told} == {"compare pairs"}
        assert [one.done for one in told] == sorted({one.done for one in told})
        assert (told[0].done, told[-1].done) == (0, total)
        assert {one.total for one in told} == {total}


@pytest.mark.usefixtures("coded")
def test_a_vector_that_is_no_number_is_refused(request: pytest.FixtureRequest) -> None:
    rows = clustered(200, 8)
    rows[150, 3] = np.nan
    for _ in range(2):
        with pytest.raises(InputError, match=r"\b150\b"):
            pairs(InMemory(rows), 0.9)
        request.getfixturevalue("monkeypatch").undo()  # without codes as well
    with pytest.raises(InputError, match=r"\b50\b"):
        pairs(InMemory(clustered(200, 8)), 0.9, against=InMemory(rows[100:]))


def test_too_many_pairs_are_refused_at_once_where_the_sample_can_tell(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("coded")
    told, keep, rows = list[Progress](), Keep(tmp_path / "kept", "m"), InMemory(clustered(3000, 8, 0.2))
    with pytest.raises(InputError, match=rf"pairs .*-0\.5\b.* {3000 * 144 // A_PAIR:,} "):
        pairs(rows, -0.5, told.append, keep=keep, memory=3000 * 144)
    assert told == []
    # Following the advice works despite the checkpoint of the first attempt.
    holds(pairs(rows, 0.97, keep=keep, memory=A_PAIR * 20_000), 0.97, rows.rows)


def test_too_many_pairs_are_refused_as_soon_as_they_are_found(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    rows = clustered(3000, 8, 0.05)
    count, keep = int(np.triu(scores(rows, rows) >= 0.9, 1).sum()), Keep(tmp_path / "kept", "m")
    for _ in range(2):
        found = pairs(InMemory(rows), 0.9, memory=count * A_PAIR)
        assert len(found.keys) == count
        with pytest.raises(InputError, match=rf"pairs .*\b0\.9\b.* {count - 1:,} "):
            pairs(InMemory(rows), 0.9, memory=count * A_PAIR - 1, keep=keep)
        request.getfixturevalue("coded")
    found = pairs(InMemory(rows), 0.99, memory=count * A_PAIR - 1, keep=keep)
    holds(found, 0.99, rows)
    assert len(pairs(InMemory(rows), 0.9, keep=keep).keys) == count


def test_what_was_kept_with_more_memory_is_refused_with_less(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("coded")
    rows, keep = clustered(3000, 8, 0.05), Keep(tmp_path / "kept", "m")
    count = len(pairs(InMemory(rows), 0.9, keep=keep).keys)
    with pytest.raises(InputError, match=rf"\b{count:,} pairs .*\b0\.9\b.* {count - 1:,} "):
        pairs(InMemory(rows), 0.9, keep=keep, memory=count * A_PAIR - 1)


MEMORY_CHILD = """
import sys, threading, time
from pathlib import Path
from askew.dedup.exact.codes import Product
from askew.dedup.exact.vectors import OnDisk
from askew.dedup.exact.pairs import pairs
def held():  # what the process has for itself, without the pages of files that it looks at
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))
def watch():
    global peak
    while True:
        peak = max(peak, held())
        time.sleep(0.002)
path, rows, dim, memory = sys.argv[1:]
Product(32)
peak = before = held()
threading.Thread(target=watch, daemon=True).start()
left, right = (OnDisk(Path(path), count, int(dim)) for count in (int(rows), 1500))
found = pairs(left, 0.95, against=right, memory=int(memory), workers=2)
print(peak - before, len(found.keys))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what a process has for itself")
def test_vectors_on_the_disk_are_compared_within_the_memory_that_is_given(tmp_path: Path) -> None:
    rows, dim, memory, rng = 160_000, 256, 48 << 20, np.random.default_rng(1)
    with (tmp_path / "v").open("wb") as file:
        for _ in range(16):
            part = rng.normal(size=(rows // 16, dim)).astype("<f4")
            file.write((part / np.linalg.norm(part, axis=1, keepdims=True)).tobytes())
    told = (tmp_path / "v", rows, dim, memory)
    try:
        out = subprocess.run([sys.executable, "-c", MEMORY_CHILD, *map(str, told)], capture_output=True, check=True)
    finally:
        (tmp_path / "v").unlink()
    more, count = map(int, out.stdout.split())
    assert count == 1500
    working = 128 << 20  # for two threads and the sample, regardless of the number of vectors
    assert more < memory + working < memory + rows * dim * 4


def best_by_hand(found: Found, k: int) -> list[tuple[int, int]]:
    kept = set[tuple[int, int]]()
    for column in range(1 if found.two else 2), range(1, 2) if found.two else range(2):
        for end in {int(found.keys[row, side]) for side in column for row in range(len(found.keys))}:
            of_it = [tuple(pair) for pair in found.keys.tolist() if any(pair[side] == end for side in column)]
            kept |= set(of_it[:k])
    return [tuple(pair) for pair in found.keys.tolist() if tuple(pair) in kept]


@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("k", [0, 1, 2, 5, 1000])
def test_the_best_of_each_are_the_best_of_each(k: int, two: bool) -> None:
    rows = clustered(200, 4, 0.3)
    found = pairs(InMemory(rows[:80]), 0.8, against=InMemory(rows[80:]) if two else None)
    assert len(found.keys) > 200
    best = best_of_each(found, k)
    assert [tuple(pair) for pair in best.keys.tolist()] == best_by_hand(found, k)
    assert best.certificate == found.certificate
    assert best.two is two
    scored = {tuple(pair): score for pair, score in zip(found.keys.tolist(), found.scores.tolist(), strict=True)}
    assert best.scores.tolist() == [scored[tuple(pair)] for pair in best.keys.tolist()]
    assert len(best.keys) == len(found.keys) or k < 1000


def test_the_same_key_on_both_sides_is_two_vectors() -> None:
    found = Found(np.array([[0, 1], [1, 2], [2, 0]]), np.array([0.9, 0.8, 0.7]), NOTHING, two=True)
    assert best_of_each(found, 1).keys.tolist() == [[0, 1], [1, 2], [2, 0]]
    one = Found(np.array([[0, 1], [1, 2], [0, 2]]), np.array([0.9, 0.8, 0.7]), NOTHING)
    assert best_of_each(one, 1).keys.tolist() == [[0, 1], [1, 2]]


@pytest.mark.parametrize("two", [False, True])
def test_of_nothing_the_best_is_nothing(two: bool) -> None:
    none = Found(np.empty((0, 2), np.int64), np.empty(0), NOTHING, two)
    assert best_of_each(none, 3).keys.shape == (0, 2)
