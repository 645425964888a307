"""What do adapters and NUDGE gain on documents that they saw, and on others? From stored vectors, without PyTorch.

    python benchmarks/adapt.py [--methods ridge,contrastive,nudge-n,nudge-m]

--data holds nfcorpus (with qrels.train.tsv, qrels.dev.tsv and qrels.tsv) and squad-dev, in the layout of BEIR. Each
index is built by all-MiniLM-L6-v2 once, in --work. nfcorpus has the parts of its authors, which share documents;
squad-dev is split by document for adapters, and by query for NUDGE. One document in ten is withheld from NUDGE.
"""

import argparse
import json
import os
import random
import tempfile
import time
from pathlib import Path

from askew import Index, adapt, read
from askew.evaluation.qrels import Qrels, query_texts, read_qrels
from askew.text.normalise import normalise
from askew.training.adaptation import Adapted
from askew.training.trials import Trial

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MODEL = "all-MiniLM-L6-v2"
METHODS = "ridge,contrastive,nudge-n,nudge-m"
HEADING = f"{'set':<10}{'method':<13}{'held out':>24}{'seen':>20}{'unseen':>20}{'p':>9}{'s':>7}{'cpu s':>7}  verdict"


def built(work: Path, data: Path) -> Path:
    """Build the index of a set, unless it is there."""
    name = work / data.name
    with Index.open_or_create(name, "question-answering", model=MODEL, policy="accept") as index:
        if not index.sizes().documents:
            index.add(read([data / "corpus.jsonl"]).documents)
    return name


def adapted(name: Path, data: Path, method: str, given: argparse.Namespace) -> Adapted:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASKEW_CARDS"] = str(Path(folder) / "cards")  # what is accepted is registered there
        out = Path(folder) / "benchmark-product"
        if (data / "qrels.train.tsv").is_file():
            train, dev, test = without_leaks(data)
            if given.by_document:
                return adapt(name, data / "queries.jsonl", train, method=method, out=out, seed=given.seed)
            return adapt(
                name, data / "queries.jsonl", train, dev_qrels=dev, test_qrels=test, method=method, out=out,
                seed=given.seed, shared_documents=True,
            )  # fmt: skip
        every = read_qrels(data / "qrels.tsv")
        drawn = random.Random(given.seed).sample(sorted(every), min(given.most, len(every)))
        qrels = {query: every[query] for query in drawn}
        return adapt(name, data / "queries.jsonl", qrels, method=method, out=out, seed=given.seed)


def without_leaks(data: Path) -> list[Qrels]:
    """Return the judgements of the three parts; queries whose text a later part has too are left out of the earlier."""
    texts = {id: normalise(text) for id, text in query_texts(data / "queries.jsonl").items()}
    parts = [read_qrels(data / f"qrels{part}.tsv") for part in (".train", ".dev", "")]
    for place, part in enumerate(parts):
        later = {texts[query] for other in parts[place + 1 :] for query in other}
        leaks = [query for query in part if texts[query] in later]
        for query in leaks:
            del part[query]
        if leaks:
            print(f"  left out of part {place}, as a later one has the same query: {len(leaks)}")
    return list(parts)


def figures(one: Trial | None) -> str:
    return "-" if one is None else f"{one.base:.4f} > {one.trained:.4f}"


def row(data: Path, method: str, found: Adapted, processor: float) -> str:
    said = found.verdict
    held = f"{figures(said.held_out)} ({said.held_out.compared.difference:+.4f})"
    verdict = "accepted" if said.accepted else " ".join(said.reasons)
    return (
        f"{data.name:<10}{method:<13}{held:>26}{figures(found.seen):>20}{figures(found.unseen):>20}"
        f"{said.held_out.p:>9.4f}{found.seconds:>7.1f}{processor:>7.1f}  {found.strength:g}/{found.rank} {verdict}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "askew-adapt")
    parser.add_argument("--sets", default="nfcorpus,squad-dev")
    parser.add_argument("--methods", default=METHODS)
    parser.add_argument("--most", type=int, default=3000, help="judged queries of a set that has no parts")
    parser.add_argument("--by-document", action="store_true", help="split the judgements for training of nfcorpus")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.work.mkdir(exist_ok=True)
    print(HEADING)
    for name in given.sets.split(","):
        index = built(given.work, given.data / name)
        for method in given.methods.split(","):
            start = time.process_time()
            found = adapted(index, given.data / name, method, given)
            print(row(given.data / name, method, found, time.process_time() - start), flush=True)
            for one in found.verdict.forgetting:
                print(f"  {one.name}: {figures(one)} ({one.compared.difference:+.4f})")
            print(f"  {json.dumps({part: card.queries for part, card in found.card.parts.items()})}", flush=True)


if __name__ == "__main__":
    main()
