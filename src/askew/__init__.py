"""Semantic search that knows what it is asked to do.

    from askew import Document, Index

    with Index.create("handbook", task="enterprise-search") as index:
        index.add([Document("leave", "Everyone has 28 days of paid holiday a year.")])
        for hit in index.search("how long can I be away?"):
            print(hit.score, hit.id, hit.text)

Everything public is here, and loads when it is first used, so that `import askew` costs nothing. Some names are also
those of sub-packages, which are internal: `askew.explain` is always the function.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from askew.version import __version__

if TYPE_CHECKING:
    from askew.calibration.calibrate import calibrate
    from askew.client.asynchronous import AsyncClient, connect_async
    from askew.client.client import Client, connect
    from askew.compare import cluster, duplicates
    from askew.dedup.labels import judge
    from askew.diagnostics.installation import doctor
    from askew.documents.read import read
    from askew.embedding import encode, similarity
    from askew.errors import (
        AskewError,
        ContractError,
        InputError,
        ModelError,
        ResourceError,
        StoreError,
        StoreLockedError,
        TruncationWarning,
        UnknownNameError,
    )
    from askew.evaluation.systems import evaluate
    from askew.explain.explain import explain
    from askew.faq.entries import QuestionAnswer
    from askew.faq.faq import Faq
    from askew.index import Index
    from askew.migration.migrate import migrate
    from askew.models.choice import models
    from askew.progress import Progress
    from askew.recommend.advice import recommend
    from askew.search.hits import Hits
    from askew.sync import sync
    from askew.tasks import tasks
    from askew.training.adaptation import adapt
    from askew.training.advice import advise
    from askew.training.negatives import negatives
    from askew.training.train import train
    from askew.types import Document, Hit, Pair, Passage, Role

_HOMES = {
    "AskewError": "errors",
    "AsyncClient": "client.asynchronous",
    "Client": "client.client",
    "ContractError": "errors",
    "Document": "types",
    "Faq": "faq.faq",
    "Hit": "types",
    "Hits": "search.hits",
    "Index": "index",
    "InputError": "errors",
    "ModelError": "errors",
    "Pair": "types",
    "Passage": "types",
    "Progress": "progress",
    "QuestionAnswer": "faq.entries",
    "ResourceError": "errors",
    "Role": "types",
    "StoreError": "errors",
    "StoreLockedError": "errors",
    "TruncationWarning": "errors",
    "UnknownNameError": "errors",
    "adapt": "training.adaptation",
    "advise": "training.advice",
    "calibrate": "calibration.calibrate",
    "cluster": "compare",
    "connect": "client.client",
    "connect_async": "client.asynchronous",
    "doctor": "diagnostics.installation",
    "duplicates": "compare",
    "encode": "embedding",
    "evaluate": "evaluation.systems",
    "explain": "explain.explain",
    "judge": "dedup.labels",
    "migrate": "migration.migrate",
    "models": "models.choice",
    "negatives": "training.negatives",
    "read": "documents.read",
    "recommend": "recommend.advice",
    "similarity": "embedding",
    "sync": "sync",
    "tasks": "tasks",
    "train": "training.train",
}

__all__ = [
    "AskewError",
    "AsyncClient",
    "Client",
    "ContractError",
    "Document",
    "Faq",
    "Hit",
    "Hits",
    "Index",
    "InputError",
    "ModelError",
    "Pair",
    "Passage",
    "Progress",
    "QuestionAnswer",
    "ResourceError",
    "Role",
    "StoreError",
    "StoreLockedError",
    "TruncationWarning",
    "UnknownNameError",
    "__version__",
    "adapt",
    "advise",
    "calibrate",
    "cluster",
    "connect",
    "connect_async",
    "doctor",
    "duplicates",
    "encode",
    "evaluate",
    "explain",
    "judge",
    "migrate",
    "models",
    "negatives",
    "read",
    "recommend",
    "similarity",
    "sync",
    "tasks",
    "train",
]


class _Package(ModuleType):
    """The package, whose public names are never replaced by sub-modules of the same name.

    The import system binds every imported sub-module to its parent; for public names that binding is ignored.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'askew' has no attribute {name!r}")
    found = getattr(import_module(f"askew.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


sys.modules[__name__].__class__ = _Package
