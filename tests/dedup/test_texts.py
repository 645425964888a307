import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from askew.contract import Contract
from askew.dedup.texts import encoded, home
from askew.encoders.cache import RECORD
from askew.errors import InputError
from askew.files import MONTH
from askew.lock import WriteLock
from askew.progress import Progress
from askew.types import Document, Role

CONTRACT, ENCODER = Contract.for_task("paraphrase", model="hashing")


def listed(count: int, word: str = "tent") -> list[Document]:
    return [Document(f"d{n}", f"{word} number {n} on the hill {n * n}") for n in range(count)]


def expected(documents: list[Document]) -> np.ndarray:
    return ENCODER.encode([document.text for document in documents], Role.DOCUMENT).vectors


def test_row_n_is_the_vector_of_text_n(tmp_path: Path) -> None:
    made = encoded(listed(50), CONTRACT, ENCODER, tmp_path / "x")
    assert np.allclose(made.vectors.vectors(made.vectors.keys), expected(listed(50)))


def test_only_what_is_new_is_encoded_and_what_was_compared_of_the_rest_still_counts(tmp_path: Path) -> None:
    first = encoded(listed(50), CONTRACT, ENCODER, tmp_path)
    told: list[Progress] = []
    grown = encoded(listed(60), CONTRACT, ENCODER, tmp_path, told.append)
    assert (told[0].done, told[-1].done) == (50, 60)
    assert grown.keep == first.keep
    assert np.allclose(grown.vectors.vectors(grown.vectors.keys), expected(listed(60)))


@pytest.mark.parametrize("count", [30, 50, 70])
def test_a_text_that_changed_ends_what_counts(tmp_path: Path, count: int) -> None:
    first = encoded(listed(50), CONTRACT, ENCODER, tmp_path)
    documents = listed(count)
    documents[20] = Document("d20", "another matter")
    told: list[Progress] = []
    made = encoded(documents, CONTRACT, ENCODER, tmp_path, told.append)
    assert told[0].done == min(count, 50) - 1
    assert made.keep.identity != first.keep.identity
    assert np.allclose(made.vectors.vectors(made.vectors.keys), expected(documents))


def test_moved_and_repeated_texts_are_not_encoded_again(tmp_path: Path) -> None:
    encoded(listed(50), CONTRACT, ENCODER, tmp_path)
    documents = [Document(f"new{n}", document.text) for n, document in enumerate(listed(50)[::-1] + listed(7))]
    told: list[Progress] = []
    made = encoded(documents, CONTRACT, ENCODER, tmp_path, told.append)
    assert [step.done for step in told] == [57]
    whole = made.vectors.vectors(made.vectors.keys)
    assert np.allclose(whole, expected(documents))
    assert all(np.array_equal(made.vectors.vectors([n])[0], row) for n, row in enumerate(whole))


def test_checkpoint_of_a_shorter_list_is_not_that_of_a_longer_one(tmp_path: Path) -> None:
    keeps = [encoded(listed(count), CONTRACT, ENCODER, tmp_path).keep.identity for count in (50, 30, 40, 50, 50)]
    assert keeps[1] not in (keeps[0],)
    assert keeps[1] == keeps[2] == keeps[3] == keeps[4]


def test_vectors_of_texts_that_left_the_file_do_not_pile_up(tmp_path: Path) -> None:
    width = CONTRACT.encoder.dim * 4
    first = encoded(listed(20, "w0"), CONTRACT, ENCODER, tmp_path)
    for word in ("w1", "w2", "w3", "w4", "w5"):
        made = encoded(listed(20, word), CONTRACT, ENCODER, tmp_path)
        assert (tmp_path / "vectors.f32").stat().st_size <= 60 * width
        assert np.allclose(made.vectors.vectors(made.vectors.keys), expected(listed(20, word)))
    assert made.keep.identity != first.keep.identity


