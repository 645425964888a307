from dataclasses import FrozenInstanceError

import pytest

from askew.types import Document, Role


def test_a_document_is_a_value() -> None:
    assert Document("a", "text") == Document("a", "text", "", {})
    with pytest.raises(FrozenInstanceError):
        Document("a", "text").id = "b"  # type: ignore[misc]


def test_roles_are_their_own_names() -> None:
    assert f"{Role.QUERY} {Role.DOCUMENT}" == "query document"
