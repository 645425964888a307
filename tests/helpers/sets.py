"""Small sets of our own in the layouts in which published sets are distributed, and a model with figures on them."""

import json
from collections.abc import Mapping
from pathlib import Path

from askew.models import cards

PAIRS = [("a red tent", "a red tent", 5.0), ("a stove and gas", "a gas bottle", 2.5), ("one kayak", "two maps", 0.25)]
"""Two texts and what people said; by shared words the scores follow in this order."""

DOCUMENTS = {
    "d1": ("", "blue kayak paddle river"),
    "d2": ("", "blue kayak in the shed behind our old house by the road"),
    "d3": ("Stove", "gas bottle"),
    "d4": ("Compass", ""),
    "d5": ("", "  "),
}
QUERIES = {"q1": "blue kayak paddle river", "q2": "stove gas bottle", "q3": "compass", "q4": "nobody judged this"}
QRELS = {"q1": {"d2": 1, "d3": 0}, "q2": {"d3": 2}, "q3": {"d4": 1}}
NDCG = (0.6309297535714575 + 1 + 1) / 3
"""nDCG@10 of a search by shared words: the relevant documents come second (1 / log2(3)), first and first."""


def beir(folder: Path, *, inner: bool = True) -> Path:
    """corpus, queries and qrels/test.tsv as in BEIR's zip files, or qrels.tsv beside them."""
    folder.mkdir(parents=True)
    corpus = [{"_id": id, "title": title, "text": text, "metadata": {}} for id, (title, text) in DOCUMENTS.items()]
    lines(folder / "corpus.jsonl", corpus)
    lines(folder / "queries.jsonl", [{"_id": id, "text": text, "metadata": {}} for id, text in QUERIES.items()])
    rows = [f"{query}\t{document}\t{grade}" for query, of in QRELS.items() for document, grade in of.items()]
    qrels = folder / ("qrels/test.tsv" if inner else "qrels.tsv")
    qrels.parent.mkdir(exist_ok=True)
    qrels.write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n")
    return folder


def sts16(folder: Path, first: float = PAIRS[0][2]) -> Path:
    """With a heading, as such sets lie here. first: what people said of the first pair."""
    folder.mkdir(parents=True)
    rows = [(a, b, first if n == 0 else score) for n, (a, b, score) in enumerate(PAIRS)]
    body = "".join(f"{a}\t{b}\t{score}\n" for a, b, score in rows)
    (folder / "test.tsv").write_text(f"text1\ttext2\tscore\n{body}")
    return folder


def lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def model_with(home: Path, figures: Mapping[tuple[str, str], float], name: str = "counted") -> str:
    """The weightless model under another name, with published figures, among the user's own cards in `home`."""
    hashing = cards.get("hashing")
    same = ("summary", "architecture", "pooling", "licence", "checked")
    text = "\n".join(f"{key} = {json.dumps(getattr(hashing, key))}" for key in same)
    text += f'\nname = "{name}"\nnormalised = true\nsimilarity = "cosine"\ndim = 512\nmax_tokens = 100000\n'
    text += 'languages = ["any"]\ncommercial = true\nsize_mb = 0\ntasks = ["faq"]\nverified = true\n'
    for (of, measure), value in figures.items():
        text += f'\n[[scores]]\nset = "{of}"\nmeasure = "{measure}"\nvalue = {value}\nsource = "by hand"\n'
    home.mkdir(parents=True, exist_ok=True)
    (home / f"{name}.toml").write_text(text)
    return name
