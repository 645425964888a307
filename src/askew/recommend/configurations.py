"""Candidate configurations, and the benchmark that they compete on."""

import random
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from askew.contract import LANGUAGE, Contract, checked_chunk_tokens
from askew.documents.truncation import Policy
from askew.encoders import Encoder
from askew.encoders.loading import FAST, load
from askew.encoders.pairing import pair_card
from askew.errors import InputError
from askew.evaluation.measures import judged
from askew.evaluation.qrels import Qrels
from askew.evaluation.synthetic_queries import synthetic_queries
from askew.models import cards, own
from askew.models.card import Card
from askew.similarity import Similarity
from askew.tasks import Task
from askew.types import Document, Role

CARD, NONE = "card's", "none"
"""Prompts of the card for the task, or no prompts; other prompts have other names."""
CHUNKS = (64, 128, 256, 512)
"""Chunk sizes that are tried, in addition to whole texts."""
HALF = 56
"""Characters of a model's name in that of a pair."""
WEIGHTS = ((3.0, 1.0), (1.0, 1.0), (1.0, 3.0))
"""Dense and BM25 weights that are tried for hybrid search."""


@dataclass(frozen=True)
class Encoding:
    """Everything the vectors depend on. Configurations with the same encoding share vectors.

    chunk_tokens: 0 for whole texts, which may be truncated. texts: the prompts by role, if `prompts` is neither the
    card's nor none. raw: vectors are not normalised. max_tokens: input limit including special tokens, 0 for the
    model's own. queries: the model that encodes queries where it is another one than that of documents.
    """

    model: str
    precision: str = "fp32"
    prompts: str = CARD
    texts: tuple[tuple[str, str], ...] = ()
    chunk_tokens: int = 0
    raw: bool = False
    max_tokens: int = 0
    queries: str = ""

    def __str__(self) -> str:
        model = f"documents by {self.model}, queries by {self.queries}" if self.queries else self.model
        prompts = "" if self.prompts == CARD else f", prompts: {self.prompts}"
        parts = f", passages of {self.chunk_tokens}" if self.chunk_tokens else ", whole texts"
        parts += f" cut at {self.max_tokens}" if self.max_tokens else ""
        precision = "" if self.precision == "fp32" else f" {self.precision}"
        return f"{model}{precision}{prompts}{parts}"


@dataclass(frozen=True)
class Configuration:
    """mode: dense, lexical or hybrid, with `weights`. Lexical search needs only the encoding's passages.

    similarity: "" for the model's own. as_built: whether `askew index` can build it; others test the recommendation.
    """

    encoding: Encoding
    mode: str = "dense"
    weights: tuple[float, float] = (1.0, 1.0)
    similarity: str = ""

    @property
    def as_built(self) -> bool:
        return not (self.encoding.raw or self.encoding.max_tokens or self.similarity)

    def __str__(self) -> str:
        if self.mode == "lexical":
            chunk = self.encoding.chunk_tokens
            return "words alone (BM25)" + (f", passages of {chunk}" if chunk else ", whole texts")
        by = f", by {'dot over raw vectors' if self.encoding.raw else self.similarity}" if self.similarity else ""
        return f"{self.encoding}{by}{self.weighed}"

    @property
    def weighed(self) -> str:
        if self.mode != "hybrid":
            return ""
        return f", hybrid {self.weights[0]:g}:{self.weights[1]:g}"


def opened(encoding: Encoding, task: Task) -> tuple[Contract, Encoder]:
    """Return the contract that `askew index` would seal, and its encoder. ModelError if weights are missing."""
    card = _card(encoding, task.name)
    encoder = load(card, task.name, encoding.precision)
    contract = Contract(
        task=task.name,
        encoder=encoder.signature,
        policy=Policy.CHUNK if encoding.chunk_tokens else Policy.ACCEPT,
        chunk_tokens=checked_chunk_tokens(encoding.chunk_tokens or None, task, encoder),
        overlap=overlap(encoding.chunk_tokens, task),
        language=LANGUAGE,
    )
    return contract, encoder


