from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from askew.calibration.labelled import calibrate_pairs, keep_in_index
from askew.compare import duplicates
from askew.contract import Contract
from askew.dedup.duplicates import DuplicateParams, duplicate_labels
from askew.dedup.result import PAIR_COLUMNS
from askew.errors import ContractError, InputError, UnknownNameError
from askew.evaluation.labelled_pairs import LabelledPair
from askew.index import Index
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.progress import Progress
from askew.types import Document, Pair

SHOP = ["Is the shop open on Sunday?", "is the shop open on sunday", "Is the shop open on Monday?"]
TENTS = [
    "red tents on a hill",
    "Red tents on a hill!",
    "red tents on the hill",
    "no red tents on a hill",
    "soup of the day",
]


def test_a_list_of_texts_is_labelled_grouped_and_reduced() -> None:
    found = duplicates(SHOP, threshold=0.7, model="hashing")
    assert [(pair.a, pair.b, pair.label) for pair in found.pairs] == [
        ("0", "1", "identical"),
        ("0", "2", "other-values"),
        ("1", "2", "other-values"),
    ]
    assert [group.members for group in found.groups] == [("0", "1")]
    assert found.kept == [SHOP[0], SHOP[2]]
    assert found.kept_ids == ["0", "2"]
    [removed] = found.removed
    assert (removed.text, removed.kept, removed.id, removed.kept_id) == (SHOP[1], SHOP[0], "1", "0")
    assert (removed.group, removed.label, removed.layer) == ("g000001", "identical", "identical")


def test_the_real_model_finds_a_paraphrase_in_other_words() -> None:
    texts = [
        "How do I reset my password?",
        "I forgot my password. What now?",
        "How do I NOT reset my password?",
        "Hello",
    ]
    found = duplicates(texts, threshold=0.7)
    labels = {(pair.a, pair.b): pair.label for pair in found}
    assert labels == {("0", "2"): "contradicts", ("0", "1"): "paraphrase", ("1", "2"): "paraphrase"}
    assert found.kept == texts
    found = duplicates(texts, threshold=0.7, include=["paraphrase"])
    assert found.kept == [texts[0], texts[2], texts[3]]
    assert found.removed[0].score == pytest.approx(0.801, abs=0.005)


def test_the_result_is_a_sequence_of_pairs_and_a_table() -> None:
    found = duplicates(TENTS, threshold=0.6, model="hashing")
    assert len(found) == len(found.pairs) > 2
    assert found[0] is found.pairs[0]
    assert found[:2] == found.pairs[:2]
    assert isinstance(found[0], Pair)
    table = found.to_pandas()
    assert isinstance(table, pd.DataFrame)
    assert tuple(table.columns) == PAIR_COLUMNS
    assert table.to_dict("records") == found.to_dicts()
    assert table["score"].is_monotonic_decreasing
    assert f"<caption>{len(found)} pairs</caption>" in found._repr_html_()
    assert repr(found) == f"Duplicates({len(found)} pairs, 1 groups, 5 texts, threshold 0.6)"


def test_nothing_to_compare_is_an_empty_result() -> None:
    for data in ([], ["one text"]):
        found = duplicates(data, model="hashing")
        assert (found.pairs, found.groups, found.removed, found.kept) == ((), (), (), data)
        assert tuple(found.to_pandas().columns) == PAIR_COLUMNS


def test_groups_are_the_same_with_and_without_pairs_of_copies() -> None:
    texts = [*TENTS, *TENTS[:2], "RED TENTS ON A HILL"]
    every, groups = (duplicates(texts, threshold=0.6, model="hashing", groups=alone) for alone in (False, True))
    assert len(groups.pairs) < len(every.pairs)
    assert groups.certificate.possible < every.certificate.possible == 8 * 7 // 2
    assert [group.members for group in groups.groups] == [group.members for group in every.groups]
    assert groups.kept == every.kept
    assert [row.id for row in groups.removed] == [row.id for row in every.removed]


