from collections.abc import Iterator

import pytest
from helpers.chat_server import Chatting, chatting


@pytest.fixture
def server() -> Iterator[Chatting]:
    with chatting() as running:
        yield running
