"""Objects: the small files of a store, in a bucket or in a folder, and where Lance finds its datasets there.

An object is created only if there is none of its name (`If-None-Match: *`, which S3 has had since 2024, as have MinIO,
R2, Ceph and SeaweedFS; in a folder, a hard link). That is all that the log needs.
"""

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from askew.errors import InputError, StoreError
from askew.stores.remote import UnreachableError, shown

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Store

EXTRA = "Lance is not installed. Install it with: pip install 'askew[lance]'"
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
CONNECT, REQUEST, RETRIES, PATIENCE = "5s", "60s", 4, timedelta(seconds=20)
PARAMETERS = ("endpoint", "region", "refresh")


@dataclass(frozen=True)
class Place:
    """Where stores are. bucket: "" for a folder. prefix: in the bucket, or the absolute folder. refresh: seconds for
    which a reader does not look for changes again.
    """

    bucket: str
    prefix: str
    endpoint: str = ""
    region: str = ""
    refresh: float = 0.0

    @classmethod
    def of(cls, url: str) -> Self:
        """Parse s3://BUCKET/PREFIX?endpoint=… or lance:///FOLDER. Raises InputError for another one."""
        parts = urlsplit(url)
        given = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if unknown := sorted(set(given) - set(PARAMETERS)):
            raise InputError(
                f"{shown(url)} has the parameter {unknown[0]!r}; there are {', '.join(PARAMETERS)}. Credentials are "
                "read from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or from ~/.aws."
            )
        if parts.username or parts.password:
            raise InputError(
                f"{shown(url)} has credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment."
            )
        refresh = _seconds(given.get("refresh", "0"))
        if parts.scheme.lower() == "s3":
            if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc):
                raise InputError(f"{shown(url)} names no bucket: 3 to 63 of a-z, 0-9, . and -. Use s3://BUCKET/PREFIX.")
            endpoint = given.get("endpoint") or next((os.environ[one] for one in ENDPOINTS if os.environ.get(one)), "")
            if endpoint and not re.match(r"https?://[^/@]+/?$", endpoint):
                raise InputError("The endpoint must be http://HOST:PORT or https://HOST, without a path.")
            return cls(
                parts.netloc, _segments(unquote(parts.path)), endpoint.rstrip("/"), given.get("region", ""), refresh
            )
        folder = unquote(parts.path)
        if parts.netloc or not folder.strip("/"):
            raise InputError(f"{shown(url)} names no folder. Use lance:///ABSOLUTE/FOLDER, with three slashes.")
        return cls("", str(Path(folder).absolute()), refresh=refresh)

    @property
    def shown(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") if self.bucket else self.prefix

    def path(self, *names: str) -> str:
        """Return the address of what is below, for Lance."""
        parts = [self.shown, *names]
        return "/".join(part for part in parts if part)

    def options(self) -> dict[str, str]:
        """Return the settings and credentials for a bucket, by the names that Lance and obstore share; {} for a folder.

        Without credentials in the environment and in ~/.aws, both ask the machine's own role.
        """
        if not self.bucket:
            return {}
        profile = _profile()
        found = {
            "access_key_id": os.environ.get("AWS_ACCESS_KEY_ID") or profile.get("aws_access_key_id", ""),
            "secret_access_key": os.environ.get("AWS_SECRET_ACCESS_KEY") or profile.get("aws_secret_access_key", ""),
            "session_token": os.environ.get("AWS_SESSION_TOKEN") or profile.get("aws_session_token", ""),
            "region": self.region
            or os.environ.get("AWS_REGION")
            or os.environ.get("AWS_DEFAULT_REGION")
            or profile.get("region", "us-east-1"),
            "endpoint": self.endpoint,
        }
        return {name: value for name, value in found.items() if value}


def _seconds(given: str) -> float:
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise InputError(f"refresh must be a number of seconds from 0 to 3600, not {given!r}.")
    return seconds


def _segments(path: str) -> str:
    return "/".join(part for part in path.split("/") if part)


def _profile() -> Mapping[str, str]:
    """Return the profile AWS_PROFILE (or "default") of ~/.aws/credentials and ~/.aws/config."""
    name = os.environ.get("AWS_PROFILE") or "default"
    home = Path.home() / ".aws"
    files = (
        (os.environ.get("AWS_CONFIG_FILE") or home / "config", name if name == "default" else f"profile {name}"),
        (os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials", name),
    )
    found: dict[str, str] = {}
    for path, section in files:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(path, "utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise StoreError(f"{path} cannot be read as a configuration of AWS.") from error
        if parser.has_section(section):
            found |= dict(parser.items(section))
    return found


@dataclass(frozen=True)
class Listed:
    """An object. name: below the folder that was listed. at: when it was last modified."""

    name: str
    size: int
    at: datetime


class Objects:
    """The objects below a place. Thread-safe."""

    def __init__(self, place: Place) -> None:
        try:
            import obstore
        except ImportError as error:
            raise InputError(EXTRA) from error
        self.place, self._library = place, obstore
        with self.explained():
            self._store = self._opened()

    def _opened(self) -> "S3Store | LocalStore":
        from obstore.store import LocalStore, S3Store

        if not self.place.bucket:
            try:
                Path(self.place.prefix).mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError) as error:
                raise InputError(f"{self.place.shown} is a file, or below one: name a folder.") from error
            return LocalStore(self.place.prefix)
        options: Any = self.place.options()
        client: Any = {"connect_timeout": CONNECT, "timeout": REQUEST}
        if self.place.endpoint.startswith("http://"):
            client["allow_http"] = True
        retry: Any = {"max_retries": RETRIES, "retry_timeout": PATIENCE}
        return S3Store(
            self.place.bucket, prefix=self.place.prefix or None, client_options=client, retry_config=retry, **options
        )

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what the store or Lance reports into a StoreError that says what to do."""
        try:
            yield
        except (OSError, ValueError, RuntimeError, self._library.exceptions.BaseError) as error:
            raise refusal(error, self.place) from error

    def get(self, name: str) -> bytes | None:
        """Return an object, None if there is none. Raises StoreError if the bucket is missing."""
        with self.explained():
            try:
                return bytes(self._library.get(self._store, name).bytes())
            except (FileNotFoundError, self._library.exceptions.NotFoundError) as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None

    def create(self, name: str, data: bytes) -> bool:
        """Create an object, durably, and return whether there was none of this name."""
        with self.explained():
            try:
                self._library.put(self._store, name, data, mode="create")
            except (self._library.exceptions.AlreadyExistsError, FileExistsError):
                return False
            return True

    def replace(self, name: str, data: bytes) -> None:
        with self.explained():
            self._library.put(self._store, name, data)

    def listed(self, folder: str, after: str = "") -> list[Listed]:
        """Return the objects below a folder, by name; those after a name."""
        with self.explained():
            offset = f"{folder}/{after}" if after else None
            pages = self._library.list(self._store, folder, offset=offset)
            found = [
                Listed(one["path"][len(folder) + 1 :], one["size"], one["last_modified"])
                for page in pages
                for one in page
            ]
        return sorted((one for one in found if one.name > after), key=lambda one: one.name)

    def delete(self, names: list[str]) -> None:
        with self.explained():
            if names:
                self._library.delete(self._store, names)

    def delete_folder(self, folder: str) -> None:
        self.delete([f"{folder}/{one.name}" for one in self.listed(folder)])


def older(one: Listed, age: timedelta) -> bool:
    return datetime.now(UTC) - one.at > age


SILENT = (
    "error sending request", "Connection refused", "connection closed", "dns error", "timed out", "Connect(",
)  # fmt: skip
BUSY = ("500 Internal", "503 Service", "SlowDown", "InternalError")
REASONS = (
    (
        ("169.254.169.254", "CredentialsNotLoaded", "no providers in chain"),
        "there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
    ),
    (("NoSuchBucket",), "there is no bucket {bucket}. Create it, or correct the URL."),
    (
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"),
        "its credentials are not valid there. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
    ),
    (
        ("AccessDenied", "403 Forbidden", "status: 403", "PermissionDenied", "Permission denied"),
        "these credentials may not read or write there. Ask for the right to list, get, put and delete objects.",
    ),
    (
        SILENT,
        "{endpoint} does not answer. Check that it runs, and AWS_ENDPOINT_URL; nothing was changed, unless it had been "
        "stored when the connection was cut.",
    ),
    (
        BUSY,
        "{endpoint} reports an error of its own; try again.",
    ),
    (
        ("was not found", "Not found"),
        "a version of it that was being read is not there any more: it was superseded more than a day ago, or the "
        "store was deleted. Open it again.",
    ),
    (("No space left",), "no space is left there; nothing was written."),
)


def refusal(error: BaseException, place: Place) -> StoreError:
    """Return in a sentence why a place cannot be used. What the service answered may name keys and is left out."""
    text, endpoint = str(error), place.endpoint or "the object storage"
    for signs, reason in REASONS:
        if any(sign in text for sign in signs):
            kind = UnreachableError if signs in (SILENT, BUSY) else StoreError
            return kind(f"{place.shown} cannot be used: {reason.format(bucket=place.bucket, endpoint=endpoint)}")
    if not place.bucket:
        return StoreError(f"{place.shown} cannot be used: {' '.join(text.split())[:200]}")
    code = re.search(r"<Code>(\w+)</Code>", text)
    return StoreError(f"{place.shown} cannot be used: {endpoint} reports {code[1] if code else type(error).__name__}.")
