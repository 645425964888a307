from askew.advising import told
from askew.advising.configurations import Configuration, Encoding
from askew.advising.probe import probe
from askew.advising.recommend import Cost, recommend
from askew.advising.tournament import Effort, Standing, Tournament
from askew.advising.trial import Trial
from askew.types import Document


def standing(name: str, values: list[float]) -> Standing:
    return Standing(Configuration(Encoding(name)), {f"q{n}": value for n, value in enumerate(values)}, Effort(1, 1, 8))


def tournament(*standings: Standing, labelled: bool = True) -> Tournament:
    ways = {} if labelled else {"q0": "title", "q1": "heading"}
    trial = Trial((Document("a", "x"),), (Document("q0", "x"), Document("q1", "y")), {}, labelled, 9, ways)
    return Tournament(trial, standings, ())


def test_the_difference_in_words() -> None:
    best = standing("best", [0.9, 1.0] * 30)
    clear = told.difference(recommend(tournament(best, standing("far", [0.1, 0.2] * 30))))
    assert clear.startswith("Runner-up: far, whole texts, 80.0 points behind (")
    assert clear.endswith("): more than chance.")
    lucky = [standing(name, [1.0, 0.89] * 30) for name in ("b", "c", "d")]
    close = told.difference(recommend(tournament(best, *lucky)))
    assert close.endswith("do not show that it is worse. The same holds for 2 others.")
    assert told.difference(recommend(tournament(best))) == "There was nothing to compare it with."


def test_the_evidence_is_called_what_it_is() -> None:
    best = standing("best", [1.0])
    assert told.evidence(tournament(best)) == "Measured on 2 judged queries over 1 documents, drawn from 9."
    weak = told.evidence(tournament(best, labelled=False))
    assert "taken out of the documents themselves (heading, title)" in weak
    assert "weaker evidence" in weak


def test_kind_and_price() -> None:
    found = probe([Document(str(n), "How do I pay?") for n in range(9)])
    assert told.kind(found).startswith("Queries and documents are the same kind of text (symmetric), ")
    assert len(told.signs(found)) <= told.STRONG
    assert told.price(Cost(300, 2_500_000, 1_000_000), 7) == (
        "For all 7 documents: about 5 min to encode, 2.5 MB on disk, 1.0 MB of vectors in memory."
    )
    assert "to encode" not in told.price(Cost(0, 1, 1), 7)
