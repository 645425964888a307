import json
from dataclasses import fields, replace

import pytest

from askew.encoders.signature import Signature
from askew.similarity import Similarity

CHANGED = {
    "normalised": False,
    "similarity": Similarity.DOT,
    "dim": 8,
    "max_tokens": 8,
    "prompts": {"query": "q"},
    "recipe": 2,
}


@pytest.mark.parametrize("field", [field.name for field in fields(Signature)])
def test_every_field_is_part_of_the_fingerprint_and_is_named_when_it_differs(signature: Signature, field: str) -> None:
    other = replace(signature, **{field: CHANGED.get(field, "other")})
    assert other.fingerprint != signature.fingerprint
    assert [difference.field for difference in signature.differences(other)] == [field]


def test_json_and_back(signature: Signature) -> None:
    again = Signature.from_json(json.loads(json.dumps(signature.as_json())))
    assert again == signature
    assert again.fingerprint == signature.fingerprint
    assert signature.differences(again) == []
