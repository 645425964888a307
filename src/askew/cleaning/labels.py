"""A person's word on pairs, in a file that only grows: each answer is on the disk before the next question is asked."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from askew.cleaning.cells import as_json
from askew.cleaning.tables import write
from askew.errors import InputError
from askew.types import Pair

COLUMNS = ("text1", "text2", "label", "a", "b", "score")
TABLE = {"duplicate": 1, "different": 0}
"""Labels as sets of labelled pairs have them."""


class Label(StrEnum):
    """skip: not decided. undone: the answer before it does not count."""

    DUPLICATE = "duplicate"
    DIFFERENT = "different"
    SKIP = "skip"
    UNDONE = "undone"


@dataclass(frozen=True)
class Answer:
    """text1 is that of a, text2 that of b, as they were shown. when: the time in UTC, as ISO 8601 has it."""

    a: str
    b: str
    label: Label
    score: float
    text1: str
    text2: str
    when: str


class Labels:
    """The label file: JSON lines, of which the last about a pair counts."""

    def __init__(self, path: str | Path) -> None:
        """InputError for a file that holds something else. A last line that was never finished is taken away."""
        try:
            self._file = Path(path).open("a+b")  # noqa: SIM115  # it is open as long as this is
        except OSError as fault:
            raise InputError(f"{path} cannot be written: {fault.strerror or fault}.") from fault
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

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, pair: Pair, texts: Mapping[str, str], label: Label) -> None:
        """Durable when it returns."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        answer = Answer(pair.a, pair.b, label, pair.score, texts[pair.a], texts[pair.b], now)
        self._file.write(as_json(asdict(answer)).encode("utf-8") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._answers[_key(pair.a, pair.b)] = answer

    def label(self, pair: Pair, texts: Mapping[str, str]) -> Label:
        """UNDONE for a pair that has no answer, or one about texts that have changed since."""
        answer = self._answers.get(_key(pair.a, pair.b))
        if answer is None or {answer.a: answer.text1, answer.b: answer.text2} != {
            id: texts[id] for id in (pair.a, pair.b)
        }:
            return Label.UNDONE
        return answer.label

    def write(self, path: str | Path) -> int:
        """A CSV, JSONL or Parquet file of what was decided, with text1, text2, label (1 for duplicates, 0), a, b and
        score; how many pairs it has.
        """
        decided = (answer for answer in self._answers.values() if answer.label in TABLE)
        return write(path, ({**asdict(answer), "label": TABLE[answer.label]} for answer in decided), COLUMNS)


def read(data: bytes, path: str | Path) -> list[Answer]:
    """Every answer, in the order in which they were given; `path` is named where one cannot be read."""
    answers = []
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            row = json.loads(line)
            answers.append(Answer(**{**row, "label": Label(row["label"])}))
        except (ValueError, TypeError, KeyError) as fault:
            raise InputError(
                f"{path}:{number}: it is no answer of a review. Name another file for the labels."
            ) from fault
    return answers


def _key(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
