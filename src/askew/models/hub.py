"""The Hugging Face Hub: which commit a revision is, the hash that it states for each file, and downloads.

What is downloaded is compared with the hash that the hub states for that very commit: the SHA-256 of a large file, the
git object of a small one.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from askew.errors import ModelError
from askew.models import names
from askew.models.card import UnreachableError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

SLICE = 1 << 20
NO_MODEL = "the hub has no such model; for a private one, set HF_TOKEN to a token of your account"
REASONS: Mapping[str, str] = {
    "GatedRepoError": "it is gated. Ask for access on its page, and set HF_TOKEN to a token of your account",
    "RepositoryNotFoundError": NO_MODEL,
    "RevisionNotFoundError": "it has no such revision",
    "DisabledRepoError": "the hub has disabled it",
    "EntryNotFoundError": "it has no such file",
}
"""Errors of the hub's library, whose messages begin with a status, and what they mean."""
STATUSES: Mapping[int, str] = {
    401: NO_MODEL,
    403: REASONS["GatedRepoError"],
    429: "it answers no more for now: try later",
}
"""What a status means that is no error of its own."""


@dataclass(frozen=True)
class Stated:
    """What the hub states of a file. sha256: of a large file, else "". blob: of a small one, its git object."""

    size: int
    sha256: str
    blob: str


def commit(repository: str, revision: str) -> str:
    """Return the commit that a revision is now."""
    with _answering():
        found = str(_api().model_info(repository, revision=revision, timeout=30).sha)
    if not names.COMMIT.fullmatch(found):
        raise UnreachableError(f"it names no commit for {repository} at {revision}")
    if names.COMMIT.fullmatch(revision) and found != revision:
        raise UnreachableError(f"it answers with the commit {found} where {revision} was asked for")
    return found


def stated(repository: str, commit: str) -> Mapping[str, Stated]:
    """Return what the hub states of every file at a commit whose name is portable."""
    from huggingface_hub.hf_api import RepoFile

    with _answering():
        found = list(_api().list_repo_tree(repository, revision=commit, recursive=True))
    files = [entry for entry in found if isinstance(entry, RepoFile) and not names.path_fault(entry.path)]
    return {
        entry.path: Stated(entry.size, entry.lfs.sha256 if entry.lfs else "", entry.blob_id or "") for entry in files
    }


def download(repository: str, commit: str, name: str, folder: Path) -> None:
    """Download one file into a folder. The name must be portable."""
    from huggingface_hub import hf_hub_download

    if fault := names.path_fault(name):
        raise ModelError(f"{repository}: the file name {name!r} {fault}.")
    with _answering():
        hf_hub_download(repository, name, revision=commit, local_dir=folder, etag_timeout=5)


def compare(repository: str, name: str, file: Path, told: Stated) -> str:
    """Return the SHA-256 of a file. `ModelError` unless it is the file that the hub states."""
    size = file.stat().st_size
    sha256, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with file.open("rb") as source:
        while block := source.read(SLICE):
            sha256.update(block)
            blob.update(block)
    found, expected = (sha256.hexdigest(), told.sha256) if told.sha256 else (blob.hexdigest(), told.blob)
    if size != told.size or found != expected:
        raise ModelError(
            f"{repository}: {name} is not the file that the hub states for this commit. Nothing was kept.",
            (f"  expected {expected} ({told.size:,} bytes)", f"  found    {found} ({size:,} bytes)"),
        )
    return sha256.hexdigest()


@contextmanager
def _answering() -> Iterator[None]:
    """Raise what goes wrong in the hub's library as `UnreachableError`: the errors differ between its versions."""
    from huggingface_hub import constants
    from huggingface_hub.utils import logging
    from huggingface_hub.utils.tqdm import disable_progress_bars

    knock(constants.ENDPOINT)
    disable_progress_bars()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    except Exception as error:
        raise UnreachableError(_reason(error)) from error


def _reason(error: Exception) -> str:
    kinds = [kind.__name__ for kind in type(error).__mro__]
    if known := next((REASONS[kind] for kind in kinds if kind in REASONS), ""):
        return known
    told = (str(error).strip() or repr(error)).splitlines()[0]
    return STATUSES.get(getattr(getattr(error, "response", None), "status_code", 0), told)


def _api() -> "HfApi":
    from huggingface_hub import HfApi, constants

    return HfApi(endpoint=constants.ENDPOINT)


def knock(endpoint: str) -> None:
    """Check that the hub is reachable: its library would retry for half a minute."""
    import socket
    from urllib.parse import urlsplit

    address = urlsplit(endpoint)
    if any(name.lower() in ("https_proxy", "http_proxy", "all_proxy") for name in os.environ):
        return
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        socket.create_connection((address.hostname or "", port), timeout=5).close()
    except OSError as error:
        raise UnreachableError(f"cannot reach {address.hostname} ({error})") from error
