"""Documents of an index: add or update, read, delete."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from askew.errors import InputError
from askew.faq.entries import QuestionAnswer, entries_from
from askew.faq.faq import Faq
from askew.index import Index
from askew.records import text_id
from askew.server.access import Caller, Calling
from askew.server.answers import as_response
from askew.server.errors import NotFoundError
from askew.server.forms import BOUNDS, Form, IndexName, Text
from askew.server.idempotency import RequestKey, once
from askew.server.indexes import digest
from askew.server.state import ServerState, State
from askew.types import Document

router = APIRouter(prefix="/v1/indexes/{name}/documents", tags=["documents"])
Id = Annotated[str, Field(min_length=1, max_length=1000)]
IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="Repeats of a request with this key get the first answer.")
]


class NewDocument(Form):
    """A document; a FAQ takes `question` and `answer` instead of `text`. The default id is made from the text."""

    id: Id | None = None
    text: Text | None = Field(None, examples=["Everyone has 28 days of paid holiday a year."])
    title: Annotated[str, Field(max_length=10_000)] = ""
    question: Text | None = None
    answer: Text | None = None
    metadata: dict[str, Any] = Field(default_factory=dict, max_length=1000)
    readers: list[Id] = Field(
        default_factory=list, max_length=1000, description="Groups that may read it, in an index with access control."
    )


class NewDocuments(Form):
    """Documents to add or update. vectors: one for each, for an index without a model."""

    documents: list[NewDocument] = Field(
        min_length=1,
        max_length=BOUNDS.texts,
        examples=[[{"id": "leave", "text": "Everyone has 28 days of paid holiday a year."}]],
    )
    vectors: list[list[float]] | None = None


class OldDocuments(Form):
    ids: list[Id] = Field(min_length=1, max_length=BOUNDS.texts, examples=[["leave"]])


@router.post("")
async def add_documents(
    name: IndexName,
    form: NewDocuments,
    request: Request,
    state: State,
    caller: Calling,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Add documents, or update those with the same ids: all of them at once, or none. They are durable once this is
    answered; sent again, they change nothing.
    """
    key = _request_key(caller, idempotency_key, form)
    return as_response(await state.write(request, _added, state, caller, name, form, key))


@router.delete("")
async def delete_documents(
    name: IndexName,
    form: OldDocuments,
    request: Request,
    state: State,
    caller: Calling,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Delete documents by id. Those that do not exist are not counted."""
    key = _request_key(caller, idempotency_key, form)
    return as_response(await state.write(request, _deleted, state, caller, name, form.ids, key))


@router.get("")
async def get_documents(
    name: IndexName,
    id: Annotated[list[Id], Query(min_length=1, max_length=100)],
    request: Request,
    state: State,
    caller: Calling,
) -> Response:
    """Return documents by id, in this order."""
    return as_response(await state.call(request, _documents, state, caller, name, id))


@router.get("/{id:path}")
async def get_document(
    name: IndexName, id: Annotated[str, Path(max_length=1000)], request: Request, state: State, caller: Calling
) -> Response:
    """Return a document."""
    return as_response(await state.call(request, _document, state, caller, name, id))


def _request_key(caller: Caller, key: str | None, form: Form) -> RequestKey | None:
    if not key:
        return None
    return RequestKey(caller.name, key, json.dumps(form.model_dump(), sort_keys=True).encode("ascii"))


def _added(
    state: ServerState, caller: Caller, name: str, form: NewDocuments, key: RequestKey | None
) -> Mapping[str, Any]:
    with state.indexes.writing(caller, name) as opened:
        about = {"index": name, "contract": digest(opened)}
        answer = once(opened, key, lambda: {**about, "added": _counts(opened, form)})
        state.indexes.maintenance.touched(name, len(form.documents), _stored(opened))
        return answer


def _counts(opened: Index | Faq, form: NewDocuments) -> dict[str, Any]:
    """Add the documents, and return how many were new, changed and unchanged; by channel for a FAQ."""
    if isinstance(opened, Faq):
        added = opened.add([_entry(one) for one in form.documents], progress=False)
        return {half: vars(one) for half, one in added.items()}
    return vars(opened.add([_record(one) for one in form.documents], vectors=form.vectors, progress=False))


def _record(one: NewDocument) -> Document:
    if one.question is not None or one.answer is not None:
        raise InputError("question and answer are for a FAQ; a document of an index has a text.")
    if one.text is None:
        raise InputError("Each document needs a text.")
    if one.id is not None:
        return Document(one.id, one.text, one.title, one.metadata, readers=frozenset(one.readers))
    return Document(text_id(one.text, one.title), one.text, one.title, one.metadata, readers=frozenset(one.readers))


def _entry(one: NewDocument) -> QuestionAnswer:
    if one.question is None or one.answer is None or one.text is not None:
        raise InputError("Each entry of a FAQ needs a question and an answer, and no text.")
    named = {} if one.id is None else {"id": one.id}
    [entry] = entries_from([{**named, "question": one.question, "answer": one.answer}])
    return replace(entry, metadata=one.metadata, readers=frozenset(one.readers))


def _deleted(
    state: ServerState, caller: Caller, name: str, ids: list[str], key: RequestKey | None
) -> Mapping[str, Any]:
    with state.indexes.writing(caller, name) as opened:
        about = {"index": name, "contract": digest(opened)}
        answer = once(opened, key, lambda: {**about, "deleted": opened.delete(ids)})
        state.indexes.maintenance.touched(name, answer["deleted"], _stored(opened))
        return answer


def _stored(opened: Index | Faq) -> int:
    return len(opened.answers if isinstance(opened, Faq) else opened)


def _documents(state: ServerState, caller: Caller, name: str, ids: list[str]) -> dict[str, Any]:
    with state.indexes.reading(caller, name) as opened:
        index = opened.answers if isinstance(opened, Faq) else opened
        for id in ids:
            if id not in index:
                raise NotFoundError(f"The index {name} holds no document {id[:200]!r}.")
        found = [_fields(document) for document in index.documents(ids)]
        return {"index": name, "contract": digest(opened), "documents": found}


def _document(state: ServerState, caller: Caller, name: str, id: str) -> dict[str, Any]:
    with state.indexes.reading(caller, name) as opened:
        index = opened.answers if isinstance(opened, Faq) else opened
        if id not in index:
            raise NotFoundError(f"The index {name} holds no document {id[:200]!r}.")
        return {"index": name, "contract": digest(opened), "document": _fields(index.get(id))}


def _fields(document: Document) -> dict[str, Any]:
    return {**vars(document), "readers": sorted(document.readers)}
