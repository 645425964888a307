"""Indexes with access control, and the same as if they had never held what a reader may not see."""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from askew import AskewError, Document, Index, explain
from askew.export.cells import as_json
from askew.index import Index as OpenIndex

GROUPS = ("staff", "legal", "board", "press")
TOPICS = """holiday pay tent kayak river merger secret budget lawyer court invoice travel password laptop door badge
canteen soup manager contract notice salary bonus audit refund order parcel damaged screen battery"""
WORDS = tuple(TOPICS.split())
QUERIES = ("holiday pay", "secret merger budget", "kayak on the river", "laptop battery damaged", "nothing of this")
WHERES: tuple[dict[str, Any] | None, ...] = (
    None,
    {"year": {"$gte": 2021}},
    {"kind": "memo"},
    {"classified": True},
    {"$page": 1},
    {"nowhere": 1},
)


def drawn(seed: int, count: int) -> list[Document]:
    """Documents with readers, some of them copies of others; a field of metadata exists in few of them only."""
    rng = random.Random(seed)
    made: list[Document] = []
    for number in range(count):
        metadata: dict[str, Any] = {"year": rng.randint(2019, 2024), "kind": rng.choice(("memo", "mail", "form"))}
        if rng.random() < 0.1:
            metadata["classified"] = True
        text = " ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 60)))
        if made and rng.random() < 0.15:
            text = rng.choice(made).text
        readers = frozenset(rng.sample(GROUPS, rng.choice((0, 1, 1, 2))))
        made.append(Document(f"d{number}", text, rng.choice(("", "Title")), metadata, readers=readers))
    return made


def visible(documents: Sequence[Document], groups: Collection[str]) -> list[Document]:
    """What these groups may read, as they see it."""
    mine = frozenset(groups)
    return [replace(one, readers=one.readers & mine) for one in documents if one.readers & mine]


def made(folder: Path, documents: Sequence[Document], **how: Any) -> OpenIndex:
    """An index in this folder, always of the same name."""
    folder.mkdir(exist_ok=True)
    path = folder / "guarded"
    index = Index.create(path, "question-answering", model="hashing", access=True, chunk_tokens=12, overlap=2, **how)
    index.add(documents)
    return index


def answer(ask: Callable[[], object]) -> str:
    """What a caller gets, as JSON, or as the error that it is."""
    try:
        found: object = ask()
    except AskewError as error:
        found = {"error": type(error).__name__, "lines": [*error.lines]}
    return as_json(_plain(found))


def _plain(value: object) -> object:
    if hasattr(value, "to_dicts"):
        return [_plain(row) for row in value.to_dicts()]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, str | int | float | bool | None):
        return value
    return [_plain(one) for one in value] if hasattr(value, "__iter__") else str(value)


def asked(index: OpenIndex, seed: int, ids: Sequence[str]) -> dict[str, str]:
    """The answers of one index to every way to read it. ids: of documents that may be there or not."""
    rng = random.Random(seed)
    found: dict[str, Callable[[], object]] = {
        "len": lambda: len(index),
        "iterated": lambda: list(index),
        "contains": lambda: [id in index for id in ids],
        "get": lambda: index.get(ids[0]),
        "documents": lambda: index.documents(list(ids[:3])),
        "fields": index.fields,
        "losers": lambda: index.losers(5),
        "accounts": lambda: list(index.accounts()),
        "facts": index.facts,
        "check": index.check,
        "quick check": lambda: index.check(quick=True),
        "foreign files": index.foreign_files,
        "weights": lambda: index.weights,
        "repr": lambda: repr(index),
    }
    for query in QUERIES:
        where, k, offset = rng.choice(WHERES), rng.choice((1, 3, 50)), rng.choice((0, 0, 2))
        for mode in ("dense", "lexical", "hybrid"):
            how: dict[str, Any] = {"mode": mode, "where": where, "offset": offset, "passages": rng.choice((1, 2))}
            found[f"search {query} {mode} {how} {k}"] = lambda q=query, h=how, k=k: index.search(q, k, **h)
            found[f"rank {query} {mode}"] = lambda q=query, m=mode, w=where: index.rank([q], 20, mode=m, where=w)
        found[f"varied {query}"] = lambda q=query: index.search(q, 5, mode="hybrid", collapse=True, diversity=0.3)
        found[f"mean {query}"] = lambda q=query: index.search(q, 5, mode="dense", document_score="mean2")
        found[f"sure {query}"] = lambda q=query: index.search(q, min_confidence=0.9)
        found[f"similar {query}"] = lambda q=query, w=where: index.similar(q, 4, where=w)
        found[f"context {query}"] = lambda q=query: index.context(q, 60).as_json()
        for id in rng.sample(list(ids), 2):
            found[f"explain {query} {id}"] = lambda q=query, i=id, w=where: explain(index, q, i, where=w)
    for groups in (False, True):
        found[f"duplicates {groups}"] = lambda g=groups: _pairs(index, groups=g)
    return {name: answer(ask) for name, ask in found.items()}


def _pairs(index: OpenIndex, **how: Any) -> object:
    found = index.duplicates(0.9, progress=False, **how)
    return {"pairs": found.to_dicts(), "groups": found.groups}
