"""Encoder whose texts are encoded by the workers of a cluster, in shards named by their content.

Texts are sorted by their digest and cut into shards, so that the same texts make the same shards in whatever order they
come. A shard comes back with its name and the fingerprint of the encoder that made it, and is refused if either is
another one. Every shard is kept at the driver as soon as it arrives (`askew.encoders.cache`).
"""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.bound_encoder import BoundEncoder
from askew.contract import Contract
from askew.encoders import Encoded, Encoder
from askew.encoders.cache import CachedEncoder, home, text_digest
from askew.encoders.loading import load
from askew.encoders.signature import Signature
from askew.errors import ContractError, InputError, ResourceError
from askew.jobs.cluster import RayCluster
from askew.jobs.weights import SentWeights, hashes, placed, send
from askew.models.card import Card
from askew.progress import Progress, Report, silent
from askew.types import Role

SHARD = 1024
"""Texts of a shard."""
FEW = 64
"""Up to so many texts are encoded here: sending them would take longer."""
ROUNDS = 4
"""Shards per slot that are encoded before any document is stored."""


@dataclass(frozen=True)
class EncodingJob:
    """What a worker needs to encode: the model's card, the hashes of its files, and the signature to arrive at."""

    card: Card
    task: str
    precision: str
    signature: Signature
    hashes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Shard:
    """Texts in the order of their digests. name: of their content, role and encoder. places: among all texts."""

    name: str
    places: NDArray[np.int64]
    texts: Sequence[str]
    titles: Sequence[str]
    role: Role


@dataclass(frozen=True)
class EncodedShard:
    """A shard with its vectors. fingerprint: of the encoder that made them."""

    name: str
    fingerprint: str
    encoded: Encoded


class ClusterEncoder:
    """An encoder that encodes by the workers of a cluster, and a few texts here.

    encoder: the same one, loaded here. card, task, precision: what it was loaded with.
    """

    def __init__(self, cluster: RayCluster, encoder: Encoder, card: Card, task: str, precision: str) -> None:
        if encoder.signature.hosted:
            raise InputError(
                f"{card.name} is a service, which a cluster cannot make faster, and its key is not sent to workers: "
                "leave out on (--on)."
            )
        self._cluster, self._encoder = cluster, encoder
        self._job = EncodingJob(card, task, precision, encoder.signature, hashes(card))
        self._weights: SentWeights | None = None

    @property
    def signature(self) -> Signature:
        return self._encoder.signature

    @property
    def at_once(self) -> int:
        """Texts that keep all workers busy."""
        return ROUNDS * SHARD * self._cluster.slots(self._cluster.node_cpus)

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._encoder.spans(texts)

    def room(self, role: Role) -> int:
        return self._encoder.room(role)

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        if len(texts) <= FEW:
            return self._encoder.encode(texts, role, report, titles)
        vectors = np.empty((len(texts), self.signature.dim), np.float32)
        tokens, seen, done = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64), 0
        for places, made in self.parts(texts, role, titles):
            vectors[places], tokens[places], seen[places] = made.vectors, made.tokens, made.seen
            done += len(places)
            report(Progress("encode", done, len(texts)))
        return Encoded(vectors, tokens, seen)

    def parts(
        self, texts: Sequence[str], role: Role, titles: Sequence[str] = ()
    ) -> Iterator[tuple[NDArray[np.int64], Encoded]]:
        """Yield the positions and vectors of each shard as it arrives, in any order.

        Raises ContractError if a worker's encoder has another signature, ResourceError for a shard that is not the one
        asked for.
        """
        if len(texts) <= FEW:
            yield np.arange(len(texts)), self._encoder.encode(texts, role, silent, titles)
            return
        tasks = deque((self._job, shard, self._weights) for shard in self._shards(texts, role, titles))
        for (_, shard, _), made in self._cluster.run(encode_shard, tasks, self._cluster.node_cpus):
            if made is None:  # a worker without the weights
                self._weights = self._weights or send(self._cluster, self._job.card)
                waiting = [shard, *(one for _, one, _ in tasks)]
                tasks.clear()
                tasks.extend((self._job, one, self._weights) for one in waiting)
                continue
            self._check(shard, made)
            yield shard.places, made.encoded

    def _shards(self, texts: Sequence[str], role: Role, titles: Sequence[str]) -> Iterator[Shard]:
        titles = titles or [""] * len(texts)
        digests = [text_digest(role, title, text) for title, text in zip(titles, texts, strict=True)]
        order = sorted(range(len(texts)), key=digests.__getitem__)
        for start in range(0, len(order), SHARD):
            part = order[start : start + SHARD]
            content = self.signature.fingerprint.encode() + b"".join(digests[n] for n in part)
            name = hashlib.blake2b(content, digest_size=16).hexdigest()
            yield Shard(name, np.array(part, np.int64), [texts[n] for n in part], [titles[n] for n in part], role)

    def _check(self, shard: Shard, made: EncodedShard) -> None:
        shape = (len(shard.texts), self.signature.dim)
        if (made.name, made.fingerprint) != (
            shard.name,
            self.signature.fingerprint,
        ) or made.encoded.vectors.shape != shape:
            raise ResourceError(
                f"A worker returned vectors of other texts or of another encoder for the shard {shard.name}."
            )


