import gzip
import json
import shutil
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.sets import PAIRS, QRELS, QUERIES, beir, lines, sts16

from askew.documents.rows import Row
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair
from askew.reproduction.datasets import files, get, is_retrieval, places, read_retrieval, readers, rows, text
from askew.types import Document


def names(root: Path, name: str) -> list[str]:
    return [place.name for place in places(root, get(name))]


def test_folders_are_found_by_any_of_their_names_and_at_some_depth(tmp_path: Path) -> None:
    for path in ("NFCorpus", "nfcorpus-old", "downstream/STS/STS12-en-test", ".hidden/sts12"):
        (tmp_path / path).mkdir(parents=True)
    assert names(tmp_path, "NFCorpus") == ["NFCorpus"]
    assert names(tmp_path, "STS12") == ["STS12-en-test"]
    assert names(tmp_path, "SciFact") == []


def test_the_folder_that_was_given_may_be_the_set_itself(tmp_path: Path) -> None:
    (tmp_path / "scifact").mkdir()
    assert names(tmp_path / "scifact", "SciFact") == ["scifact"]


def test_what_lies_in_a_folder_within_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "STS2012" / "elsewhere").mkdir(parents=True)
    assert names(tmp_path, "STS12") == ["STS2012", "elsewhere"]


def test_a_zip_file_is_looked_into(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scifact.zip", "w") as file:
        file.writestr("scifact/corpus.jsonl", "{}")
        file.writestr("__MACOSX/scifact/._corpus.jsonl", "")
    outer, inner = places(tmp_path, get("SciFact"))
    assert not outer.joinpath("corpus.jsonl").is_file()
    assert inner.joinpath("corpus.jsonl").read_bytes() == b"{}"


def test_a_file_that_was_not_downloaded_whole_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"_id": "a", "text": "red tents"}\n' * 50)
    for harmed in (packed[:-20], packed[:20] + b"\xff" * 9 + packed[29:]):
        (tmp_path / "corpus.jsonl.gz").write_bytes(harmed)
        with pytest.raises(InputError, match="damaged or incomplete"):
            text(tmp_path / "corpus.jsonl.gz")


def test_what_cannot_be_looked_into_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "scifact.zip").write_text("no zip file")
    with pytest.raises(InputError, match=r"scifact\.zip cannot be read as a zip file"):
        list(places(tmp_path, get("SciFact")))
    with pytest.raises(InputError, match="--data"):
        list(places(tmp_path / "none", get("SciFact")))


VALUES = [{"a": "one", "b": 1}, {"a": "two", "b": 2}]


def written(folder: Path, form: str) -> None:
    if form == "tsv":
        (folder / "test.tsv").write_text('a\tb\none\t1\n"two\t2\n'.replace('"', ""))
    elif form == "csv":
        (folder / "test.csv").write_text('a,b\n"one",1\ntwo,2\n')
    elif form == "parquet":
        (folder / "data").mkdir()
        for number, value in enumerate(VALUES):
            table = pa.Table.from_pylist([value])
            pq.write_table(table, folder / "data" / f"test-0000{number}-of-00002.parquet")
            pq.write_table(table, folder / "data" / f"train-0000{number}-of-00002.parquet")
    else:
        data = b'{"a": "one", "b": 1}\n{"a": "two", "b": 2}\n'
        (folder / f"test.{form}").write_bytes(gzip.compress(data) if form.endswith("gz") else data)


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet", "tsv", "csv"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    written(tmp_path, form)
    found = rows(files(tmp_path, "test"))
    assert found.names == ("a", "b")
    assert [{**row.values, "b": int(row.values["b"])} for row in found.rows if isinstance(row, Row)] == VALUES


def test_a_file_that_is_not_there_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    assert files(tmp_path, "test") == []


