"""Does the fast path give the published quality, and does a second indexing cost nothing? On NFCorpus.

nDCG@10 of all-MiniLM-L6-v2 in fp32 and int8 beside the published 0.31594 (MTEB); then `askew index` of the same
file twice as a new process, and once more after one line has changed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ir_measures
from goals import Goal, finish
from ir_measures import R, nDCG

from askew import Index, read

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "nfcorpus"
PUBLISHED = 0.31594
TASK = "question-answering"


def quality(name: Path, precision: str, corpus: Path, queries: dict[str, str], qrels: dict) -> dict:
    with Index.create(name, TASK, policy="accept", precision=precision) as index:
        start = time.perf_counter()
        index.add(read([corpus]).documents)
        seconds = time.perf_counter() - start
        rankings = index.rank([queries[id] for id in qrels], 100)
    run = {id: {entry.document: entry.score for entry in ranking} for id, ranking in zip(qrels, rankings, strict=True)}
    return {**ir_measures.calc_aggregate([nDCG @ 10, R @ 100], qrels, run), "seconds": seconds}


def index_again(name: Path, corpus: Path) -> tuple[float, dict]:
    askew = str(Path(sys.executable).with_name("askew"))
    command = [askew, "index", str(name), str(corpus), "--task", TASK, "--policy", "accept", "--json"]
    start = time.perf_counter()
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - start, json.loads(out)


def one_line_changed(corpus: Path, into: Path) -> Path:
    lines = corpus.read_text("utf-8").splitlines()
    row = json.loads(lines[100])
    row["text"] += " One more sentence."
    lines[100] = json.dumps(row)
    into.write_text("\n".join(lines) + "\n", "utf-8")
    return into


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="NFCorpus in the layout of BEIR")
    data = parser.parse_args().data
    corpus = data / "corpus.jsonl"
    if not corpus.exists():
        sys.exit(f"NFCorpus is not at {data}: name its folder, in the layout of BEIR, with --data.")
    rows = map(json.loads, (data / "queries.jsonl").read_text("utf-8").splitlines())
    queries = {row["_id"]: row["text"] for row in rows}
    qrels: dict[str, dict[str, int]] = {}
    for line in (data / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = int(grade)

    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':<12}{'nDCG@10':>9}{'R@100':>9}{'seconds to index':>18}")
        print(f"{'published':<12}{PUBLISHED:>9.5f}")
        found = {}
        for precision in ("fp32", "int8"):
            found[precision] = quality(Path(folder) / precision, precision, corpus, queries, qrels)
            figures = found[precision]
            print(f"{precision:<12}{figures[nDCG @ 10]:>9.5f}{figures[R @ 100]:>9.5f}{figures['seconds']:>18.1f}")
        name = Path(folder) / "fp32"
        again, outcome = index_again(name, corpus)
        print(f"\nindexed again     {again:5.2f} s  {outcome}")
        changed, after = index_again(name, one_line_changed(corpus, Path(folder) / "changed.jsonl"))
        print(f"one line changed  {changed:5.2f} s  {after}")
    finish(
        [
            Goal("nfcorpus-fp32-off", abs(found["fp32"][nDCG @ 10] - PUBLISHED), 0.0005, most=True),
            Goal("nfcorpus-int8-off", abs(found["int8"][nDCG @ 10] - PUBLISHED), 0.005, most=True),
            Goal("nfcorpus-again-encoded", outcome["new"] + outcome["changed"], 0, most=True),
            Goal("nfcorpus-again", again, 2, " s", most=True),
            Goal("nfcorpus-changed-encoded", after["new"] + after["changed"], 1, most=True),
        ]
    )


if __name__ == "__main__":
    main()
