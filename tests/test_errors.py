from askew.errors import ContractError, Difference, UnknownNameError


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
