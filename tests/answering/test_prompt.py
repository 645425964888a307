from askew.answering.prompt import SENTINEL, messages


def test_the_model_is_told_the_rules_the_sources_and_the_question() -> None:
    system, user = messages("May dogs come?", "[1] Pets\nDogs may come.")
    assert (system["role"], user["role"]) == ("system", "user")
    assert f"\n{SENTINEL}\n" in system["content"]
    assert "in square brackets" in system["content"]
    assert user["content"] == "Sources:\n\n[1] Pets\nDogs may come.\n\nQuestion: May dogs come?"
