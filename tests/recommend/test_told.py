from askew.recommend import text_report
from askew.recommend.advice import recommendation
from askew.recommend.configurations import Benchmark, Configuration, Encoding
from askew.recommend.grid_search import Effort, GridSearch, TrialResult
from askew.recommend.task_detection import detect_task_kind
from askew.recommend.two_sizes import Cost
from askew.types import Document


def standing(name: str, values: list[float]) -> TrialResult:
    return TrialResult(
        Configuration(Encoding(name)), {f"q{n}": value for n, value in enumerate(values)}, Effort(1, 1, 8)
    )


def tournament(*standings: TrialResult, labelled: bool = True) -> GridSearch:
    ways = {} if labelled else {"q0": "title", "q1": "heading"}
    trial = Benchmark((Document("a", "x"),), (Document("q0", "x"), Document("q1", "y")), {}, labelled, 9, ways)
    return GridSearch(trial, standings, ())


def test_the_difference_in_words() -> None:
    best = standing("best", [0.9, 1.0] * 30)
    clear = text_report.difference(recommendation(tournament(best, standing("far", [0.1, 0.2] * 30))))
    assert clear.startswith("Runner-up: far, whole texts, 80.0 points behind (")
    assert clear.endswith("difference is significant.")
    lucky = [standing(name, [1.0, 0.89] * 30) for name in ("b", "c", "d")]
    close = text_report.difference(recommendation(tournament(best, *lucky)))
    assert close.endswith("not significant. The same holds for 2 others.")
    single = text_report.difference(recommendation(tournament(best)))
    assert single == "There was no other configuration to compare it with."


def test_the_evidence_is_called_what_it_is() -> None:
    best = standing("best", [1.0])
    assert text_report.evidence(tournament(best)) == "Measured on 2 judged queries over 1 documents, drawn from 9."
    weak = text_report.evidence(tournament(best, labelled=False))
    assert "taken from the documents themselves (heading, title)" in weak
    assert "weaker evidence" in weak


def test_what_there_was_no_time_for_is_named() -> None:
    assert text_report.untried_sentence(tournament(standing("a", [1.0]))) == ""
    late = [Configuration(Encoding(name, chunk_tokens=64), mode) for name in ("a", "b") for mode in ("dense", "hybrid")]
    trial = tournament(standing("a", [1.0])).trial
    found = GridSearch(trial, (standing("a", [1.0]),), (*late, Configuration(Encoding("c"), "lexical")))
    assert text_report.untried_sentence(found) == "There was no time for 5 configurations, among them all of b."


def test_kind_and_price() -> None:
    found = detect_task_kind([Document(str(n), "How do I pay?") for n in range(9)])
    assert text_report.kind_sentence(found).startswith("Queries and documents are the same kind of text (symmetric), ")
    assert len(text_report.feature_sentences(found)) <= text_report.STRONG
    assert text_report.cost_sentence(Cost(300, 2_500_000, 1_000_000), 7) == (
        "For all 7 documents: about 5 min to encode, 2.5 MB on disk, 1.0 MB of vectors in memory."
    )
    assert "to encode" not in text_report.cost_sentence(Cost(0, 1, 1), 7)
