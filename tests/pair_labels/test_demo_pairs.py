"""The demo's support questions, mined as in the demo: the verdict of each planted paraphrase and trap."""

from pathlib import Path

from askew import demo
from askew.index import Index
from askew.pair_labels.judge import judge
from askew.pair_labels.verdict import DUPLICATE, Kind, Verdict

RIGHT = {"negation": Kind.CONTRADICTS, "number": Kind.OTHER_VALUES, "product": Kind.OTHER_VALUES}


def test_thirty_paraphrases_and_ten_traps(tmp_path: Path) -> None:
    texts = {document.id: document.text for document in demo.support()}
    with Index.create(tmp_path / "support", "duplicate-questions") as index:
        index.add(demo.support())
        mined = index.duplicates(index.task.threshold)
    found: dict[tuple[str, str], Verdict] = {
        (pair.a, pair.b): judge(texts[pair.a], texts[pair.b], pair.score) for pair in mined
    }
    truth = demo.support_truth()
    assert truth.keys() <= found.keys()
    paraphrases = [pair for pair, kind in truth.items() if kind == "paraphrase"]
    assert [pair for pair in paraphrases if found[pair].kind not in DUPLICATE] == []
    traps = {pair: kind for pair, kind in truth.items() if kind != "paraphrase"}
    assert {pair: found[pair].kind for pair in traps} == {pair: RIGHT[kind] for pair, kind in traps.items()}