def test_torn_files_are_mended(tmp_path: Path) -> None:
    encoded(listed(50), CONTRACT, ENCODER, tmp_path)
    with (tmp_path / "vectors.f32").open("ab") as file:
        file.write(b"half a row")
    os.truncate(tmp_path / "texts.bin", 40 * RECORD.itemsize + 5)
    made = encoded(listed(50), CONTRACT, ENCODER, tmp_path)
    assert np.allclose(made.vectors.vectors(made.vectors.keys), expected(listed(50)))
    assert (tmp_path / "vectors.f32").stat().st_size == 50 * CONTRACT.encoder.dim * 4


def test_two_texts_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="d0"):
        encoded([*listed(2), *listed(1)], CONTRACT, ENCODER, tmp_path)


ONE_OF_FOUR = """
import sys
from askew import duplicates
def report(progress):
    if progress.what.startswith("wait"):
        print("waiting", flush=True)
found = duplicates(sys.argv[1], threshold=0.8, task="paraphrase", model="hashing", progress=report)
print([(pair.a, pair.b) for pair in found], flush=True)
"""


def test_four_processes_on_one_file_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "tents.csv"
    file.write_text("id,text\n" + "".join(f"{one.id},{one.text}\n" for one in listed(40)), "utf-8")
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    folder = home(file, CONTRACT)
    folder.mkdir(parents=True)
    lock = WriteLock(folder / "write.lock", 0)
    command = [sys.executable, "-c", ONE_OF_FOUR, str(file)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    try:
        assert [child.stdout.readline() for child in children if child.stdout] == ["waiting\n"] * 4
    finally:
        lock.release()
    answers = [child.communicate(timeout=120)[0] for child in children]
    assert [child.returncode for child in children] == [0] * 4
    assert len(set(answers)) == 1
    assert answers[0].startswith("[(")


def test_how_many_texts_are_cut_is_counted(tmp_path: Path) -> None:
    long = Document("long", "word " * (CONTRACT.encoder.max_tokens + 1))
    for _ in range(2):  # also where all was there already
        assert encoded([*listed(3), long], CONTRACT, ENCODER, tmp_path).cut.tolist() == [False, False, False, True]


def test_a_file_has_a_home_for_each_contract_and_an_old_one_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    other, _ = Contract.for_task("near-duplicate", model="hashing")
    places = {home("a.csv", CONTRACT), home("b.csv", CONTRACT), home("a.csv", other)}
    assert len(places) == 3
    assert home("a.csv", CONTRACT) == home(Path("a.csv").absolute(), CONTRACT)
    for place in places:
        encoded(listed(2), CONTRACT, ENCODER, place)
    old = home("b.csv", CONTRACT)
    os.utime(old, (time.time() - MONTH - 9,) * 2)
    home("c.csv", CONTRACT)
    assert {place for place in places if place.exists()} == places - {old}


CHILD = """
import sys
from pathlib import Path
from askew.contract import Contract
from askew.dedup.texts import encoded
from askew.types import Document
contract, encoder = Contract.for_task("paraphrase")
documents = [Document(str(n), f"tent {n} on hill {n * n} in the rain of {n % 7}") for n in range(7000)]
encoded(documents, contract, encoder, Path(sys.argv[1]))
"""


def test_a_run_that_was_killed_goes_on(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)])
    marks = tmp_path / "texts.bin"
    while child.poll() is None and not (marks.exists() and marks.stat().st_size):
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert child.returncode == -signal.SIGKILL
    contract, encoder = Contract.for_task("paraphrase")
    documents = [Document(str(n), f"tent {n} on hill {n * n} in the rain of {n % 7}") for n in range(7000)]
    told: list[Progress] = []
    made = encoded(documents[:4500], contract, encoder, tmp_path, told.append)
    assert 0 < told[0].done <= 4500
    some = [0, 1, 2047, 2048, 4499]
    fresh = encoder.encode([documents[place].text for place in some], Role.DOCUMENT).vectors
    assert np.allclose(made.vectors.vectors(np.array(some)), fresh, atol=1e-5)
