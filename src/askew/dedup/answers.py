"""Review labels: a person's answers on pairs, in an append-only file; each is on disk before the next question."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from askew.documents.read import rows_of
from askew.errors import InputError
from askew.export.cells import as_json
from askew.export.tables import write
from askew.files import sync
from askew.types import Pair
from askew.values import from_json

COLUMNS = ("text1", "text2", "label", "a", "b", "score")
TABLE = {"duplicate": 1, "different": 0}
"""Labels as used in datasets of labelled pairs."""


class Label(StrEnum):
    """A person's answer on a pair.

    skip: undecided. undone: the previous answer is withdrawn.
    """

    DUPLICATE = "duplicate"
    DIFFERENT = "different"
    SKIP = "skip"
    UNDONE = "undone"


@dataclass(frozen=True)
class Answer:
    """text1 is the text of a, text2 that of b, as displayed. when: UTC time in ISO 8601."""

    a: str
    b: str
    label: Label
    score: float
    text1: str
    text2: str
    when: str


class Labels:
    """Label file in JSON lines; the last answer on a pair counts."""

    def __init__(self, path: str | Path) -> None:
        """Open the file; InputError if it holds anything else. An incomplete last line is truncated."""
        try:
            self._file = Path(path).open("a+b")  # noqa: SIM115  # closed by __exit__
        except OSError as error:
            raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error
        self._file.seek(0)
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        try:
            self._answers = {_key(answer.a, answer.b): answer for answer in read(data[:whole], path)}
        except InputError:
            self._file.close()
            raise
        if whole < len(data):
            self._file.truncate(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, pair: Pair, texts: Mapping[str, str], label: Label) -> None:
        """Append an answer, durable on return."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        answer = Answer(pair.a, pair.b, label, pair.score, texts[pair.a], texts[pair.b], now)
        self._file.write(as_json(asdict(answer)).encode("utf-8") + b"\n")
        sync(self._file)
        self._answers[_key(pair.a, pair.b)] = answer

    def label(self, pair: Pair, texts: Mapping[str, str]) -> Label:
        """Return the label of a pair, UNDONE if it is unanswered or its texts have changed since."""
        answer = self._answers.get(_key(pair.a, pair.b))
        if answer is None or {answer.a: answer.text1, answer.b: answer.text2} != {
            id: texts[id] for id in (pair.a, pair.b)
        }:
            return Label.UNDONE
        return answer.label

    def write(self, path: str | Path) -> int:
        """Write the decided pairs to a CSV, JSONL or Parquet file and return their number.

        The columns are text1, text2, label (1 for duplicates, otherwise 0), a, b and score.
        """
        decided = (answer for answer in self._answers.values() if answer.label in TABLE)
        return write(path, ({**asdict(answer), "label": TABLE[answer.label]} for answer in decided), COLUMNS)


def is_labels(path: str | Path) -> bool:
    """Return whether a file is a table that `Labels.write` wrote, which the same answers make again."""
    try:
        return Path(path).is_file() and rows_of(path).names == COLUMNS
    except InputError:
        return False


def read(data: bytes, path: str | Path) -> list[Answer]:
    """Return every answer, in the order given; errors name `path`."""
    answers = []
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            row = from_json(line)
            answers.append(Answer(**{**row, "label": Label(row["label"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"{path}:{number} is not an answer of a review. Choose another file for the labels."
            ) from error
    return answers


def _key(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
