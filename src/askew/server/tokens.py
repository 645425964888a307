"""Bearer tokens of an OpenID provider (OIDC): signature, issuer, audience and time checked; groups from a claim.

oidc.json in the folder of the indexes says whose tokens are taken and what their holders may do:

    {"issuer": "https://login.example.org", "audience": "askew", "groups_claim": "groups",
     "indexes": ["handbook*"], "actions": ["read"]}

The provider's public keys (JWKS, RFC 7517) are fetched when a token names one that is not known, and kept. The
algorithms are pinned: a token does not choose how it is verified (RFC 8725, 3.1).
"""

import ipaddress
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from askew import validation
from askew.environment import require
from askew.errors import AskewError, InputError, StoreError
from askew.net import ServiceError
from askew.net.http import Endpoint, HttpClient, Sending
from askew.net.retry import Limits
from askew.server.rights import READ, Rights

if TYPE_CHECKING:
    from jwt import PyJWK

FILE = "oidc.json"
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Algorithms that may be pinned. A symmetric one would let whoever knows a public key sign."""
USUAL = ("RS256", "ES256")
FRESH = 3600.0
"""Seconds that the provider's keys are kept."""
PAUSE = 30.0
"""Seconds between two fetches at least, whatever tokens arrive."""
LEEWAY = 30.0
"""Seconds by which clocks may differ."""
LONGEST = 16_384
"""Characters of a token."""
FETCHING = Limits(attempts=2, total_seconds=10, timeout=5, response_bytes=1 << 20)


class RefusedTokenError(AskewError):
    """A token that is not valid here."""


@dataclass(frozen=True)
class Provider:
    """Whose tokens are taken. jwks: URL of the public keys, "" to find it as the provider says at its issuer.

    groups: the claim with the groups of the holder. rights: of every holder, without groups.
    """

    issuer: str
    audience: str
    jwks: str
    groups: str
    algorithms: tuple[str, ...]
    rights: Rights

    @classmethod
    def read(cls, folder: Path) -> "Provider | None":
        """Return the provider of oidc.json, None without one. Raises StoreError if it cannot be used."""
        try:
            given = json.loads((folder / FILE).read_bytes())
            algorithms = validation.strings(given.get("algorithms", list(USUAL)), "algorithms", "['RS256']")
            for name in algorithms:
                validation.one_of(name, "algorithm", ASYMMETRIC)
            return cls(
                _url(given["issuer"]),
                validation.string(given["audience"], "audience"),
                _url(given["jwks"]) if "jwks" in given else "",
                validation.string(given.get("groups_claim", "groups"), "groups_claim"),
                algorithms,
                Rights.of(given.get("indexes", ["*"]), given.get("actions", [READ])),
            )
        except FileNotFoundError:
            return None
        except InputError as error:
            raise StoreError(f"{FILE}: {error}") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise StoreError(f"{FILE} cannot be read ({error!r}). It needs at least issuer and audience.") from None


@dataclass(frozen=True)
class Holder:
    """Who holds a token. subject: as the provider names them, together with the issuer."""

    subject: str
    groups: frozenset[str]


class Tokens:
    """Verifies tokens of one provider. Thread-safe."""

    def __init__(self, provider: Provider) -> None:
        require("jwt", "PyJWT", "server", "Tokens of an OpenID provider")
        self.provider = provider
        self._turn = threading.Lock()
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched = self._tried = -float("inf")

    def verify(self, token: str) -> Holder:
        """Return the holder of a token. Raises RefusedTokenError, or ServiceError if the provider cannot be asked."""
        import jwt

        try:
            if len(token) > LONGEST:
                raise RefusedTokenError("The token is too long.")
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in self.provider.algorithms:
                raise RefusedTokenError("The token is signed in a way that is not accepted here.")
            claims = jwt.decode(
                token,
                self._key(str(head.get("kid", ""))),
                algorithms=list(self.provider.algorithms),
                audience=self.provider.audience,
                issuer=self.provider.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise RefusedTokenError(f"The token is not valid ({type(error).__name__}).") from None
        return Holder(f"{self.provider.issuer} {claims['sub']}", self._groups(claims))

    def _groups(self, claims: Mapping[str, Any]) -> frozenset[str]:
        found = claims.get(self.provider.groups, [])
        named = [found] if isinstance(found, str) else found
        if not isinstance(named, list) or not all(isinstance(name, str) and name for name in named):
            raise RefusedTokenError("The groups of the token are no list of names.")
        return frozenset(named)

    def _key(self, id: str) -> "PyJWK":
        now = time.monotonic()
        with self._turn:
            if (id not in self._keys or now - self._fetched > FRESH) and now - self._tried > PAUSE:
                self._tried = now
                self._keys = self._fetch()
                self._fetched = now
            if now - self._fetched > FRESH or id not in self._keys:
                raise RefusedTokenError("The token is signed with a key that the provider does not name.")
            return self._keys[id]

    def _fetch(self) -> Mapping[str, "PyJWK"]:
        import jwt

        url = self.provider.jwks
        if not url:
            found = _get(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            if not isinstance(found, Mapping) or found.get("issuer") != self.provider.issuer:
                raise ServiceError("The OpenID provider", "names another issuer than oidc.json. Correct the issuer")
            url = _url(found.get("jwks_uri"))
        held: dict[str, PyJWK] = {}
        keys = _get(url)
        for one in keys.get("keys", []) if isinstance(keys, Mapping) else []:
            try:
                if one.get("use", "sig") == "sig":
                    held[str(one.get("kid", ""))] = jwt.PyJWK(one)
            except (jwt.PyJWTError, AttributeError, ValueError, TypeError):
                continue  # of a kind that nobody here signs with
        return held


def _get(url: str) -> Any:
    client = HttpClient(Endpoint("The OpenID provider", url, fix=f"Correct {FILE}"), FETCHING)
    return client.send(Sending("GET"), Event())


def _url(given: object) -> str:
    """Return a URL of https; of http, too, on this machine."""
    parts = urlsplit(validation.string(given, "the URL of the provider"))
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return str(given)
    raise InputError(f"{given!r} is no URL of the provider: it begins with https://.")


def is_loopback(host: str) -> bool:
    """Return whether this name or address is that of the machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
