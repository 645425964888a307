"""From a ranking to what a person reads: documents with their best passages."""

from collections.abc import Sequence

from askew.search.ranking import Ranked
from askew.stores import Store
from askew.types import Hit


def hits(store: Store, ranking: Sequence[Ranked]) -> list[Hit]:
    documents = store.documents([entry.document for entry in ranking])
    passages = store.passages([entry.key for entry in ranking])
    return [
        Hit(rank, entry.score, document, passage)
        for rank, (entry, document, passage) in enumerate(zip(ranking, documents, passages, strict=True), start=1)
    ]
