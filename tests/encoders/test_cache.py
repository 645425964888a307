import os
import queue
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from askew.dedup.exact.vectors import OnDisk
from askew.encoders import Encoder
from askew.encoders.cache import CachedEncoder, home
from askew.encoders.loading import load
from askew.errors import StoreError
from askew.files import MONTH
from askew.lock import WAITING, WriteLock
from askew.models import cards
from askew.progress import Progress
from askew.types import Role

TEXTS = [f"{colour} {thing}" for colour in ("red", "blue", "old") for thing in ("tent", "boot", "stove")]
CHILD = """
import sys, time
from pathlib import Path
from askew.encoders import cache
from askew.encoders.loading import load
from askew.models import cards
from askew.types import Role
cache.BATCH = 4
encoder = cache.CachedEncoder(load(cards.get("hashing"), "question-answering"), Path(sys.argv[1]))
plain = encoder._encode
def slow(*given):
    made = plain(*given)
    print(encoder.encoded, flush=True)
    time.sleep(0.05)
    return made
encoder._encode = slow
encoder.encode([f"text number {n}" for n in range(400)], Role.DOCUMENT)
"""


@pytest.fixture
def plain() -> Encoder:
    return load(cards.get("hashing"), "question-answering")


def test_it_gives_what_the_encoder_gives_and_encodes_nothing_twice(plain: Encoder, tmp_path: Path) -> None:
    kept = CachedEncoder(plain, tmp_path / "kept")
    for _ in range(2):
        found, expected = (
            kept.encode([*TEXTS, TEXTS[0]], Role.DOCUMENT),
            plain.encode([*TEXTS, TEXTS[0]], Role.DOCUMENT),
        )
        assert np.array_equal(found.vectors, expected.vectors)
        assert np.array_equal(found.tokens, expected.tokens)
        assert np.array_equal(found.seen, expected.seen)
    assert kept.encoded == len(TEXTS)
    again = CachedEncoder(plain, tmp_path / "kept")
    again.encode(TEXTS, Role.DOCUMENT)
    assert (again.encoded, again.seconds) == (0, 0)
    assert again.encode([], Role.QUERY).vectors.shape == (0, plain.signature.dim)


def test_texts_that_another_encoder_object_has_added_are_found(plain: Encoder, tmp_path: Path) -> None:
    one, two = CachedEncoder(plain, tmp_path), CachedEncoder(plain, tmp_path)
    one.encode(TEXTS[:3], Role.DOCUMENT)
    two.encode(TEXTS[:6], Role.DOCUMENT)
    found = one.encode(TEXTS, Role.DOCUMENT)
    assert np.array_equal(found.vectors, plain.encode(TEXTS, Role.DOCUMENT).vectors)
    assert (one.encoded, two.encoded) == (3 + len(TEXTS) - 6, 3)


def test_a_folder_that_another_process_has_begun_anew_gives_no_other_texts(plain: Encoder, tmp_path: Path) -> None:
    known, other = CachedEncoder(plain, tmp_path), CachedEncoder(plain, tmp_path)
    known.encode(TEXTS[:3], Role.DOCUMENT)
    found = OnDisk(known.vectors, 3, plain.signature.dim)
    with other.locked():
        other.shrink(0)
        other.rows(TEXTS[3:], Role.DOCUMENT)
    again = known.encode(TEXTS[:3], Role.DOCUMENT)
    assert np.array_equal(again.vectors, plain.encode(TEXTS[:3], Role.DOCUMENT).vectors)
    with pytest.raises(StoreError, match="anew"):
        found.vectors([0])


def test_roles_and_titles_are_kept_apart(plain: Encoder, tmp_path: Path) -> None:
    kept = CachedEncoder(plain, tmp_path / "kept")
    kept.encode(TEXTS, Role.DOCUMENT)
    titled = kept.encode(TEXTS[:1], Role.DOCUMENT, titles=["Camping"])
    kept.encode(TEXTS, Role.QUERY)
    assert kept.encoded == 2 * len(TEXTS) + 1
    assert np.array_equal(titled.vectors, plain.encode(TEXTS[:1], Role.DOCUMENT, titles=["Camping"]).vectors)


def test_a_torn_tail_is_taken_away(plain: Encoder, tmp_path: Path) -> None:
    CachedEncoder(plain, tmp_path).encode(TEXTS, Role.DOCUMENT)
    for name, lost in (("vectors.f32", 5), ("texts.bin", 3)):
        os.truncate(tmp_path / name, (tmp_path / name).stat().st_size - lost)
    kept = CachedEncoder(plain, tmp_path)
    assert np.array_equal(kept.encode(TEXTS, Role.DOCUMENT).vectors, plain.encode(TEXTS, Role.DOCUMENT).vectors)
    assert kept.encoded == 1


def test_after_a_kill_it_goes_on_where_it_was(plain: Encoder, tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for _ in range(5):
        child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    texts = [f"text number {n}" for n in range(400)]
    kept = CachedEncoder(plain, tmp_path)
    assert np.array_equal(kept.encode(texts, Role.DOCUMENT).vectors, plain.encode(texts, Role.DOCUMENT).vectors)
    assert 0 < kept.encoded <= 384


def test_one_at_a_time_and_the_next_one_waits(plain: Encoder, tmp_path: Path) -> None:
    lock = WriteLock(tmp_path / "write.lock", 0)
    told: queue.SimpleQueue[Progress] = queue.SimpleQueue()
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(CachedEncoder(plain, tmp_path).encode, TEXTS, Role.DOCUMENT, told.put)
        assert told.get(timeout=60).what == WAITING
        assert not made.done()
        lock.release()
        assert np.array_equal(made.result(60).vectors, plain.encode(TEXTS, Role.DOCUMENT).vectors)


def test_what_was_not_used_for_a_month_goes(plain: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    CachedEncoder(plain).encode(TEXTS, Role.DOCUMENT)
    [folder] = (tmp_path / "embeddings").iterdir()
    assert folder == home(plain.signature.fingerprint)
    assert folder.exists()
    os.utime(folder, (time.time() - MONTH - 9,) * 2)
    home("other")
    assert not folder.exists()
