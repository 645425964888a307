from helpers.patients import Make, plain_texts

from askew.diagnostics.sample import ask_passages, ask_queries, draw
from askew.progress import Progress, silent


def test_a_passage_finds_itself_first_and_ten_documents_in_all(patient: Make) -> None:
    case = patient(plain_texts(60))
    asked = ask_passages(case.index, draw(case.index.store), silent)
    assert [next(iter(answers)) for answers in asked.found] == list(asked.own)
    assert {len(answers) for answers in asked.found} == {10}
    assert not asked.real


def test_queries_find_what_a_search_finds_and_each_is_asked_once(patient: Make) -> None:
    case = patient(plain_texts(60))
    steps: list[Progress] = []
    asked = ask_queries(case.index, ["the glacier", "the violin", "the glacier"], steps.append)
    assert len(asked.found) == 2
    assert asked.real
    ranked = case.index.rank(["the glacier"], 10)[0]
    assert list(asked.found[0]) == [entry.document for entry in ranked]
    assert asked.found[0][ranked[0].document] == ranked[0].key
    assert {step.what for step in steps} == {"encode queries", "ask the index"}
