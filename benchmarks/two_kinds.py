"""What is lost where a search is set up as the other kind: real sets of both kinds, by meaning, by words and by both.

The last part mixes the kinds: paragraphs beside other people's questions, which are nearer to a question than answers.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from goals import Goal, finish
from hybrid import DATA, mean_gain, read

from askew import Document, Index, tasks

SETS = {
    "quora-dups-sample": "duplicate-questions",
    "squad-dev": "question-answering",
    "wikiqa": "question-answering",
    "nfcorpus": "question-answering",
}
MODES = ("dense", "lexical", "hybrid")
MIXED = "squad-dev"


def figures(
    documents: Sequence[Document],
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, float]],
    task: str,
    given: argparse.Namespace,
) -> dict[str, float]:
    """Return nDCG@10 of each mode, and the share of queries whose first document by meaning is a question."""
    with (
        tempfile.TemporaryDirectory() as place,
        Index.create(Path(place) / "set", task, model=given.model, precision=given.precision) as index,
    ):
        index.add(documents)
        found = {mode: mean_gain(index, queries, qrels, mode) for mode in MODES}
        first = [hits[0].id for hits in index.search(list(queries.values()), k=1, mode="dense")]
        return {**found, "question first": sum(id.startswith("question") for id in first) / len(first)}


def show(name: str, found: Mapping[str, float]) -> None:
    print(f"{name:<36}" + "".join(f"{found[mode]:>9.4f}" for mode in MODES), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a folder of corpora in the layout of BEIR")
    parser.add_argument("--queries", type=int, default=500, help="judged queries of each corpus")
    parser.add_argument("--documents", type=int, default=5000, help="at most so many documents of each corpus (0: all)")
    parser.add_argument("--precision", default="int8", help="of the model")
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    given = parser.parse_args()
    names = [name for name in SETS if (given.data / name / "corpus.jsonl").exists()]
    if not names:
        sys.exit(f"No corpora at {given.data}: name their folder, in the layout of BEIR, with --data.")
    kinds = {task.name: (task.kind, task.mode) for task in tasks()}
    print(f"{given.model}, {given.precision}\n{'':<36}" + "".join(f"{mode:>9}" for mode in MODES))
    goals = []
    for name in names:
        kind, mode = kinds[SETS[name]]
        found = figures(*read(given.data / name, given.queries, given.documents), SETS[name], given)
        show(f"{name} ({kind})", found)
        other = found["dense" if mode == "hybrid" else "hybrid"]
        goals.append(Goal(f"default-{mode}-{name}", found[mode] - other, -0.01))
    if MIXED in names:
        documents, queries, qrels = read(given.data / MIXED, given.queries, given.documents)
        others = read(given.data / MIXED, 10**6, 1)[1]
        asked = [Document(f"question {id}", text) for id, text in others.items() if id not in queries]
        documents = [*documents, *asked[:: max(len(asked) // 2000, 1)]]
        found = figures(documents, queries, qrels, SETS[MIXED], given)
        show(f"{MIXED}, questions among the texts", found)
        print(f"first by meaning is another question: {found['question first']:.1%} of {len(queries):,} queries")
    finish(goals)


if __name__ == "__main__":
    main()
