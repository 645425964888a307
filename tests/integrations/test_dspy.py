"""DSPy: its own Retrieve, ReAct's tools and Embeddings over askew."""

import dspy
import numpy as np
import pytest
from dspy.retrievers import Embeddings

import askew
from askew import Index
from askew.errors import InputError
from askew.integrations.dspy import AskewRM, embedder, search_tool

TEXTS = ["Everyone has 28 days of paid holiday a year.", "Dogs may come to the office on Fridays."]


def test_retrieve_asks_the_index(book: Index) -> None:
    with dspy.context(rm=AskewRM(book, where={"year": {"$lte": 2022}})):
        found = dspy.Retrieve(k=2)("dogs in the office")
    hits = book.search("dogs in the office", 2, where={"year": {"$lte": 2022}})
    assert found.passages == [hit.text for hit in hits]


def test_a_tool_searches(book: Index) -> None:
    tool = dspy.Tool(search_tool(book, k=1))
    assert (tool.name, list(tool.args)) == ("search", ["query"])
    assert tool(query="dogs in the office").passages == [book.search("dogs in the office", 1)[0].text]


def test_an_embedder_encodes_as_askew_does() -> None:
    made = embedder("hashing")
    np.testing.assert_array_equal(made(TEXTS), askew.encode(TEXTS, task="paraphrase", model="hashing"))
    assert made(TEXTS[0]).shape == made(TEXTS).shape[1:]
    assert Embeddings(corpus=TEXTS, embedder=made, k=1)("dogs in the office").passages == [TEXTS[1]]


def test_an_asymmetric_task_needs_a_role() -> None:
    with pytest.raises(InputError, match="role"):
        embedder("hashing", task="question-answering")(TEXTS)
