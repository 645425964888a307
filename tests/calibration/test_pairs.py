from pathlib import Path

import numpy as np
import pytest

from askew.calibration.labelled import calibrate_pairs, keep_for_files, keep_in_index, pair_guarantee, scored
from askew.contract import Contract
from askew.dedup.corpus import ListCorpus, calibrated, of_index
from askew.dedup.texts import encoded
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
        keep_in_index(index, record)
        assert calibrated(of_index(index)) == record
        found = pair_guarantee(of_index(index), 0.95)
        assert found.above >= 60
        assert found.wrong <= 2


def test_files_with_one_contract_share_a_calibration(tmp_path: Path) -> None:
    contract, encoder = Contract.for_task("duplicate-questions", model="hashing")
    record = calibrate_pairs([*SAME, *OTHER], contract, encoder)
    assert keep_for_files(record).parent == calibrations()
    assert keep_for_files(record).exists()
    assert calibrated(ListCorpus(encoded(DOCUMENTS, contract, encoder, tmp_path / "v"))) == record
    other = Contract.for_task("paraphrase", model="hashing")
    with pytest.raises((ContractError, InputError), match="askew calibrate"):
        calibrated(ListCorpus(encoded(DOCUMENTS, *other, tmp_path / "w")))
