"""Configuration of the server: what it serves, where it listens, and its limits."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from askew import validation
from askew.encoders.loading import PRECISIONS
from askew.errors import InputError
from askew.types import Role

LOOPBACK = "127.0.0.1"
PORT = 7777
MODELS = ("all-MiniLM-L6-v2",)
RERANKERS = ("ms-marco-MiniLM-L6-v2",)


@dataclass(frozen=True)
class ServerLimits:
    """Bounds that keep one request from taking what others need.

    headers: seconds in which those of a request arrive. body: bytes of a request. upload: seconds in which they arrive.
    texts: in a request. characters: of a text. k, offset: of a search. values: in a filter. queued_tokens: tokens,
    estimated, that wait for one model. batch_tokens: computed together. linger: seconds that a busy worker waits for
    the requests of the last batch to come back. threads: searches at a time, which mostly wait for a model.
    computing_at_once: of them and of one index, see `queues.Turns`. waiting: searches that wait for a thread. timeout:
    seconds of a search. computing: seconds of embedding or reranking. jobs: remembered. open: indexes held open. drain:
    seconds that requests in progress have left when the server stops.
    """

    headers: float = 20.0
    body: int = 16 << 20
    upload: float = 60.0
    texts: int = 2048
    characters: int = 200_000
    k: int = 1000
    offset: int = 10_000
    values: int = 10_000
    queued_tokens: int = 1 << 18
    batch_tokens: int = 4096
    linger: float = 0.002
    threads: int = 64
    computing_at_once: int = 2 * (os.cpu_count() or 1)
    waiting: int = 256
    timeout: float = 30.0
    computing: float = 300.0
    jobs: int = 100
    open: int = 64
    drain: float = 30.0


@dataclass(frozen=True)
class ServerConfig:
    """What is served. folder: of the indexes. models, rerankers: names; the first is the default of requests without
    one. default_role: of texts that come without a role, for models whose roles differ; "" refuses them. hosts: names
    by which the server is called, besides those of the machine itself and the address that it listens on. page: whether
    people find a page at /.
    """

    folder: Path
    host: str = LOOPBACK
    port: int = PORT
    models: tuple[str, ...] = MODELS
    rerankers: tuple[str, ...] = RERANKERS
    precision: str = "fp32"
    default_role: str = ""
    hosts: tuple[str, ...] = ()
    page: bool = True
    limits: ServerLimits = field(default_factory=ServerLimits)

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise InputError(f"There is no folder {self.folder}: create it, or name the folder that holds the indexes.")
        validation.whole(self.port, "port", 0, 65_535)
        validation.one_of(self.precision, "precision", PRECISIONS)
        if self.default_role:
            validation.one_of(self.default_role, "default role", list(Role))
        if not self.models:
            raise InputError("models must name at least one model.")
