"""Does MTEB's own runner give askew's encoder the published figure? NFCorpus, all-MiniLM-L6-v2, fp32 and int8.

MTEB loads no data here: the task gets the corpus, queries and judgements of `--data`, in the layout of BEIR.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import mteb
from datasets import Dataset
from goals import Goal, finish

from askew.integrations.mteb import AskewModel

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "nfcorpus"
MODEL = "all-MiniLM-L6-v2"
PUBLISHED = 0.31594
NEAR = {"fp32": 0.0002, "int8": 0.005}
"""How far each precision may be from the published figure."""


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def local_task(data: Path) -> mteb.AbsTask:
    """Return MTEB's task NFCorpus over these files."""
    task = mteb.get_task("NFCorpus")
    qrels: dict[str, dict[str, int]] = {}
    for line in (data / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = int(grade)
    corpus = [{"id": row["_id"], "title": row["title"], "text": row["text"]} for row in rows(data / "corpus.jsonl")]
    queries = [{"id": row["_id"], "text": row["text"]} for row in rows(data / "queries.jsonl") if row["_id"] in qrels]
    split = {
        "corpus": Dataset.from_list(corpus),
        "queries": Dataset.from_list(queries),
        "relevant_docs": qrels,
        "top_ranked": None,
    }
    task.dataset, task.data_loaded = {"default": {"test": split}}, True
    return task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="NFCorpus in the layout of BEIR")
    parser.add_argument("--precision", nargs="+", default=["fp32", "int8"], choices=["fp32", "int8"])
    arguments = parser.parse_args()
    if not (arguments.data / "corpus.jsonl").exists():
        sys.exit(f"NFCorpus is not at {arguments.data}: name its folder, in the layout of BEIR, with --data.")
    print(f"MTEB {mteb.__version__}\n{'':<12}{'nDCG@10':>9}{'seconds':>9}\n{'published':<12}{PUBLISHED:>9.5f}")
    goals = []
    for precision in arguments.precision:
        start = time.perf_counter()
        model = AskewModel(MODEL, precision=precision)
        result = mteb.evaluate(
            model, local_task(arguments.data), cache=None, show_progress_bar=False, co2_tracker=False
        )
        found = result.task_results[0].get_score()
        print(f"{precision:<12}{found:>9.5f}{time.perf_counter() - start:>9.1f}")
        goals.append(
            Goal(
                f"distance of {precision} from the published nDCG@10",
                abs(found - PUBLISHED),
                NEAR[precision],
                most=True,
            )
        )
    finish(goals)


if __name__ == "__main__":
    main()
