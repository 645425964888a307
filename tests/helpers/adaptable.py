"""An index whose judged queries say more than what is asked, which a matrix can learn to leave out."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.encoder_pairs import document_encoder

from askew import Document, Index
from askew.encoders.texts import varied

CHATTER = ("please", "about", "with", "from", "they")


@dataclass(frozen=True)
class Adaptable:
    """foreign: a table of pairs of another subject, whose queries are documents as they are."""

    name: Path
    foreign: Path
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, float]]


def adaptable(folder: Path, count: int = 400, per_document: int = 2) -> Adaptable:
    """Make an index of a tiny model. Each query has four words of its document, and ten that are the same in all."""
    model = document_encoder(folder / "tiny")
    rng = random.Random(0)
    words = sorted(set(" ".join(varied()).lower().split()) - set(CHATTER))
    texts = [" ".join(rng.sample(words, 8)) for _ in range(count // per_document)]
    queries, qrels = {}, {}
    for n in range(count):
        document = n // per_document
        asked = [*rng.sample(texts[document].split(), 4), *CHATTER, *CHATTER]
        queries[f"q{n}"], qrels[f"q{n}"] = " ".join(rng.sample(asked, len(asked))), {f"d{document}": 1.0}
    name = folder / "book"
    with Index.create(name, "question-answering", model=model) as index:
        index.add([Document(f"d{n}", text) for n, text in enumerate(texts)])
    foreign = folder / "foreign.jsonl"
    drawn = rng.sample(words, 48)
    others = [" ".join(drawn[start : start + 8]) for start in range(0, 48, 8)]
    foreign.write_text("\n".join(json.dumps({"query": text, "document": text}) for text in others), "utf-8")
    return Adaptable(name, foreign, queries, qrels)


def for_the_guide(folder: Path) -> None:
    """The index `handbook` of adaptable texts, with judged queries and a set of another subject in files."""
    made = adaptable(folder)
    made.name.with_suffix(".askew").rename(folder / "handbook.askew")
    made.foreign.rename(folder / "other-subject.jsonl")
    write_judged(made, folder)


def write_judged(made: Adaptable, folder: Path) -> None:
    """Write `queries.jsonl` and `qrels.tsv`."""
    rows = [json.dumps({"_id": id, "text": text}) for id, text in made.queries.items()]
    (folder / "queries.jsonl").write_text("\n".join(rows), "utf-8")
    lines = [f"{query}\t{document}\t1" for query, grades in made.qrels.items() for document in grades]
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]), "utf-8")