def encode_shard(job: EncodingJob, shard: Shard, weights: SentWeights | None) -> EncodedShard | None:
    """Encode a shard in a worker; None if this worker lacks the weights."""
    encoder = _loaded(job, weights)
    if encoder is None:
        return None
    made = encoder.encode(shard.texts, shard.role, silent, shard.titles)
    return EncodedShard(shard.name, encoder.signature.fingerprint, made)


_encoders: dict[str, Encoder] = {}


def _loaded(job: EncodingJob, weights: SentWeights | None) -> Encoder | None:
    """Return the encoder, which this worker keeps for its next shard. ContractError if it is not the driver's."""
    key = job.signature.fingerprint
    if key not in _encoders:
        card = placed(job.card, job.hashes, weights)
        if card is None:
            return None
        encoder = load(card, job.task, job.precision)
        if differences := job.signature.differences(encoder.signature):
            raise ContractError(
                f"A worker encodes with {job.card.name} in another way than this machine, so its vectors are refused. "
                "Install the same askew on every machine.",
                differences,
            )
        _encoders.clear()
        _encoders[key] = encoder
    return _encoders[key]


def spread(cluster: RayCluster | None, contract: Contract, encoder: Encoder) -> Encoder:
    """Return an encoder of a contract that works on a cluster; itself without one."""
    if cluster is None:
        return encoder
    own = BoundEncoder(contract)
    own.verify("work on a cluster")  # an encoder that was given as an object has no card to send
    return ClusterEncoder(cluster, encoder, own.card, contract.task, contract.encoder.precision)


class _Passing(CachedEncoder):
    """A cache of what is not in a store yet: a batch is dropped when the next one is asked for."""

    def __init__(self, encoder: Encoder, folder: Path, at_once: int) -> None:
        super().__init__(encoder, folder)
        self.at_once = at_once
        self._served = False

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        if self._served:
            self.drop()
        made = super().encode(texts, role, report, titles)
        self._served = True
        return made

    def drop(self) -> None:
        with self.locked():
            self.shrink(0)


@contextmanager
def spread_over(cluster: RayCluster | None, bound: BoundEncoder, place: Path) -> Iterator[None]:
    """Encode by the workers of a cluster what is added to an index inside the block; here without one.

    Vectors are kept as they arrive until their documents are stored. place: of the index.
    """
    if cluster is None:
        yield
        return
    plain = bound.encoder("adding")
    made = spread(cluster, bound.contract, plain)
    folder = home(f"cluster\n{plain.signature.fingerprint}\n{place.absolute()}")
    passing = _Passing(made, folder, made.at_once if isinstance(made, ClusterEncoder) else 0)
    bound.share(passing)
    try:
        yield
        passing.drop()
    finally:
        bound.share(plain)
