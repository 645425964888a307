"""The server of `askew serve` in a thread of the test's process, on a free port of this machine."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from askew.server.app import create_app
from askew.server.config import ServerConfig


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Serve the indexes of a folder until the block ends. Yields the address, without a slash at its end."""
    server = uvicorn.Server(uvicorn.Config(create_app(ServerConfig(folder)), log_config=None, lifespan="on"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(60)
