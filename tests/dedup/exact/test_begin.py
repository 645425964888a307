"""Resume from a checkpoint, observed from outside: by the progress of `pairs` and the files in the folder."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.clouds import clustered, holds

from askew.dedup.exact.begin import Keep, begin
from askew.dedup.exact.kept import Folder, Memory, load
from askew.dedup.exact.pairs import Found, pairs
from askew.dedup.exact.vectors import InMemory, Part
from askew.errors import InputError
from askew.lock import WriteLock
from askew.progress import Progress
from askew.types import FloatMatrix

ROWS = clustered(4000, 8, 0.2)
THRESHOLD = 0.98
pytestmark = pytest.mark.usefixtures("coded")


class Kept:
    """A checkpoint folder and the number of pairs the last run compared."""

    def __init__(self, folder: Path) -> None:
        self.keep = Keep(folder, "m")
        self.compared = 0

    def run(self, keys: object, threshold: float = THRESHOLD, identity: str = "m", rows: FloatMatrix = ROWS) -> Found:
        """Mine the vectors with these keys and compare with brute force."""
        told, part = list[Progress](), Part(InMemory(rows), np.asarray(keys, np.int64))
        found = pairs(part, threshold, told.append, keep=Keep(self.keep.folder, identity))
        places = np.searchsorted(part.keys, found.keys)
        assert np.array_equal(part.keys[places], found.keys)
        holds(Found(places, found.scores, found.certificate), threshold, rows[part.keys])
        assert told[-1].done == told[-1].total == found.certificate.possible
        self.compared = told[-1].done - told[0].done
        return found

    @property
    def segments(self) -> int:
        plan = load(self.keep.folder, self.keep.identity)
        assert plan is not None
        return len(plan.left)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "deep" / "kept")


def all_pairs(count: int) -> int:
    return count * (count - 1) // 2


def test_the_same_again_compares_nothing(kept: Kept) -> None:
    first = kept.run(range(2000))
    assert kept.compared == all_pairs(2000)
    again = kept.run(range(2000))
    assert kept.compared == 0
    assert np.array_equal(again.keys, first.keys)
    assert np.array_equal(again.scores, first.scores)
    assert again.certificate == first.certificate


def test_a_higher_threshold_is_answered_from_what_there_is_and_a_lower_one_is_not(kept: Kept) -> None:
    low = kept.run(range(2000))
    high = kept.run(range(2000), 0.99)
    assert kept.compared == 0
    assert 0 < len(high.keys) < len(low.keys)
    kept.run(range(2000), 0.97)
    assert kept.compared == all_pairs(2000)
    kept.run(range(2000))
    assert kept.compared == 0


def test_another_identity_begins_anew_and_leaves_nothing_of_the_old(kept: Kept) -> None:
    kept.run(range(2000))
    kept.run(range(2000), identity="other", rows=clustered(4000, 8, 0.2, seed=5))
    assert kept.compared == all_pairs(2000)
    assert load(kept.keep.folder, "m") is None
    kept.run(range(2000))
    assert kept.compared == all_pairs(2000)


@pytest.mark.parametrize("more", [1, 2, 1024, 2000])
def test_what_is_new_is_compared_with_everything_and_nothing_else_is(kept: Kept, more: int) -> None:
    kept.run(range(2000))
    found = kept.run(range(2000 + more))
    assert kept.compared == 2000 * more + all_pairs(more)
    assert found.certificate.possible == all_pairs(2000 + more)


def test_ten_times_more(kept: Kept) -> None:
    count = 1000
    kept.run(range(count))
    for step in (1, 500, 3, 1, 1024, 2, 100, 1, 7, 60):
        kept.run(range(count + step))
        assert kept.compared == count * step + all_pairs(step)
        count += step
    assert kept.segments == 11


def test_new_vectors_may_have_keys_between_the_old_ones(kept: Kept) -> None:
    kept.run(range(0, 4000, 2))
    kept.run(sorted({*range(0, 4000, 2), 7, 1501, 3999}))
    assert kept.compared == 2000 * 3 + 3


def test_what_went_is_not_found_and_what_is_left_is_not_compared_again(kept: Kept) -> None:
    whole = kept.run(range(2000))
    gone = np.unique(whole.keys[:40, 0])
    left = np.setdiff1d(np.arange(2000), gone)
    found = kept.run(left)
    assert kept.compared == 0
    assert not np.isin(found.keys, gone).any()
    kept.run([*left, 2000, 2001])
    assert kept.compared == 2 * len(left) + 1
    kept.run([*np.setdiff1d(left, [1999, 5]), 2001, 2002])
    assert kept.compared == len(left) - 2 + 1


def test_where_more_than_half_went_the_plan_is_made_anew(kept: Kept) -> None:
    kept.run(range(2000))
    kept.run(range(1000, 2000))
    assert kept.compared == 0
    kept.run(range(1001, 2000))
    assert kept.compared == all_pairs(999)
    assert kept.segments == 1


def test_what_was_gone_and_is_back_was_not_compared_with_what_came_meanwhile(kept: Kept) -> None:
    kept.run(range(2000))
    kept.run([*range(5, 2000), *range(2000, 3000)])  # as written by another process that saw a later state
    kept.run(range(3000))
    assert kept.compared == all_pairs(3000)


def test_a_corpus_that_becomes_empty_or_was(kept: Kept) -> None:
    kept.run(range(1500))
    assert len(kept.run([]).keys) == 0
    kept.run(range(1500))
    kept.run(range(3000, 3200))
    kept.run([*range(1500), *range(3000, 3200)])


def stopped(kept: Kept, after: int, threshold: float = THRESHOLD, monkeypatch: pytest.MonkeyPatch | None = None) -> int:
    """Interrupt after this many tasks and return the number of pairs compared."""
    told = list[Progress]()

    def report(progress: Progress) -> None:
        told.append(progress)
        if len(told) > after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pairs(InMemory(ROWS), threshold, report, keep=kept.keep, workers=1)
    return told[-1].done


@pytest.fixture
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askew.dedup.exact.work.TILES", 1)


@pytest.mark.usefixtures("small_tasks")
def test_ctrl_c_leaves_what_was_done(kept: Kept) -> None:
    done = stopped(kept, 2)
    assert 0 < done < all_pairs(4000)
    assert len(Folder(kept.keep.folder).done) == 2
    kept.run(range(4000))
    assert kept.compared == all_pairs(4000) - done


@pytest.mark.usefixtures("small_tasks")
def test_ctrl_c_before_anything_is_done_and_again_and_again(kept: Kept) -> None:
    assert stopped(kept, 0) == 0
    one = stopped(kept, 1)
    assert stopped(kept, 1) > one > 0
    kept.run(range(4000))
    assert 0 < kept.compared < all_pairs(4000)


@pytest.mark.usefixtures("small_tasks")
def test_what_was_left_at_a_low_threshold_is_done_for_the_higher_one_that_is_asked_now(kept: Kept) -> None:
    done = stopped(kept, 2, threshold=0.9)
    kept.run(range(4000), 0.98)
    assert kept.compared == all_pairs(4000) - done
    kept.run(range(4000), 0.98)
    assert kept.compared == 0
    kept.run(range(4000), 0.9)  # it was never called for the last blocks
    assert kept.compared == all_pairs(4000)


@pytest.mark.usefixtures("small_tasks")
def test_a_vector_that_goes_while_a_run_lies_unfinished_and_comes_back(kept: Kept) -> None:
    stopped(kept, 1)
    kept.run(range(10, 4000))
    kept.run(range(4000))
    assert kept.compared == all_pairs(4000)


@pytest.mark.usefixtures("small_tasks")
def test_an_unfinished_run_grows_and_shrinks(kept: Kept) -> None:
    rows = np.concatenate([ROWS, clustered(1000, 8, 0.2, seed=9)])
    stopped(kept, 1)
    kept.run([*range(100, 4000), *range(4000, 4500)], rows=rows)
    kept.run([*range(100, 3000), *range(4000, 5000)], rows=rows)
    assert kept.compared == 500 * (2900 + 500) + all_pairs(500)


def test_a_lower_threshold_holds_for_what_is_new_so_that_it_can_be_asked_again(kept: Kept) -> None:
    kept.run(range(2000), 0.97)
    kept.run(range(2100), 0.99)
    kept.run(range(2100), 0.97)
    assert kept.compared == 0


HOLD = """
import sys
from pathlib import Path
from askew.lock import WriteLock
lock = WriteLock(Path(sys.argv[1]), 0)
print("held", flush=True)
sys.stdin.readline()
"""


def test_while_another_process_has_the_folder_this_one_waits(kept: Kept) -> None:
    kept.run(range(2000))
    command = [sys.executable, "-c", HOLD, str(kept.keep.folder.with_name("kept.lock"))]
    told: list[str] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"

        def report(progress: Progress) -> None:
            told.append(progress.what)
            child.kill()  # the lock of a process that dies is free

        pairs(InMemory(ROWS[:2100]), THRESHOLD, report, keep=kept.keep)
    assert told[0].startswith("wait")
    kept.run(range(2100))
    assert kept.compared == 0


def test_the_folder_is_free_again_after_a_run_that_failed(kept: Kept) -> None:
    def report(_: Progress) -> None:
        raise RuntimeError("of the caller")

    with pytest.raises(RuntimeError, match="of the caller"):
        pairs(InMemory(ROWS), THRESHOLD, report, keep=kept.keep)
    WriteLock(kept.keep.folder.with_name("kept.lock"), 0).release()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    rows = ROWS[:1500]
    holds(pairs(InMemory(rows), THRESHOLD, keep=Keep(tmp_path / "file" / "kept", "m")), THRESHOLD, rows)


def test_of_a_small_work_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    rows = ROWS[:100]
    holds(pairs(InMemory(rows), THRESHOLD, keep=Keep(tmp_path / "kept", "m")), THRESHOLD, rows)
    assert list(tmp_path.iterdir()) == []


def test_two_corpora_are_kept_while_both_are_as_they_were(tmp_path: Path) -> None:
    def run(left: int, right: int) -> int:
        told, a, b = list[Progress](), ROWS[:left], ROWS[2000 : 2000 + right]
        found = pairs(InMemory(a), THRESHOLD, told.append, against=InMemory(b), keep=Keep(tmp_path / "kept", "m"))
        holds(found, THRESHOLD, a, b)
        return told[-1].done - told[0].done

    assert run(1100, 900) == 1100 * 900
    assert run(1100, 900) == 0
    assert run(1101, 900) == 1101 * 900
    assert run(1101, 901) == 1101 * 901
    assert run(1101, 901) == 0


def test_one_corpus_and_two_do_not_share_a_plan(tmp_path: Path) -> None:
    rows, keep = ROWS[:1500], Keep(tmp_path / "kept", "m")
    holds(pairs(InMemory(rows), THRESHOLD, keep=keep), THRESHOLD, rows)
    holds(pairs(InMemory(rows), THRESHOLD, keep=keep, against=InMemory(rows)), THRESHOLD, rows, rows)
    holds(pairs(InMemory(rows), THRESHOLD, keep=keep), THRESHOLD, rows)


def test_memory_is_refused_before_anything_is_done_and_the_sentence_says_how_much_it_takes(tmp_path: Path) -> None:
    rows = InMemory(ROWS)
    needed = 4000 * 144
    told = list[Progress]()
    with pytest.raises(InputError, match=r"\b4,000 vectors .*\b1 MiB"):
        pairs(rows, THRESHOLD, told.append, keep=Keep(tmp_path / "kept", "m"), memory=needed - 2)
    assert told == []
    assert not (tmp_path / "kept").exists()
    with begin((rows, rows), THRESHOLD, None, needed // 2) as begun:
        assert begun.plan.shape.m == 8
        assert isinstance(begun.ledger, Memory)


def test_what_has_grown_beyond_its_memory_is_planned_anew_with_shorter_codes(tmp_path: Path) -> None:
    rows = clustered(3000, 200, 1.2)
    keep, held = Keep(tmp_path / "kept", "m"), InMemory(rows[:1500])
    pairs(held, 0.6, keep=keep)
    before = load(keep.folder, "m")
    assert before is not None
    assert before.shape.m > 32
    memory = 3000 * (before.shape.m - 1 + 40)
    with begin((InMemory(rows), InMemory(rows)), 0.6, keep, memory) as begun:
        assert begun.plan.shape.m < before.shape.m  # two objects are two corpora
    same = InMemory(rows)
    pairs(held, 0.6, keep=keep)
    with begin((same, same), 0.6, keep, memory) as begun:
        assert begun.plan.shape.m < before.shape.m
        assert not begun.kept
