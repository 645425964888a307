"""The installation: versions, extras, models and settings of this machine, and what keeps askew from working here."""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from askew import paths
from askew.diagnostics.machine import SHORT, CacheFolder, Machine, machine, place, variables
from askew.errors import InputError, public
from askew.models import cards
from askew.models.choice import here
from askew.version import __version__

DEFAULT = "all-MiniLM-L6-v2"
PROVIDER = "CPUExecutionProvider"
COMMANDS: Mapping[str, str] = {
    "documents": "askew index of PDF, Word, PowerPoint, Excel, OpenDocument, HTML, EPUB and e-mail; --watch",
    "parquet": "Parquet files",
    "hosted": "askew answer; hosted models",
    "clusters": "askew cluster, askew map",
    "umap": "askew map --projection umap",
    "evaluation": "askew eval, recommend, calibrate, reproduce",
    "server": "askew serve, askew keys",
    "mcp": "askew mcp",
    "postgres": "--store postgresql://…",
    "lance": "--store s3://… and lance://…",
    "milvus": "--store milvus://…",
    "ray": "--on ray",
    "torch": "models without a fast path",
    "train": "askew train, askew models distil-queries",
    "langchain": "askew.integrations.langchain",
    "llama-index": "askew.integrations.llama_index",
    "haystack": "askew.integrations.haystack",
    "dspy": "askew.integrations.dspy",
    "mteb": "askew.integrations.mteb",
}
"""What each extra brings."""


@dataclass(frozen=True)
class Extra:
    """What `pip install 'askew[NAME]'` brings. missing: its libraries that are not here, or too old."""

    name: str
    commands: str
    missing: tuple[str, ...]

    @property
    def installed(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Problem:
    """sentence: what does not work, and why. remedy: what to do."""

    sentence: str
    remedy: str


@dataclass(frozen=True)
class Installation:
    """libraries: version by name, "" if it is not installed. models: those that can be used without a network.
    environment: variables that are set, without secrets. providers: of ONNX Runtime.
    """

    version: str
    python: str
    executable: str
    libraries: dict[str, str]
    machine: Machine
    providers: tuple[str, ...]
    cache: CacheFolder
    models: tuple[str, ...]
    extras: tuple[Extra, ...]
    environment: dict[str, str]
    problems: tuple[Problem, ...]


@public
def doctor() -> Installation:
    """Look at Python, libraries, processor, memory, cache, models, extras and environment. No network, no changes.

    `problems` is empty where everything works; what an extra would add is none.
    """
    stated = _stated()
    own, extras = _unmet(stated, ""), tuple(_extra(name, stated) for name in COMMANDS)
    cache, ready, providers = place(paths.cache()), _models(), _providers()
    found = (*_library_problems(own), *_provider_problems(providers), *_place_problems(cache), *_model_problems(ready))
    return Installation(
        version=__version__,
        python=platform.python_version(),
        executable=sys.executable,
        libraries={name: _version(name) for name in sorted(_names(stated, ""))},
        machine=machine(),
        providers=providers,
        cache=cache,
        models=ready,
        extras=extras,
        environment=variables(),
        problems=(*found, *_proxy_problems()),
    )


def _stated() -> list[str]:
    """Return what the package says it needs. Raises InputError where it runs from a folder that was never installed."""
    try:
        return requires("askew") or []
    except PackageNotFoundError:
        raise InputError(
            f"askew is not installed here, only its code: {sys.executable} -m pip install askew."
        ) from None


def _extra(name: str, stated: Sequence[str]) -> Extra:
    return Extra(name, COMMANDS[name], tuple(_unmet(stated, name)))


def _needed(stated: Sequence[str], extra: str) -> Iterator[tuple[str, str]]:
    """Yield name and versions of the libraries of an extra, those of the extras that it includes among them; of askew
    itself for "".
    """
    from packaging.requirements import Requirement

    for line in stated:
        one = Requirement(line)
        inside = one.marker is not None and "extra" in str(one.marker)
        if inside != bool(extra) or not (one.marker is None or one.marker.evaluate({"extra": extra})):
            continue
        if one.name == "askew":
            for included in sorted(one.extras):
                yield from _needed(stated, included)
        else:
            yield one.name, str(one.specifier)


def _names(stated: Sequence[str], extra: str) -> set[str]:
    return {name for name, _ in _needed(stated, extra)}


def _unmet(stated: Sequence[str], extra: str) -> list[str]:
    """Return the libraries that are missing or of another version, with the versions that are needed."""
    from packaging.specifiers import SpecifierSet

    return [
        f"{name}{specifier}" + (f" (here: {have})" if (have := _version(name)) else "")
        for name, specifier in _needed(stated, extra)
        if not (_version(name) and SpecifierSet(specifier).contains(_version(name), prereleases=True))
    ]


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _models() -> tuple[str, ...]:
    """Return the models with files of their own that are on this machine."""
    known = (cards.get(name) for name in cards.names())
    return tuple(card.name for card in known if any(one.parts for one in card.members) and here(card))


def _providers() -> tuple[str, ...]:
    try:
        import onnxruntime
    except ImportError:
        return ()
    return tuple(onnxruntime.get_available_providers())


def _library_problems(unmet: Sequence[str]) -> Iterator[Problem]:
    if unmet:
        yield Problem(f"askew needs {', '.join(unmet)}.", f"{sys.executable} -m pip install --upgrade askew")


def _provider_problems(providers: Sequence[str]) -> Iterator[Problem]:
    if PROVIDER not in providers:
        yield Problem(
            "ONNX Runtime cannot be loaded, or not use the processor: no model runs.",
            f"{sys.executable} -m pip install --force-reinstall onnxruntime",
        )


def _place_problems(cache: CacheFolder) -> Iterator[Problem]:
    if not cache.writable:
        yield Problem(
            f"The cache {cache.path} cannot be written: no model can be downloaded.",
            "Give this user the right to write there, or name another folder in ASKEW_CACHE.",
        )
    if cache.free < SHORT:
        yield Problem(
            f"The disk of the cache {cache.path} has {cache.free // 1_000_000:,} MB left.",
            "Free some space, or name a folder on another disk in ASKEW_CACHE.",
        )


def _model_problems(ready: Sequence[str]) -> Iterator[Problem]:
    if ready:
        return
    off = os.environ.get("HF_HUB_OFFLINE", "").strip().lower() in ("1", "on", "yes", "true")
    yield Problem(
        "No model is on this machine: only the weightless model `hashing` and search by words work."
        + (" HF_HUB_OFFLINE is set, so none will be downloaded." if off else ""),
        ("Unset HF_HUB_OFFLINE, then: " if off else "") + f"askew models pull {DEFAULT}",
    )


def _proxy_problems() -> Iterator[Problem]:
    for name, value in variables().items():
        if name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "HF_ENDPOINT") and "://" not in value:
            yield Problem(f"{name} is no address ({value}).", f"Set {name} to http://HOST:PORT, or unset it.")
