"""Metrics in Prometheus' form, and a structured log without texts, names of people or keys."""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askew.version import __version__

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
OTHER = "(none)"
"""The path of requests that no route takes: their own would fill the metrics."""
log = logging.getLogger("askew.server.requests")


class Metrics:
    """Counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "path", "status")
        self._requests = Counter("askew_requests", "Requests.", labels, registry=self._registry)
        self._seconds = Histogram(
            "askew_request_seconds", "Latency of requests.", ("path",), buckets=LATENCIES, registry=self._registry
        )
        self._batch_requests = self._histogram("askew_batch_requests", "Requests encoded together.")
        self._batch_texts = self._histogram("askew_batch_texts", "Texts encoded together.")
        self._version = Gauge("askew_version", "Version.", ("version",), registry=self._registry)
        self._version.labels(__version__).set(1)

    def watch(self, threads: Callable[[], int], encoders: Callable[[], int]) -> None:
        """Read these numbers whenever metrics are asked for."""
        depth = Gauge("askew_queue_depth", "Requests that wait or are worked on.", ("queue",), registry=self._registry)
        depth.labels("threads").set_function(threads)
        depth.labels("encoders").set_function(encoders)

    def batch(self, requests: int, texts: int) -> None:
        self._batch_requests.observe(requests)
        self._batch_texts.observe(texts)

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        self._requests.labels(method, path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _histogram(self, name: str, help: str) -> Histogram:
        return Histogram(name, help, buckets=SIZES, registry=self._registry)


class Observed:
    """Middleware that measures and logs each request by the template of its path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 499  # nginx's number for a client that went away

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            path = getattr(scope.get("route"), "path", OTHER)
            seconds = time.perf_counter() - start
            self._metrics.request(scope["method"] if path != OTHER else OTHER, path, status, seconds)
            if log.isEnabledFor(logging.INFO):
                about = {"method": scope["method"], "path": path, "status": status, "ms": round(seconds * 1000, 2)}
                log.info("request", extra={"fields": about})


class JsonFormatter(logging.Formatter):
    """Formats a log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        about: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            about["exception"] = record.exc_info[0].__name__
        return json.dumps(about)


def log_as_json(level: str) -> None:
    """Log what the server and uvicorn report to stderr, a line of JSON for each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("askew.server", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())
