import json
from dataclasses import fields, replace

import pytest

from askew.encoders.signature import SIDES, Signature
from askew.models.card import Module
from askew.similarity import Similarity

CHANGED = {
    "normalised": False,
    "similarity": Similarity.DOT,
    "dim": 8,
    "max_tokens": 8,
    "prompts": {"query": "q"},
    "recipe": 2,
    "modules": (Module("dense", "2_Dense", "tanh"), Module("normalize")),
    "width": 16,
    "lower_case": True,
    "unknown": True,
    "prompt_excluded": True,
}


@pytest.mark.parametrize("field", [field.name for field in fields(Signature) if field.name not in SIDES])
def test_every_field_is_part_of_the_fingerprint_and_is_named_when_it_differs(signature: Signature, field: str) -> None:
    other = replace(signature, **{field: CHANGED.get(field, "other")})
    assert other.fingerprint != signature.fingerprint
    assert [difference.field for difference in signature.differences(other)] == [field]


@pytest.mark.parametrize("facts", [{}, {name: CHANGED[name] for name in ("modules", "width", "lower_case", "unknown")}])
def test_json_and_back(signature: Signature, facts: dict[str, object]) -> None:
    signature = replace(signature, **facts)
    again = Signature.from_json(json.loads(json.dumps(signature.as_json())))
    assert again == signature
    assert again.fingerprint == signature.fingerprint
    assert signature.differences(again) == []


def test_what_a_model_does_not_have_is_not_part_of_its_fingerprint(signature: Signature) -> None:
    """Contracts of before these facts existed stay valid."""
    assert not {*SIDES, "modules", "width", "root", "lower_case", "unknown", "prompt_excluded"} & set(
        signature.as_json()
    )