def test_quotes_in_tab_separated_files_are_letters(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text('a\tb\n"one\t1\n')
    [row] = rows(files(tmp_path, "test")).rows
    assert isinstance(row, Row)
    assert row.values["a"] == '"one'


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"a": 1}\n{"a"\n')
    with pytest.raises(InputError, match=r"test\.jsonl:2: .*JSON"):
        rows(files(tmp_path, "test"))
    (tmp_path / "test.jsonl").write_bytes(b"{}\n\xff\n")
    with pytest.raises(InputError, match=r"test\.jsonl is not UTF-8 \(line 2\)"):
        text(tmp_path / "test.jsonl")
    (tmp_path / "other.parquet").write_text("none")
    with pytest.raises(InputError, match=r"other\.parquet cannot be read as Parquet"):
        rows(files(tmp_path, "other"))


def test_a_set_is_read_as_it_is_distributed(tmp_path: Path) -> None:
    found = read_retrieval(beir(tmp_path / "set"))
    assert found.qrels == QRELS
    assert found.queries == {id: QUERIES[id] for id in QRELS}
    assert [document.id for document in found.documents] == ["d1", "d2", "d3", "d4"]
    assert found.empty == 1
    assert found.documents[2:] == (Document("d3", "gas bottle", "Stove"), Document("d4", "Compass"))


def test_other_layouts_give_the_same(tmp_path: Path) -> None:
    expected = read_retrieval(beir(tmp_path / "inner"))
    beside = beir(tmp_path / "beside", inner=False)
    assert read_retrieval(beside) == expected
    shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "inner")
    assert read_retrieval(zipfile.Path(tmp_path / "packed.zip", "inner/")) == expected
    rows = [{"query-id": q, "corpus-id": d, "score": float(g)} for q, of in QRELS.items() for d, g in of.items()]
    (beside / "qrels.tsv").unlink()
    lines(beside / "qrels.test.jsonl", rows)
    assert read_retrieval(beside) == expected


