"""Training data from every form in which people have it."""

import json
from pathlib import Path

import pytest

from askew import Document, Index, InputError, negatives
from askew.dedup.review import Label, Labels
from askew.export.tables import write
from askew.training.data import DataKind, TrainingData, digest, document_text, read_training_data
from askew.training.gate import forgetting_sets
from askew.training.negatives import COLUMNS, rows
from askew.types import Pair


def only(sets: dict[str, TrainingData] | None) -> TrainingData:
    [found] = (sets or {}).values()
    return found


def csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("header", ["query,document", "anchor,positive", "text1,text2", "Question,Answer"])
def test_a_table_of_pairs_is_read_by_the_names_of_its_columns(tmp_path: Path, header: str) -> None:
    data = read_training_data(csv(tmp_path / "a.csv", header, "who,me", "who,you", "what,me"))
    assert data.kinds == {DataKind.PAIRS}
    texts = {(data.queries[query], data.documents[id].text) for query, id in data.relevant()}
    assert texts == {("who", "me"), ("who", "you"), ("what", "me")}
    assert (len(data.queries), len(data.documents)) == (2, 2)


def test_triplets_of_mined_negatives_are_read_with_their_ids(tmp_path: Path) -> None:
    with Index.create(tmp_path / "i.askew", task="question-answering", model="hashing") as index:
        index.add([Document("a", "The ferry leaves at nine."), Document("b", "The ferry is late.", title="Fog")])
        queries = {"q": "when does the ferry leave"}
        found = negatives(index, queries, {"q": {"a": 1}}, margin=1)
        write(tmp_path / "t.jsonl", rows(found, index, queries), COLUMNS)
    data = read_training_data(tmp_path / "t.jsonl")
    assert data.kinds == {DataKind.TRIPLETS}
    assert data.relevant() == [("q", "a")]
    assert data.negatives == {("q", "a"): ("b",)}
    assert document_text(data.documents["b"]) == "Fog\nThe ferry is late."


def test_a_negative_of_one_file_that_another_calls_relevant_is_none(tmp_path: Path) -> None:
    lines = "how to sort,use sorted(),use reverse()", "how to sort,use sorted(),use shuffle()"
    triplets = csv(tmp_path / "t.csv", "query,positive,negative", *lines)
    data = read_training_data([triplets, csv(tmp_path / "p.csv", "query,positive", "how to sort,use reverse()")])
    named = {id: one.text for id, one in data.documents.items()}
    assert [[named[id] for id in ids] for ids in data.negatives.values()] == [["use shuffle()"]]
    assert len(data.relevant()) == 2


def test_scores_are_brought_to_the_scale_from_0_to_1(tmp_path: Path) -> None:
    data = read_training_data(csv(tmp_path / "s.csv", "text1,text2,score", "a,b,4.5", "a,c,0", "b,c,5"))
    assert data.kinds == {DataKind.SCORED}
    assert [pair.score for pair in data.scores] == [0.9, 0.0, 1.0]
    with pytest.raises(InputError):
        read_training_data(csv(tmp_path / "s.csv", "text1,text2,score", "a,b,-1", "a,c,0.5"))


def test_answers_of_a_review_are_labelled_pairs(tmp_path: Path) -> None:
    texts = {"1": "how do I log in", "2": "how can I log in", "3": "where is my bill"}
    with Labels(tmp_path / "labels.jsonl") as labels:
        labels.add(Pair(0.9, "1", "2"), texts, Label.DUPLICATE)
        labels.add(Pair(0.5, "1", "3"), texts, Label.DIFFERENT)
        labels.add(Pair(0.4, "2", "3"), texts, Label.SKIP)
    data = read_training_data(tmp_path / "labels.jsonl")
    assert data.kinds == {DataKind.LABELLED}
    assert [(pair.text1, pair.score) for pair in data.scores] == [("how do I log in", 1), ("how do I log in", 0)]


