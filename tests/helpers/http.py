"""A real HTTP server on this machine, for as long as a test needs it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def nothing() -> None:
    pass


@contextmanager
def listening(
    handler: Callable[..., BaseHTTPRequestHandler], before_end: Callable[[], None] = nothing
) -> Iterator[str]:
    """The server's address, without a slash at its end. before_end: lets go of what still waits for something."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        before_end()
        server.shutdown()
        server.server_close()
        thread.join()
