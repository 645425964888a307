from askew.rag.answer import SENTINEL, chat_messages


def test_the_model_is_told_the_rules_the_sources_and_the_question() -> None:
    system, user = chat_messages("May dogs come?", "[1] Pets\nDogs may come.")
    assert (system["role"], user["role"]) == ("system", "user")
    assert f"\n{SENTINEL}\n" in system["content"]
    assert "in square brackets" in system["content"]
    assert user["content"] == "Sources:\n\n[1] Pets\nDogs may come.\n\nQuestion: May dogs come?"
