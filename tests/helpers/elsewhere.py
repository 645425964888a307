"""An engine whose stores are folders in another place: the smallest module that `askew.stores.remote` takes."""

from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from askew.stores import Layout, Store
from askew.stores.local.store import LocalStore


def exists(url: str, name: str) -> bool:
    return _folder(url, name).exists()


def create(url: str, name: str, layout: Layout) -> Store:
    return LocalStore.create(_folder(url, name), **asdict(layout))


def open_store(url: str, name: str, *, writable: bool, wait: float) -> Store:
    return LocalStore.open(_folder(url, name), writable=writable, wait=wait)


def discard(url: str, name: str) -> None:
    open_store(url, name, writable=True, wait=0.0).discard()


def _folder(url: str, name: str) -> Path:
    return Path(urlsplit(url).path) / name
