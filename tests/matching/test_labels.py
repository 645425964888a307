from pathlib import Path

from askew.matching.judged import judged, kinds

from askew.index import Index
from askew.matching.corpus import of_index
from askew.matching.find import How, every_pair
from askew.mining.verdicts.verdict import Kind
from askew.progress import Progress
from askew.types import Document

DOCUMENTS = [
    Document("a", "Can I return a tent that I have used?"),
    Document("b", "Can I return a tent that I have not used?"),
    Document("c", "can i return a tent that i have used"),
]


def test_each_pair_has_a_verdict_and_what_is_gone_is_left_out(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as index:
        index.add(DOCUMENTS)
        corpus = of_index(index)
        found = every_pair(corpus, How(0.5))
        told: list[Progress] = []
        matches = judged(corpus, corpus, found, told.append)
        assert {(match.pair.a, match.pair.b): match.verdict.kind for match in matches} == {
            ("a", "c"): Kind.IDENTICAL,
            ("a", "b"): Kind.CONTRADICTS,
            ("b", "c"): Kind.CONTRADICTS,
        }
        assert kinds(matches) == {Kind.CONTRADICTS: 2, Kind.IDENTICAL: 1}
        assert [match.pair.score for match in matches] == found.scores.tolist()
        assert told[0].total == 3
        index.delete(["b"])
        assert [(match.pair.a, match.pair.b) for match in judged(corpus, corpus, found)] == [("a", "c")]
