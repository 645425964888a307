"""Any OpenAI-compatible chat service: Ollama, vLLM, llama.cpp, LM Studio, OpenAI and the rest."""

import math
import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from askew.encoders.hosted.service import Clock, LaterError, Patience, Service, httpx_library
from askew.errors import InputError
from askew.rag.wire import CutError, StrangeError, pieces

if TYPE_CHECKING:
    import httpx


KEY = "OPENAI_API_KEY"
TRUSTED = ("api.openai.com", "localhost", "127.0.0.1", "::1")  # who is told that key without being named
PATH = "/chat/completions"
LONGEST = 40_000  # characters of an answer
PATIENCE = Patience(tries=5, seconds=600, timeout=120)  # a local model may first have to be read from the disk
CLOCK = Clock()


class Chat(Service):
    """patience.timeout: seconds until the next part of an answer; patience.seconds: until all of it is here.

    key: the environment variable that holds the service's key; else `OPENAI_API_KEY`, where that is set, but only for
    OpenAI itself and for this machine: who else is asked is told no key that was not named. It is read for each request
    and kept nowhere. temperature: 0 for the likeliest words; 1 is left to the service.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        temperature: float = 0.0,
        patience: Patience = PATIENCE,
        clock: Clock = CLOCK,
    ) -> None:
        _check(model, temperature)
        super().__init__(model, _address(url), key or _default_key(url), "Authorization", "Bearer ", patience, clock)
        self._temperature = temperature

    @property
    def model(self) -> str:
        return self._model

    def stream(self, messages: Sequence[Mapping[str, str]]) -> Generator[str]:
        """The answer, piece by piece as it comes. What fails before the first piece is tried again where that may help;
        what fails after it cannot be, and is a `ModelError` as everything else.
        """
        asked = {"model": self._model, "messages": list(messages), "stream": True}
        body = asked if self._temperature == 1 else {**asked, "temperature": self._temperature}
        begun, attempt, length = self._clock.now(), 0, 0
        while True:
            attempt += 1
            try:
                for piece in self._tried(body):
                    length += len(piece)
                    if length > LONGEST:
                        raise self._error(f"did not stop after {LONGEST:,} characters. Ask again, or another model")
                    yield piece
            except LaterError as fault:
                if length:
                    raise self._error(f"broke off within its answer ({fault}). Ask again") from None
                self._sleep(self._wait(fault, attempt, self._clock.now() - begun), Event())
            else:
                return

    def _tried(self, body: object) -> Iterator[str]:
        with self._explained(), self._client().stream("POST", self._url, json=body) as response:
            self._heard = True
            if not response.is_success:
                said = self._said(b"".join(self._timely(response)))
                raise self._refusal(response.status_code, response.headers, f"HTTP {response.status_code}: {said}")
            yield from pieces(self._bounded(response), response.headers.get("Content-Type", ""))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What fails on the way, in words that say what to do."""
        httpx = httpx_library()
        try:
            yield
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as fault:
            raise self._error(f"cannot be asked at {self._url} ({self._scrubbed(str(fault))}). Correct it") from None
        except (httpx.TransportError, httpx.DecodingError) as fault:
            raise LaterError(f"{type(fault).__name__}: {self._scrubbed(str(fault))}") from None
        except CutError as fault:
            raise LaterError(str(fault)) from None
        except StrangeError as fault:
            raise self._error(f"sent {self._said(str(fault).encode())}. Check --url and --model") from None

    def _refusal(self, status: int, headers: Mapping[str, str], said: str) -> Exception:
        if status == 404 or 300 <= status < 400:
            return self._error(f"has no such model, or is not at {self._url} ({said}). Correct one of them")
        return super()._refusal(status, headers, said)

    def _bounded(self, response: "httpx.Response") -> Iterator[bytes]:
        """The client bounds the wait for each part, this the wait for all of it: a service may send nothing but signs
        of life.
        """
        end = time.monotonic() + self._patience.seconds
        for part in response.iter_bytes():
            yield part
            if time.monotonic() > end:
                raise self._error(f"was not done after {self._patience.seconds:.0f} s. Ask again, or another model")


def _check(model: str, temperature: float) -> None:
    if not model.strip() or not model.isprintable():
        raise InputError(f"{model!r} is no name of a chat's model; give the one that the service knows it by.")
    if not 0 <= temperature < math.inf:
        raise InputError(f"The temperature must be a number of at least 0, not {temperature}.")


def _default_key(url: str) -> str:
    parts = urlsplit(url)
    safe = parts.hostname in TRUSTED and (parts.scheme == "https" or parts.hostname != TRUSTED[0])
    return KEY if safe and os.environ.get(KEY) else ""


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError("The url of a chat service begins with http:// or https://, like http://localhost:11434/v1.")
    if parts.username or parts.password or parts.query:
        raise InputError("The url of a chat service holds no key: put it into an environment variable and name that.")
    bare = url.rstrip("/")
    return bare if bare.endswith(PATH) else bare + PATH
