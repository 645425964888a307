from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.calibration.labelled import calibrate_pairs, keep_for_file, keep_in_index, pair_guarantee, scored
from askew.confidence.record import CalibrationRecord
from askew.contract import Contract
from askew.dedup.corpus import ListCorpus, calibrated, of_index
from askew.dedup.texts import encoded
from askew.documents.read import Fate, File
from askew.errors import ContractError, InputError
from askew.evaluation.labelled_pairs import LabelledPair
from askew.index import Index
from askew.paths import calibrations
from askew.types import Document, Role

SAME = [LabelledPair(f"red tent number {n}", f"red tent number {n} here", 1.0) for n in range(60)]
OTHER = [LabelledPair(f"red tent number {n}", f"blue kayak of {n} friends", 0.0) for n in range(60)]
DOCUMENTS = [Document("a", "a red tent"), Document("b", "the red tent"), Document("c", "a kayak")]


def test_pairs_without_a_score_are_scored_by_the_model() -> None:
    contract, encoder = Contract.for_task("duplicate-questions", model="hashing")
    a, b = (encoder.encode([text], Role.DOCUMENT).vectors[0] for text in (SAME[0].text1, SAME[0].text2))
    assert scored(SAME[:1], contract, encoder) == [pytest.approx(float(a @ b), abs=1e-6)]
    record = calibrate_pairs([*SAME, *OTHER], contract, encoder)
    assert sorted(record.scores.values, reverse=True) == list(record.scores.values)
    assert sum(record.scores.right) == 60


def test_long_texts_score_by_their_best_passages(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=4, overlap=0) as index:
        pair = LabelledPair("one two three four red tent stands here", "red tent stands here", 1.0)
        encoder = index.encoder("testing")
        assert scored([pair], index.contract, encoder) == [pytest.approx(1.0, abs=1e-5)]


def test_given_scores_are_used_unless_another_model_gave_them() -> None:
    contract, encoder = Contract.for_task("duplicate-questions", model="hashing")
    mine = scored(SAME, contract, encoder)
    given = [LabelledPair(p.text1, p.text2, p.label, s + 0.001) for p, s in zip(SAME, mine, strict=True)]
    record = calibrate_pairs(given, contract, encoder)
    assert np.allclose(record.scores.values, sorted((score + 0.001 for score in mine), reverse=True))
    with pytest.raises(InputError, match="hashing"):
        calibrate_pairs([LabelledPair(p.text1, p.text2, p.label, 0.1) for p in SAME], contract, encoder)


def test_graded_labels_are_refused() -> None:
    contract, encoder = Contract.for_task("duplicate-questions", model="hashing")
    with pytest.raises(InputError):
        calibrate_pairs([LabelledPair("a", "b", 0.5)], contract, encoder)


def test_an_index_stores_its_calibration(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as index:
        index.add(DOCUMENTS)
        with pytest.raises(InputError, match="--labels"):
            pair_guarantee(of_index(index), 0.95)
        record = calibrate_pairs([*SAME, *OTHER], index.contract, index.encoder("testing"), 3)
        kept = keep_in_index(index, record)
        assert calibrated(of_index(index)) == kept == replace(record, settings=kept.settings)
        index.add(Document("later", "a document added later"))
        assert calibrated(of_index(index)) == kept
        found = pair_guarantee(of_index(index), 0.95)
        assert found.above >= 60
        assert found.wrong <= 2


def test_a_changed_index_has_no_guarantee(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as index:
        index.add(DOCUMENTS)
        keep_in_index(index, calibrate_pairs([*SAME, *OTHER], index.contract, index.encoder("testing"), 3))
        index.add(replace(DOCUMENTS[0], text="another text altogether"))
        with pytest.raises(ContractError, match="other data"):
            calibrated(of_index(index))


def test_a_guarantee_belongs_to_its_file_and_to_no_other(tmp_path: Path) -> None:
    contract, encoder = Contract.for_task("duplicate-questions", model="hashing")
    record = calibrate_pairs([*SAME, *OTHER], contract, encoder)
    mine, other = tmp_path / "mine.txt", tmp_path / "other.txt"
    mine.write_text("red tent\nblue tent\n")
    other.write_text("red boat\nblue boat\n")
    kept, path = keep_for_file(record, mine)
    assert path.parent == calibrations()

    def found(*files: Path) -> CalibrationRecord:
        read_files = tuple(File(str(file), file.name, "lines", Fate.READ) for file in files)
        return calibrated(ListCorpus(encoded(DOCUMENTS, contract, encoder, tmp_path / "v"), read_files))

    assert found(mine) == kept
    for files in ((other,), (), (mine, other), (tmp_path / "gone.txt",)):
        with pytest.raises(ContractError, match="other data"):
            found(*files)
    both, _ = keep_for_file(record, other)
    assert (found(mine), found(other)) == (kept, both)
    mine.rename(tmp_path / "moved.txt")
    assert found(tmp_path / "moved.txt") == kept
    (tmp_path / "moved.txt").write_text("red tent\nblue tent\nappended\n")
    assert found(tmp_path / "moved.txt") == kept
    (tmp_path / "moved.txt").write_text("red tent\nblue tent!\n")
    with pytest.raises(ContractError, match="other data"):
        found(tmp_path / "moved.txt")
    paraphrase = Contract.for_task("paraphrase", model="hashing")
    with pytest.raises((ContractError, InputError), match="askew calibrate"):
        calibrated(ListCorpus(encoded(DOCUMENTS, *paraphrase, tmp_path / "w")))
