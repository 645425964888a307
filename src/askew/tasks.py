"""Tasks: the facts that decide model, roles, chunking and thresholds."""

from dataclasses import dataclass
from enum import StrEnum

from askew.errors import UnknownNameError
from askew.types import Role


class Kind(StrEnum):
    """Whether query and document are the same kind of text."""

    SYMMETRIC = "symmetric"
    ASYMMETRIC = "asymmetric"
    BOTH = "both"


@dataclass(frozen=True)
class Task:
    """What follows from naming a task.

    query, document, example: what the two sides are. policy, chunk_tokens, overlap: how texts too long for the model
    are handled. mode: how an index is searched by default. threshold: the score from which texts are duplicates, until
    it is calibrated. shingles: texts with at least this Jaccard similarity of their shingles are duplicates regardless
    of the model; 0 for off. reranker: the default reranking model; "" if no known model is trained for the task.
    """

    name: str
    kind: Kind
    query: str
    document: str
    example: str
    policy: str
    model: str = "all-MiniLM-L6-v2"
    chunk_tokens: int = 256
    overlap: int = 32
    mode: str = "dense"
    threshold: float = 0.75
    shingles: float = 0.0
    reranker: str = ""

    @property
    def query_role(self) -> Role:
        """Role of a query: in a symmetric task, queries are encoded like documents."""
        return Role.DOCUMENT if self.kind is Kind.SYMMETRIC else Role.QUERY


TASKS = (
    Task(
        name="duplicate-questions",
        kind=Kind.SYMMETRIC,
        query="a question",
        document="a question",
        example="'How do I reset my password?' and 'I forgot my password, what now?'",
        policy="warn",
    ),
    Task(
        name="paraphrase",
        kind=Kind.SYMMETRIC,
        query="a sentence",
        document="a sentence",
        example="'The flight was late.' and 'Our plane did not arrive on time.'",
        policy="warn",
    ),
    Task(
        name="near-duplicate",
        kind=Kind.SYMMETRIC,
        query="a text",
        document="a text",
        example="a press release and a newspaper's shortened copy of it",
        policy="warn",
        threshold=0.9,
        shingles=0.5,
    ),
    Task(
        name="article-similarity",
        kind=Kind.SYMMETRIC,
        query="an article",
        document="an article",
        example="two reports of the same election",
        policy="warn",
    ),
    Task(
        name="question-answering",
        kind=Kind.ASYMMETRIC,
        query="a short question",
        document="the passage that answers it",
        example="'Who founded the company?' finds a paragraph of its history",
        policy="chunk",
        mode="hybrid",
        reranker="ms-marco-MiniLM-L6-v2",
    ),
    Task(
        name="faq",
        kind=Kind.BOTH,
        query="a user's message",
        document="a stored question and its answer",
        example="'it won't let me log in' finds 'How do I reset my password?' and the steps",
        policy="chunk",
        reranker="ms-marco-MiniLM-L6-v2",
    ),
    Task(
        name="enterprise-search",
        kind=Kind.ASYMMETRIC,
        query="keywords or a question",
        document="a policy, report or page, split into passages",
        example="'parental leave' finds the section of the staff handbook",
        policy="chunk",
        mode="hybrid",
        reranker="ms-marco-MiniLM-L6-v2",
    ),
)


def tasks() -> tuple[Task, ...]:
    """Return all tasks."""
    return TASKS


def get(name: str) -> Task:
    """Return the task of this name. Raises UnknownNameError with similar names."""
    known = {task.name: task for task in TASKS}
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError("task", name, known)
    return known[name]
