import base64
from typing import Any

import numpy as np
import pytest

from askew.encoders.hosted.wire import WIRES, Ask, vectors, wire
from askew.errors import ModelError

ASK = Ask("m-1", ["one", "two"], ["", ""], "", 0, False)
WORDED = Ask("m-1", ["one", "two"], ["", "a title"], "WORD", 256, True)

BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "openai": (
        {"model": "m-1", "input": ["one", "two"], "encoding_format": "float"},
        {"model": "m-1", "input": ["one", "two"], "encoding_format": "base64", "dimensions": 256},
    ),
    "voyage": (
        {"model": "m-1", "input": ["one", "two"], "truncation": False},
        {"model": "m-1", "input": ["one", "two"], "truncation": False, "input_type": "WORD", "output_dimension": 256},
    ),
    "jina": (
        {"model": "m-1", "input": ["one", "two"], "truncate": False, "late_chunking": False},
        {
            "model": "m-1",
            "input": ["one", "two"],
            "truncate": False,
            "late_chunking": False,
            "task": "WORD",
            "dimensions": 256,
        },
    ),
    "gemini": (
        {"requests": [{"model": "models/m-1", "content": {"parts": [{"text": text}]}} for text in ("one", "two")]},
        {
            "requests": [
                {
                    "model": "models/m-1",
                    "content": {"parts": [{"text": "one"}]},
                    "taskType": "WORD",
                    "outputDimensionality": 256,
                },
                {
                    "model": "models/m-1",
                    "content": {"parts": [{"text": "two"}]},
                    "taskType": "WORD",
                    "outputDimensionality": 256,
                    "title": "a title",
                },
            ]
        },
    ),
}


@pytest.mark.parametrize("provider", BODIES)
def test_a_request_says_what_is_known_and_nothing_else(provider: str) -> None:
    plain, worded = BODIES[provider]
    assert WIRES[provider].body(ASK) == plain
    assert WIRES[provider].body(WORDED) == worded


def test_cohere_is_not_asked_without_its_word() -> None:
    assert WIRES["cohere"].body(WORDED) == {
        "model": "m-1",
        "texts": ["one", "two"],
        "input_type": "WORD",
        "embedding_types": ["float"],
        "truncate": "NONE",
        "output_dimension": 256,
    }
    with pytest.raises(ModelError, match="input_type"):
        WIRES["cohere"].body(ASK)


def test_an_unknown_provider_is_an_error_that_names_the_known() -> None:
    with pytest.raises(ModelError, match=r"'acme'.*cohere, gemini, jina, openai, voyage"):
        wire("acme")


def _data(*rows: tuple[object, object]) -> dict[str, object]:
    return {"data": [{"index": place, "embedding": part} for place, part in rows]}


def test_vectors_go_where_the_answer_says() -> None:
    packed = base64.b64encode(np.array([3, 4], "<f4").tobytes()).decode()
    found = vectors(WIRES["openai"], ASK, _data((1, [1, 2.5]), (0, packed)), 2)
    assert found.tolist() == [[3, 4], [1, 2.5]]
    assert found.dtype == np.float32
    assert vectors(WIRES["cohere"], ASK, {"embeddings": {"float": [[1, 2], [3, 4]]}}, 2).tolist() == [[1, 2], [3, 4]]
    assert vectors(WIRES["gemini"], ASK, {"embeddings": [{"values": [1]}, {"values": [2]}]}, 1).tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (_data((0, [1, 2])), "1 vectors for 2 texts"),
        (_data((0, [1, 2]), (1, [1, 2]), (2, [1, 2])), "3 vectors for 2 texts"),
        (_data((0, [1, 2]), (0, [1, 2])), "index"),
        (_data((1, [1, 2]), (2, [1, 2])), "index"),
        (_data(("0", [1, 2]), (1, [1, 2])), "index"),
        (_data((False, [1, 2]), (True, [1, 2])), "index"),
        (_data((None, [1, 2]), ([], [1, 2])), "index"),
        (_data((0, [1, 2]), (1, [1, 2, 3])), r"shape \(3,\)"),
        (_data((0, [1, 2]), (1, [[1, 2]])), r"shape \(1, 2\)"),
        (_data((0, [1, 2]), (1, 5)), r"shape \(\)"),
        (_data((0, [1, 2]), (1, [1, [2]])), "not numeric"),
        (_data((0, [1, 2]), (1, [1, {}])), "not numeric"),
        (_data((0, [1, 2]), (1, ["a", 2])), "not numeric"),
        (_data((0, [1, 2]), (1, [1, 10**400])), "not numeric"),
        (_data((0, [1, 2]), (1, "not base64!")), "not numeric"),
        (_data((0, [1, 2]), (1, "AAAA")), "not numeric"),
        (_data((0, [1, 2]), (1, [1, None])), "NaN"),
        (_data((0, [1, 2]), (1, [1, float("nan")])), "NaN"),
        (_data((0, [1, 2]), (1, [1, 1e300])), "NaN"),
        ({"data": [{"index": 0}, {"index": 1}]}, "structure"),
        ({"data": 7}, "structure"),
        ({"data": None}, "structure"),
        ({"data": ["a", "b"]}, "structure"),
        ({"object": "list"}, "structure"),
        ([], "structure"),
        (None, "structure"),
        ("text", "structure"),
    ],
)
def test_an_answer_that_is_not_all_there_is_refused(answer: object, named: str) -> None:
    with pytest.raises(ModelError, match=named):
        vectors(WIRES["openai"], ASK, answer, 2)
