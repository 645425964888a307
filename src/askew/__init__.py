"""Semantic search that knows what it is asked to do.

    from askew import Document, Index

    with Index.create("handbook", task="enterprise-search") as index:
        index.add([Document("leave", "Everyone has 28 days of paid holiday a year.")])
        for hit in index.search("how long can I be away?"):
            print(hit.score, hit.document.id, hit.passage.text)

The names below load when they are first used, so that `import askew` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from askew.version import __version__

if TYPE_CHECKING:
    from askew.compare import cluster, duplicates
    from askew.documents.readers import read
    from askew.encoders.loading import load
    from askew.errors import AskewError, ContractError, InputError, ModelError, StoreError
    from askew.explain.explain import explain
    from askew.faq.entries import QuestionAnswer
    from askew.faq.faq import Faq
    from askew.index import Index
    from askew.matching.labels import judge
    from askew.sync import sync
    from askew.tasks import TASKS
    from askew.types import Document, Hit, Pair, Passage, Role

_HOMES = {
    "AskewError": "errors",
    "ContractError": "errors",
    "Document": "types",
    "Faq": "faq.faq",
    "Hit": "types",
    "Index": "index",
    "InputError": "errors",
    "ModelError": "errors",
    "Pair": "types",
    "Passage": "types",
    "QuestionAnswer": "faq.entries",
    "Role": "types",
    "StoreError": "errors",
    "TASKS": "tasks",
    "cluster": "compare",
    "duplicates": "compare",
    "explain": "explain.explain",
    "judge": "matching.labels",
    "load": "encoders.loading",
    "read": "documents.readers",
    "sync": "sync",
}

__all__ = [
    "TASKS",
    "AskewError",
    "ContractError",
    "Document",
    "Faq",
    "Hit",
    "Index",
    "InputError",
    "ModelError",
    "Pair",
    "Passage",
    "QuestionAnswer",
    "Role",
    "StoreError",
    "__version__",
    "cluster",
    "duplicates",
    "explain",
    "judge",
    "load",
    "read",
    "sync",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'askew' has no attribute {name!r}")
    return getattr(import_module(f"askew.{_HOMES[name]}"), name)
