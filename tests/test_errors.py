import pickle

from askew.errors import ContractError, Difference, InputError, UnknownNameError


def test_an_unknown_name_gets_the_nearest() -> None:
    assert "Did you mean faq?" in str(UnknownNameError("task", "faqs", ["faq", "paraphrase"]))
    assert "Known: a, b." in str(UnknownNameError("task", "zzz", ["b", "a"]))
    assert str(UnknownNameError("task", "zzz", [f"n{i:02}" for i in range(20)])).endswith("n11 and 8 more.")


def test_a_contract_error_lists_the_fields_side_by_side() -> None:
    error = ContractError("Refused.", [Difference("pooling", "mean", "cls"), Difference("dim", "3", "4")])
    assert str(error).splitlines() == [
        "Refused.",
        "  pooling  index: mean  given: cls",
        "  dim      index: 3     given: 4",
    ]
    assert [difference.field for difference in error.differences] == ["pooling", "dim"]


def test_an_error_is_as_many_lines_as_it_has_rows_and_acts_on_no_terminal() -> None:
    error = InputError("There is no a\n\x1b]0;x\x07\u202e", ("  row\x9b", "  other\r"))
    assert str(error).split("\n") == [r"There is no a\n\x1b]0;x\x07\u202e", r"  row\x9b", r"  other\r"]
    assert error.lines == tuple(str(error).split("\n"))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
