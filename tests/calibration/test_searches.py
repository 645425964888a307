from pathlib import Path

from helpers.judged import corpus, queries

from askew.calibration.answers import calibrate_search, judged_queries
from askew.confidence.record import NOTE, read
from askew.index import Index
from askew.progress import Progress
from askew.search.ranking import SearchParams


def test_the_first_hit_of_each_query_is_evidence_and_stays_in_the_index(tmp_path: Path) -> None:
    texts, qrels = queries(corpus())
    known = judged_queries(texts, qrels, unanswerable=True)
    told: list[Progress] = []
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add(corpus())
        record = calibrate_search(index, known, SearchParams(), confidence=0.8, report=told.append)
        hits = [index.rank([query.text], 10)[0][0].document in query.relevant for query in known]
        other = calibrate_search(index, known, SearchParams(mode="hybrid"))
    assert (record.documents, record.confidence, record.evidence.asked) == (60, 0.8, 240)
    assert 0 <= sum(hits) - sum(record.evidence.right) <= 60
    assert [(one.done, one.total) for one in told] == [(256, 300), (300, 300)]
    with Index.open(tmp_path / "x") as index:
        assert read(index.store.note(NOTE)) == [record, other]