def test_a_folder_in_the_layout_of_beir_gives_its_judgements_for_training(tmp_path: Path) -> None:
    corpus = [{"_id": "d1", "title": "T", "text": "one"}, {"_id": "d2", "title": "", "text": "two"}]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), "utf-8")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "first"}\n{"_id": "q2", "text": "second"}', "utf-8")
    (tmp_path / "qrels").mkdir()
    csv(tmp_path / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore", "q2\td2\t1")
    csv(tmp_path / "qrels" / "train.tsv", "query-id\tcorpus-id\tscore", "q1\td1\t2", "q1\tgone\t1", "q9\td1\t1")
    data = read_training_data(tmp_path)
    assert data.grades == {"q1": {"d1": 2.0}}
    assert (data.documents["d1"].title, sorted(data.documents)) == ("T", ["d1", "d2"])
    assert "2" in data.notes[0]


def test_of_a_folder_with_parts_the_one_that_is_wanted_is_read(tmp_path: Path) -> None:
    csv(tmp_path / "corpus.jsonl", *(json.dumps({"_id": id, "text": id * 3}) for id in "abc"))
    csv(tmp_path / "queries.jsonl", *(json.dumps({"_id": f"q{id}", "text": f"what is {id}"}) for id in "abc"))
    (tmp_path / "qrels").mkdir()
    for part, id in (("train", "a"), ("dev", "b"), ("test", "c")):
        csv(tmp_path / "qrels" / f"{part}.tsv", "query-id\tcorpus-id\tscore", f"q{id}\t{id}\t1")
        assert read_training_data(tmp_path, part=part).relevant() == [(f"q{id}", id)]
    assert only(forgetting_sets(tmp_path)).relevant() == [("qc", "c")]
    (tmp_path / "qrels" / "test.tsv").unlink()
    assert only(forgetting_sets(tmp_path)).relevant() == [("qb", "b")]
    with pytest.raises(InputError, match=r"train, dev"):
        read_training_data(tmp_path, part="test")
    (tmp_path / "qrels" / "dev.tsv").unlink()
    assert read_training_data(tmp_path, part="test").relevant() == [("qa", "a")]  # the only one there is
    with pytest.raises(InputError):
        read_training_data(tmp_path, part="exam")


def test_several_columns_of_negatives_are_read(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", "query,positive,negative_1,negative_2", "a,b,c,d", "e,f,g,")
    data = read_training_data(path)
    named = {id: one.text for id, one in data.documents.items()}
    assert [[named[id] for id in ids] for ids in data.negatives.values()] == [["c", "d"], ["g"]]


def test_grades_that_no_measure_takes_are_refused_before_anything_is_learnt(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="whole numbers"):
        read_training_data(queries={"q": "what"}, documents=[Document("d", "x")], qrels={"q": {"d": 0.5}})


def test_a_set_that_cannot_show_forgetting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="same label"):
        forgetting_sets(csv(tmp_path / "s.csv", "text1,text2,label", "a,b,0", "c,d,0"))


def test_clicks_are_weak_labels_above_the_mean_rate(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "log.csv", "query,document,clicks,impressions", "ferry,d1,40,100", "ferry,d2,1,1", "bus,d2,0,99"
    )
    documents = [Document("d1", "The ferry leaves at nine."), Document("d2", "The bus is free.")]
    data = read_training_data(path, documents=documents)
    assert data.kinds == {DataKind.CLICKS}
    assert {id: data.documents[id].text for id in data.documents} == {one.id: one.text for one in documents}
    [query] = data.grades
    assert data.relevant() == [(query, "d1"), (query, "d2")]
    assert data.notes


def test_judged_queries_are_taken_from_python_too() -> None:
    documents = [Document("d", "text"), Document("e", "other")]
    data = read_training_data(queries={"q": "what"}, documents=documents, qrels={"q": {"d": 1, "e": 0}})
    assert data.relevant() == [("q", "d")]
    assert data.grades["q"]["e"] == 0


def test_the_digest_tells_of_any_change_and_of_no_order() -> None:
    made = [Document("d", "text"), Document("e", "other")]
    one, same, other = (
        read_training_data(queries={"q": "what"}, documents=documents, qrels={"q": grades})
        for documents, grades in ((made, {"d": 1, "e": 0}), (made[::-1], {"e": 0, "d": 1}), (made, {"d": 1}))
    )
    assert digest(one) == digest(same)
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    "lines",
    [
        ["name,age", "a,3"],
        ["query,document", "who,"],
        ["query,document,clicks,impressions", "a,b,5,2"],
        ["query,document,clicks", "a,b,many"],
        ["query,document,query_id", "a,b,1", "other,b,1"],
        ["query,document,document_id", "a,b, "],
        ["query,document"],
    ],
)
def test_what_cannot_be_learnt_from_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(InputError):
        read_training_data(csv(tmp_path / "bad.csv", *lines))


def test_judgements_of_other_ids_and_missing_parts_are_refused() -> None:
    with pytest.raises(InputError):
        read_training_data(queries={"q": "a"}, documents=[Document("d", "b")], qrels={"q": {"x": 1}})
    with pytest.raises(InputError):
        read_training_data(queries={"q": "a"}, qrels={"q": {"x": 1}})
    with pytest.raises(InputError):
        read_training_data()