def test_the_judgements_of_the_test_split_count(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq4\td1\t1\n")
    assert "q4" not in read_retrieval(folder).qrels


def test_a_folder_without_one_of_its_files_is_no_set(tmp_path: Path) -> None:
    for missing in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        folder = beir(tmp_path / missing.replace("/", "-"))
        assert is_retrieval(folder)
        (folder / missing).unlink()
        assert not is_retrieval(folder)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\thigh\n", r"test\.tsv:2 is not a judgement"),
        ("qrels/test.tsv", "query\tdocument\tscore\nq1\td1\t1\n", r"test\.tsv:2 is not a judgement"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "has no judgements"),
        ("queries.jsonl", '{"_id": "q1", "text": "x"}\n', "the query 'q2' is judged, but has no text"),
        ("corpus.jsonl", '{"text": "x"}\n', "line 1 of corpus has no _id"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, file: str, content: str, told: str) -> None:
    folder = beir(tmp_path / "set")
    (folder / file).write_text(content)
    with pytest.raises(InputError, match=told):
        read_retrieval(folder)


EXPECTED = [LabelledPair(*pair) for pair in PAIRS]
HUB = [{"split": "test", "score": score, "sentence1": a, "sentence2": b} for a, b, score in PAIRS]
SICK = "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n"
WHOLE_SICK = "pair_ID\tsentence_A\tsentence_B\tentailment_label\trelatedness_score\tentailment_AB\tSemEval_set\n"


def read(folder: Path, name: str) -> list[LabelledPair]:
    return readers(folder, get(name))[0]()


def year(folder: Path, name: str, prefix: str = "STS", ending: str = "") -> None:
    """One pair a part; the second of each is one that nobody judged."""
    for part, (a, b, score) in zip(get(name).parts, [*PAIRS, *PAIRS, *PAIRS], strict=False):
        (folder / f"{prefix}.input.{part}.txt").write_text(f"{a}\t{b}{ending}\nnot\tjudged{ending}\n")
        (folder / f"{prefix}.gs.{part}.txt").write_text(f"{score}\n\n")


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet", "csv"])
def test_the_forms_of_the_hub(tmp_path: Path, form: str) -> None:
    data = "".join(json.dumps(row) + "\n" for row in HUB).encode()
    if form == "parquet":
        (tmp_path / "data").mkdir()
        pq.write_table(pa.Table.from_pylist(HUB), tmp_path / "data" / "test-00000-of-00001.parquet")
    elif form == "csv":
        body = "".join(f'"{a}","{b}",{score}\n' for a, b, score in PAIRS)
        (tmp_path / "test.csv").write_text(f"sentence1,sentence2,score\n{body}")
    else:
        (tmp_path / f"test.{form}").write_bytes(gzip.compress(data) if form.endswith("gz") else data)
    assert read(tmp_path, "STSBenchmark") == EXPECTED


def test_of_two_forms_the_one_that_the_figure_is_of_comes_first(tmp_path: Path) -> None:
    folder = sts16(tmp_path / "sts16")
    assert read(folder, "STS16") == EXPECTED
    (folder / "test.senteval-tokenised.tsv").write_text("text1\ttext2\tscore\na red tent\tred , tent\t4\n")
    assert read(folder, "STS16") == [LabelledPair("a red tent", "red , tent", 4.0)]


def test_the_benchmark_has_no_heading_and_no_quotes(tmp_path: Path) -> None:
    rows = [f"main-news\theadlines\t2016\t{n:04}\t{score}\t{a}\t{b}" for n, (a, b, score) in enumerate(PAIRS)]
    rows[0] += "\thttp://source\tLicence"
    (tmp_path / "sts-test.csv").write_text("\n".join([*rows, 'g\tf\t2016\t9\t1\t"Yes, he said\tNo']) + "\n")
    assert read(tmp_path, "STSBenchmark") == [*EXPECTED, LabelledPair('"Yes, he said', "No", 1.0)]


@pytest.mark.parametrize(("prefix", "ending"), [("STS", ""), ("STS2016", "\thttp://source\thttp://source")])
def test_a_year_is_the_judged_pairs_of_its_parts_together(tmp_path: Path, prefix: str, ending: str) -> None:
    year(tmp_path, "STS16", prefix, ending)
    (tmp_path / f"{prefix}.input.ALL.txt").write_text("a\tb\n")
    (tmp_path / f"{prefix}.gs.ALL.txt").write_text("1\n")
    assert read(tmp_path, "STS16") == [*EXPECTED, *EXPECTED[:2]]


def test_a_line_ends_at_a_line_feed_only(tmp_path: Path) -> None:
    year(tmp_path, "STS13")
    (tmp_path / "STS.input.FNWN.txt").write_text("one\u2028line\tb\nnot\tjudged\n", "utf-8")
    assert read(tmp_path, "STS13")[0] == LabelledPair("one\u2028line", "b", 5.0)


def test_a_year_without_one_of_its_parts_is_not_there(tmp_path: Path) -> None:
    year(tmp_path, "STS13")
    assert len(read(tmp_path, "STS13")) == 3
    (tmp_path / "STS.gs.FNWN.txt").unlink()
    assert readers(tmp_path, get("STS13")) == []


def test_sick_is_all_of_its_parts_or_the_one_file_of_all(tmp_path: Path) -> None:
    for part, (a, b, score) in zip(("train", "trial", "test_annotated"), PAIRS, strict=True):
        (tmp_path / f"SICK_{part}.txt").write_text(f"{SICK}1\t{a}\t{b}\t{score}\tNEUTRAL\n")
    assert read(tmp_path, "SICK-R") == EXPECTED
    body = "".join(f"{n}\t{a}\t{b}\tNEUTRAL\t{score}\tA\tTEST\n" for n, (a, b, score) in enumerate(PAIRS))
    (tmp_path / "SICK.txt").write_text(WHOLE_SICK + body)
    assert read(tmp_path, "SICK-R") == EXPECTED
    for name in ("SICK.txt", "SICK_train.txt"):
        (tmp_path / name).unlink()
    assert read(tmp_path, "SICK-R") == EXPECTED[2:]


def test_what_cannot_be_used_is_named_sentences(tmp_path: Path) -> None:
    year(tmp_path, "STS13")
    (tmp_path / "STS.gs.OnWN.txt").write_text("1\n2\n3\n")
    with pytest.raises(InputError, match=r"STS\.input\.OnWN\.txt has 2 lines and .*STS\.gs\.OnWN\.txt 3"):
        read(tmp_path, "STS13")
    (tmp_path / "sts-test.csv").write_text("only\tthree\tcells\n")
    with pytest.raises(InputError, match=r"sts-test\.csv:1 is not a pair with a score"):
        read(tmp_path, "STSBenchmark")
