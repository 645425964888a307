import pytest

from askew.cli.pair_options import PairOptions
from askew.contract import Contract
from askew.errors import InputError, UnknownNameError
from askew.mining.verdicts.verdict import DUPLICATE, Kind
from askew.tasks import get

NOTHING = PairOptions(None, None, 0, 1024, ())


def test_the_task_says_what_was_not_given() -> None:
    for task in ("duplicate-questions", "near-duplicate"):
        contract, _ = Contract.for_task(task, model="hashing")
        how = NOTHING.how(contract)
        assert (how.threshold, how.shingles, how.memory) == (get(task).threshold, get(task).shingles, 1 << 30)
        assert NOTHING.how(contract, two=True).shingles == 0


def test_a_shortened_copy_is_a_duplicate_where_near_duplicates_are_the_task() -> None:
    assert NOTHING.kinds(Contract.for_task("paraphrase", model="hashing")[0]) == DUPLICATE
    assert Kind.CONTAINS in NOTHING.kinds(Contract.for_task("near-duplicate", model="hashing")[0])
    asked = PairOptions(None, None, 0, 1, ("contains", "related"))
    assert asked.kinds(Contract.for_task("paraphrase", model="hashing")[0]) == {Kind.CONTAINS, Kind.RELATED}


def test_what_was_given_is_checked() -> None:
    contract, _ = Contract.for_task("paraphrase", model="hashing")
    with pytest.raises(InputError, match="threshold"):
        PairOptions(float("inf"), None, 0, 1, ()).how(contract)
    with pytest.raises(InputError, match="--shingles"):
        PairOptions(None, -0.1, 0, 1, ()).how(contract)
    with pytest.raises(UnknownNameError, match="verdict"):
        PairOptions(None, None, 0, 1, ("same",))