def overlap(chunk_tokens: int, task: Task) -> int:
    """Return the overlap of the task, at most a quarter of a passage."""
    return min(task.overlap, chunk_tokens // 4) if chunk_tokens else task.overlap


def similarity(configuration: Configuration, contract: Contract) -> Similarity:
    return Similarity(configuration.similarity or contract.encoder.similarity)


def candidates(models: Sequence[str], task: Task, longest: int, pairs: Sequence[Encoding] = ()) -> list[Configuration]:
    """Return all configurations of these models that `askew index` and `askew search` support.

    longest: tokens of (nearly) the longest document; larger chunk sizes are not tried. pairs: of two models, in
    addition.
    """
    found: list[Configuration] = []
    for plain in (*(Encoding(own.resolve(name).name) for name in models), *pairs):
        for encoding in _encodings(plain, task, longest):
            found.append(Configuration(encoding))
            found += [Configuration(encoding, "hybrid", weights) for weights in WEIGHTS]
    shapes = {configuration.encoding.chunk_tokens: configuration.encoding for configuration in reversed(found)}
    return [*found, *(Configuration(encoding, "lexical") for encoding in reversed(shapes.values()))]


def documents_alone(encoding: Encoding) -> Encoding:
    """Return the encoding by the document encoder of a pair alone, which has the same vectors of documents; of any
    other model the same encoding.
    """
    if encoding.queries:
        return replace(encoding, queries="")
    sides = own.resolve(encoding.model).sides
    return replace(encoding, model=sides[Role.DOCUMENT].name) if sides else encoding


def _encodings(plain: Encoding, task: Task, longest: int) -> list[Encoding]:
    card = _card(plain, task.name)
    sizes = [size for size in CHUNKS if size < min(longest, card.max_tokens)]
    every = [plain, *(replace(plain, chunk_tokens=size) for size in sizes)]
    if longest > card.max_tokens:
        every.append(replace(plain, chunk_tokens=room(card)))
    if any(cards.prompts_for(card, task.name).values()):
        every.append(without_prompts(plain))
    if card.architecture in FAST:
        every.append(replace(plain, precision="int8"))
    return every


def room(card: Card) -> int:
    """Return a round chunk size that leaves room for a prompt of a few words."""
    return max(card.max_tokens // 64 * 64 - 32, card.max_tokens // 2)


def without_prompts(encoding: Encoding) -> Encoding:
    return with_prompts(encoding, NONE, {Role.QUERY: "", Role.DOCUMENT: ""})


def with_prompts(encoding: Encoding, name: str, prompts: Mapping[Role, str]) -> Encoding:
    return replace(encoding, prompts=name, texts=tuple((str(role), text) for role, text in prompts.items()))


def index_command(
    configuration: Configuration, task: Task, name: str, paths: Sequence[str | Path], options: Sequence[str] = ()
) -> str:
    """Return the command that builds the index. InputError if `askew index` cannot build the configuration. options:
    more of that command's.
    """
    encoding = configuration.encoding
    if not configuration.as_built:
        raise InputError(f"No command builds {configuration}.")
    model = pair_name(encoding) if encoding.queries else encoding.model
    words = ["askew", "index", name, *map(str, paths), *options, "--task", task.name, "--model", model]
    if encoding.precision != "fp32":
        words += ["--precision", encoding.precision]
    if encoding.chunk_tokens:
        words += ["--policy", Policy.CHUNK, "--chunk-tokens", str(encoding.chunk_tokens)]
        words += ["--overlap", str(overlap(encoding.chunk_tokens, task))]
    else:
        words += ["--policy", Policy.ACCEPT]
    flags = {Role.QUERY: "--query-prompt", Role.DOCUMENT: "--document-prompt"}
    for role, text in encoding.texts:
        words += [flags[Role(role)], text]
    return shlex.join(words)


def pair_command(encoding: Encoding) -> str:
    """Return the command that registers the pair."""
    sides = ["--documents", encoding.model, "--queries", encoding.queries]
    return shlex.join(["askew", "models", "pair", pair_name(encoding), *sides])


def pair_name(encoding: Encoding) -> str:
    """Return a name for the pair, of the names of both models."""
    return f"{encoding.model[:HALF]}-{encoding.queries[:HALF]}".rstrip(". ")


def search_command(configuration: Configuration, name: str) -> str:
    """Return the command that searches it for QUERY."""
    words = ["askew", "search", name, "QUERY", "--mode", configuration.mode]
    if configuration.mode == "hybrid":
        words += ["--weights", ",".join(f"{weight:g}" for weight in configuration.weights)]
    return shlex.join(words)


def _card(encoding: Encoding, task: str) -> Card:
    card = own.resolve(encoding.model)
    if encoding.queries:
        card = pair_card(pair_name(encoding), card, own.resolve(encoding.queries))
    card = cards.with_prompts(card, task, dict(encoding.texts))
    if encoding.raw:
        card = replace(card, normalised=False, golden=())  # the golden vectors are normalised
    if encoding.max_tokens:
        card = replace(card, max_tokens=encoding.max_tokens, golden=())
    return card


QUERIES = 300
"""Maximum queries, sampled from more."""
DOCUMENTS = 3000
"""Maximum documents: those that answer, and a sample of others."""
SEED = 0


@dataclass(frozen=True)
class Benchmark:
    """labelled: whether the judgements were given; otherwise queries are synthetic, and `ways` is the source of each.

    among: number of documents sampled from.
    """

    documents: tuple[Document, ...]
    queries: tuple[Document, ...]
    qrels: Qrels
    labelled: bool
    among: int
    ways: Mapping[str, str]


def labelled_benchmark(
    documents: Sequence[Document],
    queries: Sequence[Document],
    qrels: Qrels,
    *,
    most_documents: int = DOCUMENTS,
    most_queries: int = QUERIES,
) -> Benchmark:
    """Return a benchmark from judged queries. InputError if no query has a relevant document in the corpus."""
    here = {document.id for document in documents if document.text.strip()}
    known = set(judged({id: {d: v for d, v in qrels[id].items() if d in here} for id in qrels}))
    asked = [query for query in queries if query.id in known]
    if not asked:
        raise InputError("No query has a relevant document in this corpus. Do judgements and corpus use the same ids?")
    asked = _drawn(asked, most_queries)
    needed = {id for query in asked for id, value in qrels[query.id].items() if value > 0 and id in here}
    chosen = _among(documents, needed, most_documents)
    return Benchmark(
        tuple(chosen), tuple(asked), {query.id: qrels[query.id] for query in asked}, True, len(documents), {}
    )


def synthetic_benchmark(
    documents: Sequence[Document], *, most_documents: int = DOCUMENTS, most_queries: int = QUERIES
) -> Benchmark:
    """Return a benchmark with synthetic queries, which are weaker evidence. InputError if none can be generated."""
    own = synthetic_queries(documents, most_queries)
    needed = {id for relevant in own.qrels.values() for id in relevant}
    chosen = _among(own.documents, needed, most_documents)
    return Benchmark(tuple(chosen), own.queries, own.qrels, False, len(documents), own.ways)


def _drawn(queries: Sequence[Document], most: int) -> list[Document]:
    if len(queries) <= most:
        return list(queries)
    chosen = sorted(random.Random(SEED).sample(range(len(queries)), most))  # noqa: S311  # not for security
    return [queries[place] for place in chosen]


def _among(documents: Sequence[Document], needed: set[str], most: int) -> list[Document]:
    """Return the needed documents and a sample of others, in corpus order, without empty texts."""
    full = [document for document in documents if document.text.strip()]
    others = [document.id for document in full if document.id not in needed]
    room = max(most - len(needed), 0)
    if len(others) <= room:
        return full
    kept = needed | set(random.Random(SEED).sample(others, room))  # noqa: S311
    return [document for document in full if document.id in kept]
