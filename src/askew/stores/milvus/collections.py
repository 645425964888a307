"""Collections of Milvus: texts in parts, vectors by key, and what Milvus reports as sentences."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from askew.errors import StoreError
from askew.stores.catalog import chunks
from askew.stores.remote import UnreachableError, shown
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from pymilvus import MilvusClient

PART = 16_000
"""Characters of one row: Milvus takes 65,535 bytes."""
LONGEST = 65_535
BATCH = 1000
"""Rows inserted at a time."""
MOST = 16_384
"""Rows of one answer."""
DOCUMENTS, VECTORS = "documents", "vectors"
PAGES = {DOCUMENTS: 500, VECTORS: 4000, "log": 500}
"""Documents, passages and commits read at a time; fewer where these have many rows."""
COMMITS = "name like 'commit/%'"


class Collections:
    """The collections of one store."""

    def __init__(self, client: "MilvusClient", url: str, name: str) -> None:
        self.client, self.place = client, f"{shown(url)}/{name}"
        self.home = "askew_" + name.replace("-", "__")

    def of(self, kind: str) -> str:
        return f"{self.home}_{kind}"

    @contextmanager
    def explained(self) -> Iterator[None]:
        with explained(self.place):
            yield

    def create(self, kind: str, dim: int) -> None:
        """Create a collection of texts, or, with a dimension, of vectors. Milvus wants a vector in each."""
        from pymilvus import DataType

        schema = self.client.create_schema(auto_id=False, enable_dynamic_field=False)
        if dim:
            schema.add_field("key", DataType.INT64, is_primary=True)
        else:
            schema.add_field("name", DataType.VARCHAR, is_primary=True, max_length=200)
            schema.add_field("number", DataType.INT64)
            schema.add_field("body", DataType.VARCHAR, max_length=LONGEST)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim or 2)
        indexed = self.client.prepare_index_params()
        indexed.add_index("vector", index_type="FLAT", metric_type="IP")
        self.client.create_collection(self.of(kind), schema=schema, index_params=indexed, consistency_level="Strong")

    def insert(self, kind: str, rows: Sequence[dict[str, Any]]) -> None:
        with self.explained():
            for part in chunks(rows, BATCH):
                self.client.upsert(self.of(kind), list(part))

    def query(self, kind: str, condition: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return all rows that satisfy a condition. Raises StoreError for more than Milvus returns at once."""
        if len(found := self.some(kind, condition, fields)) == MOST:
            raise StoreError(f"{self.place} has too many rows in one answer; optimise it with: askew index NAME")
        return found

    def some(self, kind: str, condition: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return rows that satisfy a condition, all of them unless there are MOST."""
        with self.explained():
            found = self.client.query(
                self.of(kind), filter=condition, output_fields=list(fields), limit=MOST, consistency_level="Strong"
            )
        return [dict(one) for one in found]

    def pages(
        self, kind: str, column: str, after: int, last: int, fields: Sequence[str], also: str = ""
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows whose column is greater than `after` and at most `last`, in ascending ranges of values. also:
        a further condition.
        """
        low, step = after, PAGES[kind]
        while low < last:
            high = min(low + step, last)
            condition = f"{column} > {low} and {column} <= {high}{also and f' and {also}'}"
            found = (self.query if high == low + 1 else self.some)(kind, condition, fields)
            if len(found) == MOST:
                step = max(step // 8, 1)
                continue
            yield sorted(found, key=lambda one: int(one[column]))
            low, step = high, min(2 * step, PAGES[kind])

    def search(self, query: FloatMatrix, k: int, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return about the k nearest vectors with their keys."""
        with self.explained():
            [found] = self.client.search(
                self.of(VECTORS),
                data=[np.ascontiguousarray(query, np.float32)],
                limit=k,
                output_fields=["key", "vector"],
                search_params={"metric_type": "IP", "params": dict(settings)},
                consistency_level="Strong",
            )
        return [dict(one["entity"]) for one in found]

    def build(self, kind: str, parameters: Mapping[str, Any]) -> None:
        """Replace the index of the vectors by an approximate one (HNSW)."""
        with self.explained():
            name = self.of(kind)
            self.client.release_collection(name)
            for index in self.client.list_indexes(name):
                self.client.drop_index(name, index)
            indexed = self.client.prepare_index_params()
            indexed.add_index("vector", index_type="HNSW", metric_type="IP", params=dict(parameters))
            self.client.create_index(name, indexed)
            self.client.load_collection(name)

    def delete(self, kind: str, condition: str) -> None:
        with self.explained():
            self.client.delete(self.of(kind), filter=condition)


def text_rows(name: str, number: int, text: str) -> list[dict[str, Any]]:
    """Return a text in parts, as rows that tell how many there are."""
    parts = [text[start : start + PART] for start in range(0, len(text), PART)] or [""]
    return [
        {"name": f"{name}/{place}/{len(parts)}", "number": number, "body": part, "vector": [0.0, 0.0]}
        for place, part in enumerate(parts)
    ]


def texts_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return complete texts by name."""
    found: dict[str, dict[int, str]] = {}
    totals: dict[str, int] = {}
    for row in rows:
        name, place, total = str(row["name"]).rsplit("/", 2)
        found.setdefault(name, {})[int(place)] = str(row["body"])
        totals[name] = int(total)
    return {
        name: "".join(parts[place] for place in sorted(parts))
        for name, parts in found.items()
        if len(parts) == totals[name]
    }


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn what Milvus reports into a StoreError."""
    import pymilvus

    try:
        yield
    except (pymilvus.MilvusException, OSError, ValueError, RuntimeError) as error:
        raise _refusal(error, place) from error


def _refusal(error: BaseException, place: str) -> StoreError:
    text = str(error)
    if any(sign in text for sign in ("Fail connecting", "UNAVAILABLE", "unavailable", "DEADLINE", "timeout")):
        return UnreachableError(f"{place} does not answer. Check that Milvus runs there, and its port.")
    if "Open local milvus failed" in text:
        return StoreError(f"{place} is not a database of Milvus Lite, or is damaged: name another file.")
    if any(sign in text for sign in ("auth", "permission", "privilege", "UNAUTHENTICATED")):
        return StoreError(f"{place} refuses these credentials. Set MILVUS_TOKEN to a token, or to USER:PASSWORD.")
    return StoreError(f"{place} cannot be used: {' '.join(text.split())[:200]}")
