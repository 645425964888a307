import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.sets import PAIRS, sts16

from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair
from askew.reproduction.catalogue import get
from askew.reproduction.datasets import readers

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


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    year(tmp_path, "STS13")
    (tmp_path / "STS.gs.OnWN.txt").write_text("1\n2\n3\n")
    with pytest.raises(InputError, match=r"STS\.input\.OnWN\.txt has 2 lines and .*STS\.gs\.OnWN\.txt 3"):
        read(tmp_path, "STS13")
    (tmp_path / "sts-test.csv").write_text("only\tthree\tcells\n")
    with pytest.raises(InputError, match=r"sts-test\.csv:1 is no pair with a score"):
        read(tmp_path, "STSBenchmark")
