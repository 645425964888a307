"""A pool of parser processes: started on demand, reused, and replaced when a file crashes one."""

import json
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Self

from askew.documents.contents import Limits
from askew.documents.formats.draft import Draft, Grid, Grids, UnusableError
from askew.documents.worker import LENGTH

MOST = 2
LONGEST_ANSWER = 1 << 30  # bytes: the longest text, with every character escaped, takes a third of this
PIECE = 1 << 20  # bytes of an answer read at once: memory follows what is sent, not the length that is announced
OUT_OF_MEMORY = [-getattr(signal, name, 0) for name in ("SIGABRT", "SIGSEGV", "SIGTRAP", "SIGILL", "SIGBUS")]
STRAIGHT = ("-P", "-m", "askew.documents.worker")  # -P: the working directory may contain a docx.py


@dataclass(frozen=True)
class Job:
    """rows: "always" if a file is wanted as rows, "known" if only one with a column of texts, else ""."""

    path: str
    format: str
    rows: str = ""


class Parser:
    """A handle on one parser process. Not thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._starting = threading.Lock()

    @property
    def pid(self) -> int:
        """Process id; 0 while no process is running."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def parse(self, job: Job) -> Draft | Grids:
        """Parse a file. Raises UnusableError on failure, including a timeout or a crash of the parser."""
        process = self._running()
        late = threading.Event()
        timer = threading.Timer(self._limits.patience, _end, (process, late))
        timer.daemon = True
        timer.start()
        try:
            answer = self._request(process, {**vars(job), "size": self._limits.size})
        except (OSError, EOFError, ValueError) as error:
            self._stop()
            raise UnusableError(self._why(process, late.is_set())) from error
        finally:
            timer.cancel()
        if late.is_set():  # killed just after it answered
            self._stop()
        if "reason" in answer:
            raise UnusableError(str(answer["reason"]))
        phrases = (tuple(map(str, answer.get(name, ()))) for name in ("notes", "left_out"))
        if "grids" in answer:
            return Grids(tuple(_grid(*one) for one in answer["grids"]), *phrases)
        return Draft(str(answer["text"]), str(answer["title"]), dict(answer["metadata"]), *phrases)

    def interrupt(self) -> None:
        """Abort from another thread: a running `parse` fails, and no further one can start."""
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
                raise UnusableError("reading was cancelled")
            if self._process is None or not self.running:
                self._stop()
                limits = (self._limits.memory, self._limits.seconds, self._limits.patience)
                command = [sys.executable, *STRAIGHT, *map(str, limits)]
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

    def _request(self, process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        process.stdin.flush()
        (length,) = LENGTH.unpack(_exactly(process.stdout, LENGTH.size))
        if length > LONGEST_ANSWER:
            raise ValueError(f"answer of {length} bytes, limit is {LONGEST_ANSWER}")
        answer: dict[str, Any] = json.loads(_exactly(process.stdout, length))
        return answer

    def _why(self, process: subprocess.Popen[bytes], late: bool) -> str:
        limits, code = self._limits, process.returncode
        if late or code == -getattr(signal, "SIGALRM", 0):
            return f"parsing took longer than {limits.patience:g} seconds"
        if code == -getattr(signal, "SIGXCPU", 0):
            return f"parsing took more than the limit of {limits.seconds:g} seconds of processor time"
        if code in OUT_OF_MEMORY:  # libraries in C end so when they get no memory, but also when they are wrong
            return (
                f"the parser crashed (exit code {code}), perhaps at the limit of {limits.memory >> 20:,} MiB of memory"
            )
        return f"the parser crashed (exit code {code})"


class Parsers:
    """A pool that parses two files at a time. Leaving the context ends every process."""

    def __init__(self, limits: Limits) -> None:
        self._parsers = [Parser(limits) for _ in range(MOST)]
        self._free: queue.SimpleQueue[Parser] = queue.SimpleQueue()
        for parser in self._parsers:
            self._free.put(parser)
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="askew-parser")

    def submit(self, job: Job) -> Future[Draft | Grids]:
        return self._threads.submit(self._parse, job)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for parser in self._parsers:
            parser.interrupt()
        self._threads.shutdown(wait=True)
        for parser in self._parsers:
            parser.close()

    def _parse(self, job: Job) -> Draft | Grids:
        parser = self._free.get()
        try:
            return parser.parse(job)
        finally:
            self._free.put(parser)


def _grid(name: str, rows: list[tuple[int, list[Any]]], stated: bool) -> Grid:
    return Grid(str(name), tuple((int(number), tuple(cells)) for number, cells in rows), bool(stated))


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        piece = stream.read(min(PIECE, length - len(data)))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _shut(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream:
            try:
                stream.close()
            except OSError:  # unwritten data can no longer be flushed
                continue
