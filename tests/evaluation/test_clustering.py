import math

import pytest

from askew.documents.tables import table
from askew.errors import InputError
from askew.evaluation.pair_measures import agreement_of, column


def test_measures_are_those_of_a_computation_by_hand() -> None:
    """Each label whole in one cluster, two labels in one of them: complete, and homogeneous by 1 - H(L|C) / H(L)."""
    found = agreement_of(["0", "0", "1", "1"], ["a", "a", "b", "c"])
    entropy = -(0.5 * math.log(0.5) + 2 * 0.25 * math.log(0.25))
    homogeneity = 1 - 0.5 * math.log(2) / entropy
    assert found.v_measure == pytest.approx(2 * homogeneity / (homogeneity + 1))
    assert (found.labelled, found.classes) == (4, 3)
    assert agreement_of(["x", "x", "y"], ["a", "a", "b"]).ari == 1
    assert agreement_of(["x", "x", "x"], ["a", "a", "b"]).v_measure == pytest.approx(0)


def test_texts_without_a_label_do_not_count_and_outliers_are_one_cluster() -> None:
    found = agreement_of(["0", "", "", "9"], ["a", "b", "b", ""])
    assert (found.v_measure, found.labelled) == (1, 3)


def test_a_column_is_read_as_words() -> None:
    rows = table('{"cluster": 3, "label": "a"}\n{"label": null}\n', "jsonl")
    assert column(rows, "cluster", "t.jsonl") == ["3", ""]
    assert column(rows, "label", "t.jsonl") == ["a", ""]


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InputError, match=r"t\.csv: There is no field 'lable'.*label"):
        column(table("label\na\n", "csv"), "lable", "t.csv")
    with pytest.raises(InputError, match=r"t\.csv:3: .*\b1, .*\b2\."):
        column(table("label,x\na,b\nc\n", "csv"), "label", "t.csv")
    with pytest.raises(InputError, match="1 clusters and 2 labels"):
        agreement_of(["0"], ["a", "b"])
    with pytest.raises(InputError, match=r"\blabel\b"):
        agreement_of(["0"], [""])
