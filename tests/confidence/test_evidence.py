import pytest

from askew.confidence.risk_control import cuts, labelled_scores
from askew.errors import InputError


def test_what_lies_at_or_above_each_value_is_counted() -> None:
    labelled = labelled_scores([0.2, 0.9, 0.5, 0.7], [False, True, False, True], asked=6)
    assert labelled.values == (0.9, 0.7, 0.5, 0.2)
    assert labelled.right == (True, True, False, False)
    assert labelled.asked == 6
    found = cuts(labelled)
    assert found.above.tolist() == [1, 2, 3, 4]
    assert found.wrong.tolist() == [0, 0, 1, 2]


def test_equal_values_share_their_fate() -> None:
    found = cuts(labelled_scores([0.5, 0.5, 0.9, 0.5], [True, False, True, False]))
    assert (found.values.tolist(), found.above.tolist(), found.wrong.tolist()) == ([0.9, 0.5], [1, 4], [0, 2])


def test_without_a_label_there_is_no_cut() -> None:
    assert len(cuts(labelled_scores([], [])).values) == 0


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="not finite"):
        labelled_scores([0.5, float("nan")], [True, True])
