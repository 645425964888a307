"""The processes that parse: started when the first file needs one, used again, and replaced when a file breaks one."""

import json
import queue
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from askew.documents.contents import Limits
from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.worker import LENGTH

MOST = 2
LONGEST_ANSWER = 1 << 30  # bytes: the longest text, each character escaped, comes to a third of it
STRAIGHT = ("-P", "-m", "askew.documents.worker")  # -P: the folder where askew is called may hold a docx.py


class Parser:
    """One process at a time; not for several threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._starting = threading.Lock()

    @property
    def pid(self) -> int:
        """0 while no process runs."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def parse(self, path: str, format: str) -> Draft:
        """UnusableError when no document can be made of the file, also because it took or broke too much."""
        process = self._running()
        late = threading.Event()
        timer = threading.Timer(self._limits.seconds, _end, (process, late))
        timer.daemon = True
        timer.start()
        try:
            said = self._asked(process, {"path": path, "format": format, "size": self._limits.size})
        except (OSError, EOFError, ValueError) as fault:
            self._stop()
            raise UnusableError(self._why(process, late.is_set())) from fault
        finally:
            timer.cancel()
        if late.is_set():  # it was ended just after its answer
            self._stop()
        if "reason" in said:
            raise UnusableError(str(said["reason"]))
        return Draft(str(said["text"]), str(said["title"]), dict(said["metadata"]))

    def interrupt(self) -> None:
        """From another thread: a `parse` that waits fails, and none begins any more."""
        with self._starting:
            self._closed = True
            if self._process:
                self._process.kill()

    def close(self) -> None:
        self._closed = True
        self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._closed:
                raise UnusableError("reading was stopped")
            if self._process is None or not self.running:
                self._stop()
                command = [sys.executable, *STRAIGHT, str(self._limits.memory), str(self._limits.seconds)]
                self._process = subprocess.Popen(  # noqa: S603  # our own module
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            _shut(process)

    def _asked(self, process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        process.stdin.flush()
        (length,) = LENGTH.unpack(_exactly(process.stdout, LENGTH.size))
        if length > LONGEST_ANSWER:
            raise ValueError("an answer that long is none of ours")
        said: dict[str, Any] = json.loads(_exactly(process.stdout, length))
        return said

    def _why(self, process: subprocess.Popen[bytes], late: bool) -> str:
        if late:
            return f"it took longer than {self._limits.seconds:g} seconds"
        return f"its parser crashed (exit code {process.returncode})"


@dataclass(frozen=True)
class Job:
    path: str
    format: str


class Parsers:
    """Two files at once. Leaving it ends every process."""

    def __init__(self, limits: Limits) -> None:
        self._parsers = [Parser(limits) for _ in range(MOST)]
        self._free: queue.SimpleQueue[Parser] = queue.SimpleQueue()
        for parser in self._parsers:
            self._free.put(parser)
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="askew-parser")

    def submit(self, job: Job) -> Future[Draft]:
        return self._threads.submit(self._parse, job)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for parser in self._parsers:
            parser.interrupt()
        self._threads.shutdown(wait=True)
        for parser in self._parsers:
            parser.close()

    def _parse(self, job: Job) -> Draft:
        parser = self._free.get()
        try:
            return parser.parse(job.path, job.format)
        finally:
            self._free.put(parser)


def _exactly(stream: Any, length: int) -> bytes:
    data: bytes = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _shut(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream:
            try:
                stream.close()
            except OSError:  # what was not yet written cannot be any more
                continue