@pytest.mark.parametrize("groups", [False, True])
def test_an_index_its_name_and_the_method_give_one_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    with Index.create("x", "duplicate-questions", model="hashing") as index:
        index.add([Document(f"d{n}", text, metadata={"n": n}) for n, text in enumerate(TENTS)])
        results = [
            index.duplicates(0.6, groups=groups),
            duplicates(index, threshold=0.6, groups=groups),
            duplicates("x", threshold=0.6, groups=groups),
        ]
        assert results[1].kept == [TENTS[0], TENTS[3], TENTS[4]]
        part = duplicates(index, threshold=0.6, where={"n": {"$gte": 2}})
        assert part.documents == 3
    for found in results:
        assert found.pairs == results[0].pairs
        assert found.groups == results[0].groups
        assert found.removed == results[0].removed
        assert found.kept_ids == ["d0", "d3", "d4"]
    listed = duplicates([(f"d{n}", text) for n, text in enumerate(TENTS)], threshold=0.6, model="hashing")
    if not groups:
        assert [(pair.a, pair.b, pair.label) for pair in listed] == [(p.a, p.b, p.label) for p in results[0]]
        assert [pair.score for pair in listed] == pytest.approx([pair.score for pair in results[0]], abs=1e-6)


def test_a_file_is_compared_row_by_row_and_can_be_cleaned(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,question,price\na,red tents,1\nb,Red tents!,2\nc,soup,3\n")
    found = duplicates(tmp_path / "t.csv", model="hashing", clean=tmp_path / "c.csv", keep="best", keep_field="price")
    assert found.kept_ids == ["b", "c"]
    assert found.file is not None
    assert (found.file.kept, found.file.rows) == (2, 3)
    assert (tmp_path / "c.csv").read_text() == "id,question,price\nb,Red tents!,2\nc,soup,3\n"
    assert found.file.log.exists()


def test_a_frame_with_named_columns() -> None:
    frame = pd.DataFrame({"key": ["x", "y"], "body": ["red tents", "Red tents"]})
    found = duplicates(frame, model="hashing", id="key", text="body")
    assert [(pair.a, pair.b) for pair in found] == [("x", "y")]


def test_two_corpora_of_any_kind_are_compared_across_only() -> None:
    found = duplicates(TENTS, against=["RED TENTS on a hill"], threshold=0.6, model="hashing")
    assert {(pair.a, pair.b) for pair in found} == {("0", "0"), ("1", "0"), ("2", "0"), ("3", "0")}
    assert found.certificate.possible == 5
    with pytest.raises(InputError):
        _ = found.groups
    assert [(row.id, row.kept_id) for row in found.removed] == [("0", "0"), ("1", "0"), ("2", "0")]
    assert found.kept == TENTS[3:]


def test_texts_that_were_cut_are_no_paraphrase_by_their_beginnings() -> None:
    long = " ".join(f"word{n % 50}" for n in range(300))
    ends = [f"{long} {' '.join(f'{end}{n}' for n in range(60))}" for end in ("cat", "dog")]
    [pair] = duplicates(ends)
    assert (pair.label, pair.reason) == ("related", "the model saw only parts of the texts")
    assert duplicates([*ends, f"{ends[0]}."]).kept == ends


def test_a_target_size_keeps_that_many() -> None:
    texts = [*TENTS, TENTS[0].upper(), "Soup of the day."]
    found = duplicates(texts, threshold=0.6, model="hashing", target_size=5)
    assert found.kept == [TENTS[0], *TENTS[2:], "Soup of the day."]
    assert len(duplicates(texts, threshold=0.6, model="hashing", target_size=1).kept) == 3


def test_keep_and_labels_decide_what_is_removed() -> None:
    found = duplicates(TENTS, threshold=0.6, model="hashing", keep="longest")
    assert found.kept == [TENTS[2], TENTS[3], TENTS[4]]
    found = duplicates(TENTS, threshold=0.6, model="hashing", labels=["identical"])
    assert found.kept == [TENTS[0], TENTS[2], TENTS[3], TENTS[4]]
    found = duplicates(TENTS, threshold=0.6, model="hashing", labels=["identical", "near-identical", "contradicts"])
    assert [len(group.members) for group in found.groups] == [4]
    assert {row.label for row in found.removed} == {"identical", "near-identical"}
    with pytest.raises(InputError, match="include"):
        duplicates(TENTS, model="hashing", include=["contradicts"])


def test_defaults_are_those_of_the_task() -> None:
    found = duplicates(SHOP, model="hashing")
    assert (found.threshold, found.shingles) == (0.75, 0.0)
    found = duplicates(SHOP, model="hashing", task="near-duplicate")
    assert (found.threshold, found.shingles) == (0.9, 0.5)
    assert duplicates(SHOP, against=SHOP, model="hashing", task="near-duplicate").shingles == 0.0
    contract, _ = Contract.for_task("paraphrase", model="hashing")
    assert duplicate_labels((), contract) == DUPLICATE
    assert duplicate_labels((), replace(contract, task="near-duplicate")) == DUPLICATE | {Kind.CONTAINS}
    assert duplicate_labels(("contains", "related"), contract) == {Kind.CONTAINS, Kind.RELATED}


def test_a_guarantee_sets_the_threshold(tmp_path: Path) -> None:
    pairs = [LabelledPair(f"red tent {n}", f"red tent {n} here", 1.0) for n in range(60)]
    pairs += [LabelledPair(f"red tent {n}", f"blue kayak of {n} friends", 0.0) for n in range(60)]
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as index:
        index.add([Document("a", "a red tent"), Document("b", "the red tent"), Document("c", "a kayak")])
        with pytest.raises(InputError):
            index.duplicates(min_confidence=0.9)
        record = calibrate_pairs(pairs, index.contract, index.encoder("testing"), 3)
        record = keep_in_index(index, record)
        found = index.duplicates(min_confidence=0.9)
        assert found.calibration == record
        assert found.threshold in record.scores.values
        assert found.whole
        assert [(row.id, row.reason) for row in found.removed] == [("b", "harmless differences only")]
        index.add([Document("d", "this is a red tent that we have"), Document("e", "a red tent that they have")])
        found = index.duplicates(min_confidence=0.9, labels=["paraphrase", "near-identical"], groups=True)
        gone = {row.id: row.reason for row in found.removed}
        assert gone["e"] == "reaches the guaranteed threshold"
        assert found.removed == index.duplicates(min_confidence=0.9, labels=["paraphrase", "near-identical"]).removed


def test_progress_is_reported_and_documents_deleted_meanwhile_are_left_out(tmp_path: Path) -> None:
    told: list[str] = []
    duplicates(TENTS, threshold=0.6, model="hashing", progress=lambda step: told.append(step.what))
    assert list(dict.fromkeys(told)) == ["encode", "compare pairs", "label pairs"]
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as writer:
        writer.add([Document(name, "red tents") for name in "abcd"])
        with Index.open(tmp_path / "x") as reader:

            def meanwhile(_: Progress) -> None:
                writer.delete(["b"])

            for groups in (False, True):
                found = reader.duplicates(0.9, groups=groups, progress=meanwhile)
                assert [group.members for group in found.groups] == [("a", "c", "d")]


@pytest.mark.parametrize(
    "arguments",
    [
        {"threshold": float("nan")},
        {"shingles": 2.0},
        {"shingles": -0.1},
        {"top_k": -1},
        {"memory": 0},
        {"labels": "identical"},
        {"keep": "newest"},
        {"keep": "first", "keep_field": "price"},
        {"removed": "log.jsonl"},
        {"clean": "c.csv"},
        {"where": {"a": 1}},
        {"against": SHOP, "groups": True},
        {"against": SHOP, "chain": True},
        {"against": SHOP, "target_size": 2},
        {"against": SHOP, "shingles": 0.5},
        {"min_confidence": 1.5},
        {"min_confidence": 0.9, "threshold": 0.8},
        {"labelled": "none.csv"},
        {"target_size": 0},
        {"text": "body"},
    ],
)
def test_arguments_that_cannot_be_met_are_input_errors(arguments: dict[str, object]) -> None:
    with pytest.raises(InputError):
        duplicates(SHOP, model="hashing", **arguments)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"labels": ["same"]}, "label"),
        ({"keep": "shortest"}, "keep"),
        ({"role": "query"}, "role"),
        ({"task": "x"}, "task"),
    ],
)
def test_unknown_names_are_named(arguments: dict[str, object], what: str) -> None:
    with pytest.raises(UnknownNameError, match=what):
        duplicates(SHOP, model="hashing", **arguments)


@pytest.mark.parametrize("data", [None, 3, "no such file", Path("none.csv"), "x" * 5000, [""], [None], ("a", "b")])
def test_data_that_cannot_be_used_is_an_input_error(data: object) -> None:
    with pytest.raises(InputError):
        duplicates(data, model="hashing")


def test_an_index_of_another_encoder_is_not_comparable(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as index:
        index.add([Document("a", "red tents")])
        with pytest.raises(ContractError):
            duplicates(SHOP, against=index)


def test_parameters_are_checked_as_a_whole() -> None:
    DuplicateParams(min_confidence=0.9).check()
    with pytest.raises(InputError):
        DuplicateParams(min_confidence=0.9, shingles=0.5).check()
    with pytest.raises(InputError):
        DuplicateParams(min_confidence=0.9, threshold=0.8).check()
