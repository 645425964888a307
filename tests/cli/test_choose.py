from helpers.cli import Here, refused


def test_a_table_reasons_and_what_contradicts_the_rule(askew: Here) -> None:
    outcome = askew("models", "choose", "--task", "question-answering")
    assert outcome.code == 0
    for words in (
        "model",
        "points: published figures for this kind of task",
        "1. ",
        "   + intended for question-answering",
        "The kind a model was trained for is no law. all-MiniLM-L6-v2 against multi-qa-MiniLM-L6-cos-v1",
        "wins SciFact 64.5 to 54.0",
        "loses TRECCOVID 47.2 to 55.8",
    ):
        assert words in outcome.out


def test_limits(askew: Here) -> None:
    arguments = ["--task", "faq", "--languages", "de,en", "--max-mb", "500", "--licence", "commercial", "--json"]
    found = askew("models", "choose", *arguments).json
    assert found["choices"]
    assert all(choice["size_mb"] <= 500 for choice in found["choices"])
    offline = askew("models", "choose", "--task", "faq", "--offline", "--json").json
    assert [choice["model"] for choice in offline["choices"]] == ["all-MiniLM-L6-v2"]
    refused(askew("models", "choose", "--task", "faq", "--languages", "tlh", "--max-mb", "1", "--offline"), "--max-mb")
    assert askew("models", "choose", "--task", "faq", "--licence", "free").code == 2
