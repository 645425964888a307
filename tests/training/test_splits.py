"""Splits that keep queries, relevant documents and identical texts apart, and their data cards."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from askew import Document, InputError
from askew.text.normalise import normalise
from askew.training.data import DataKind, ScoredPair, TrainingData, digest, document_text
from askew.training.splits import MINIMUM, PARTS, given_split, read_card, split, write_card


def pairs(queries: int, per_document: int = 3) -> TrainingData:
    """Questions, several of each document, and documents that nobody asked about."""
    return TrainingData(
        {f"q{n}": f"question number {n}" for n in range(queries)},
        {f"d{n}": Document(f"d{n}", f"Document number {n}.") for n in range(queries)},
        {f"q{n}": {f"d{n // per_document}": 1.0} for n in range(queries)},
        kinds=frozenset({DataKind.PAIRS}),
    )


def dense(queries: int = 500, documents: int = 200, each: int = 20) -> TrainingData:
    """Judgements that tie every document to every other."""
    return TrainingData(
        {f"q{n}": f"question number {n}" for n in range(queries)},
        {f"d{n}": Document(f"d{n}", f"Document number {n}.") for n in range(documents)},
        {f"q{n}": {f"d{(n * 7 + k * 11) % documents}": 1.0 for k in range(each)} for n in range(queries)},
        kinds=frozenset({DataKind.JUDGEMENTS}),
    )


def relevant_texts(data: TrainingData) -> set[str]:
    return {normalise(document_text(data.documents[id])) for _, id in data.relevant()}


@pytest.mark.parametrize("make", [lambda: pairs(600), dense], ids=["small groups", "one group"])
def test_no_query_and_no_relevant_document_is_in_two_parts(make: object) -> None:
    data = make()  # type: ignore[operator]
    made = split(data)
    parts = list(made.parts.values())
    for place, one in enumerate(parts):
        for other in parts[place + 1 :]:
            assert not set(one.grades) & set(other.grades)
            assert not relevant_texts(one) & relevant_texts(other)
            assert not relevant_texts(one) & {normalise(document_text(found)) for found in other.documents.values()}


def test_the_parts_have_their_shares_and_documents_that_nobody_judged_are_in_each() -> None:
    made = split(pairs(600))
    assert [len(part.grades) for part in made.parts.values()] == [480, 60, 60]
    assert made.card.left_out == 0
    assert all("d599" in part.documents for part in made.parts.values())


def test_what_hangs_together_is_cut_and_the_card_counts_what_that_costs() -> None:
    data = dense()
    made = split(data)
    kept = sum(len(part.relevant()) for part in made.parts.values())
    assert made.card.left_out == len(data.relevant()) - kept > 0


def test_identical_texts_stay_together() -> None:
    data = pairs(600, per_document=1)
    twins = {f"q{n}": f"Question  number {n % 300}?" for n in range(300, 600)}
    data = TrainingData({**data.queries, **twins}, data.documents, data.grades, kinds=data.kinds)
    for part in split(data).parts.values():
        assert {f"q{(int(id[1:]) + 300) % 600}" for id in part.grades} == set(part.grades)


def test_documents_may_be_shared_where_that_is_asked_for() -> None:
    made = split(dense(), shared_documents=True)
    assert made.card.left_out == 0
    assert made.card.shared_documents
    assert all(len(part.documents) == 200 for part in made.parts.values())


def test_negatives_of_another_part_are_left_out() -> None:
    data = pairs(600)
    negatives = {(f"q{n}", f"d{n // 3}"): (f"d{(n // 3 + 1) % 200}", "d599") for n in range(600)}
    data = TrainingData(data.queries, data.documents, data.grades, negatives, kinds=data.kinds)
    for part in split(data).parts.values():
        assert all(id in part.documents for others in part.negatives.values() for id in others)
        assert all("d599" in others for others in part.negatives.values())


def labelled(count: int, positive: int) -> TrainingData:
    made = (ScoredPair(f"text {n}", f"other {n}", float(n < positive)) for n in range(count))
    return TrainingData(scores=tuple(made), kinds=frozenset({DataKind.LABELLED}))


def test_labelled_pairs_are_split_by_their_texts() -> None:
    made = split(labelled(1200, 600))
    texts = [{text for pair in part.scores for text in (pair.text1, pair.text2)} for part in made.parts.values()]
    assert sum(map(len, texts)) == len(set.union(*texts)) == 2400
    assert made.card.parts["test"].scores == 120


def test_the_same_seed_gives_the_same_split() -> None:
    assert split(dense(), seed=3).card == split(dense(), seed=3).card
    assert split(dense(), seed=3).card.parts != split(dense(), seed=4).card.parts


def test_too_little_data_is_refused_with_what_would_be_enough() -> None:
    with pytest.raises(InputError, match="300 in all"):
        split(pairs(100))
    with pytest.raises(InputError, match=r"1,000 in all"):
        split(labelled(100, 50))
    with pytest.raises(InputError):
        split(labelled(1200, 1200))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.8, 0.3, 0.1), (1.0, 0.0, 0.0)])
def test_shares_that_are_none_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(InputError):
        split(pairs(600), shares=shares)


def test_given_parts_are_taken_as_they_are_unless_they_leak() -> None:
    made = split(pairs(600))
    again = given_split(made.train, made.dev, made.test)
    assert again.card.parts == made.card.parts
    with pytest.raises(InputError) as refused:
        given_split(made.train, made.dev, made.dev)
    assert len(refused.value.lines) > 1
    shared = split(dense(), shared_documents=True)
    with pytest.raises(InputError, match="shared-documents"):
        given_split(shared.train, shared.dev, shared.test)
    assert given_split(shared.train, shared.dev, shared.test, shared_documents=True).card.shared_documents


def test_training_does_not_see_the_documents_of_other_given_parts() -> None:
    made = split(pairs(600))
    every = {id: document for part in (made.train, made.dev, made.test) for id, document in part.documents.items()}
    whole = [replace(part, documents=every) for part in (made.train, made.dev, made.test)]
    again = given_split(*whole)
    elsewhere = {id for part in (made.dev, made.test) for _, id in part.relevant()}
    assert again.train.documents.keys() == every.keys() - elsewhere
    assert again.test.documents.keys() == every.keys()
    assert given_split(*whole, shared_documents=True).train.documents.keys() == every.keys()


def test_the_card_is_sealed(tmp_path: Path) -> None:
    made = split(pairs(600))
    path = write_card(tmp_path, made.card)
    assert read_card(tmp_path) == made.card
    assert {name: part.sha256 for name, part in made.card.parts.items()} == {
        name: digest(made.parts[name]) for name in PARTS
    }
    told = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**told, "seed": 7}), "utf-8")
    with pytest.raises(InputError):
        read_card(tmp_path)


def test_the_minimum_is_reachable_with_the_shares_of_a_split() -> None:
    least = MINIMUM["queries"]
    assert len(split(pairs(3 * least.test * 4)).test.grades) >= least.test
