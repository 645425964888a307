"""Labels by hand: pairs to ask about, answers that are on disk before the next question, and labels from tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from askew.dedup.corpus import Corpus, every_text
from askew.dedup.labels import JudgedPair
from askew.dedup.set_join.layers import Layer
from askew.documents.names import matching
from askew.documents.read import rows_of
from askew.documents.rows import Bad, Row
from askew.errors import InputError, UnknownNameError
from askew.export.cells import as_json
from askew.export.tables import write
from askew.files import sync
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.types import Pair, Span
from askew.validation import file_path
from askew.values import from_json, items

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
        """Open the file; InputError if it holds anything else. The beginning of an answer at its end is truncated."""
        try:
            self._file = Path(path).open("a+b")  # noqa: SIM115  # closed by __exit__
        except OSError as error:
            raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error
        self._file.seek(0)
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        lacks_end = whole < len(data) and _is_json(data[whole:])  # as some editors leave a file
        if lacks_end:
            data, whole = data + b"\n", len(data) + 1
        try:
            self._answers = {_key((one.a, one.text1), (one.b, one.text2)): one for one in read(data[:whole], path)}
            if not _is_torn(data[whole:]):
                raise InputError(f"{path} holds something else than a review. Choose another file for the labels.")
        except InputError:
            self._file.close()
            raise
        if lacks_end:
            self._file.write(b"\n")
            sync(self._file)
        if whole < len(data):
            self._file.truncate(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, pair: Pair, texts: Mapping[str, str], label: Label) -> None:
        """Append an answer, durable on return."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        answer = Answer(pair.a, pair.b, label, pair.score, *texts_of(pair, texts), now)
        self._file.write(as_json(asdict(answer)).encode("utf-8") + b"\n")
        sync(self._file)
        self._answers[_key((answer.a, answer.text1), (answer.b, answer.text2))] = answer

    def label(self, pair: Pair, texts: Mapping[str, str]) -> Label:
        """Return the label of a pair, UNDONE if it is unanswered or its texts have changed since."""
        one, other = texts_of(pair, texts)
        answer = self._answers.get(_key((pair.a, one), (pair.b, other)))
        return Label.UNDONE if answer is None else answer.label

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


def texts_of(pair: Pair, texts: Mapping[str, str]) -> tuple[str, str]:
    """Return the texts of a pair: its own, as two files may have the same ids, or those of these ids."""
    if isinstance(pair, JudgedPair):
        return pair.text_a, pair.text_b
    return texts[pair.a], texts[pair.b]


def _key(one: tuple[str, str], other: tuple[str, str]) -> frozenset[tuple[str, str]]:
    """Return what tells a pair from others: ids with texts, whichever comes first."""
    return frozenset((one, other))


def _is_json(line: bytes) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True


def _is_torn(line: bytes) -> bool:
    """Return whether an incomplete line may be the beginning of an answer."""
    begun = b'{"a": "'
    return line[: len(begun)] == begun[: len(line)]


BY_HAND = "labelled a duplicate by hand"
Texts = frozenset[str]
"""The two texts of a pair, or the one that both are."""

YES = frozenset({"1", "1.0", "true", "yes", "duplicate"})
NO = frozenset({"0", "0.0", "false", "no", "different"})
UNDECIDED = frozenset({Label.SKIP, Label.UNDONE})


@dataclass(frozen=True)
class PairByHand:
    """A person's answer: two texts, or the ids of two where a table has no texts; and whether they are duplicates."""

    a: str
    b: str
    same: bool
    ids: bool = False


def pairs_by_hand(path: str | Path) -> list[PairByHand]:
    """Read the answers of a review, or a table with text1, text2 and label, or with a, b and label: 1 or 0.

    Of several answers on a pair the last one counts. InputError names the first unusable row.
    """
    rows = rows_of(path)
    texts, ids = ([matching(name, rows.names) for name in names] for names in (("text1", "text2"), ("a", "b")))
    label = matching("label", rows.names)
    if not label or not (all(texts) or all(ids)):
        raise InputError(
            f"{path} holds no labelled pairs: it needs the columns text1, text2 (or a, b) and label, which is 1 for "
            f"duplicates and 0 for others; it has {', '.join(rows.names) or 'none'}."
        )
    found: dict[tuple[str, str], PairByHand] = {}
    for row in rows.rows:
        one, other, said = _labelled(row, texts if all(texts) else ids, label, str(path))
        found.pop((one, other), None)
        if all(texts) or said in UNDECIDED:  # ids may be of two files, where the other order is another pair
            found.pop((other, one), None)
        if said not in UNDECIDED:
            found[one, other] = PairByHand(one, other, said in YES, not all(texts))
    return list(found.values())


def _labelled(row: Row | Bad, sides: Sequence[str], label: str, path: str) -> tuple[str, str, str]:
    if isinstance(row, Bad):
        raise InputError(f"{path}:{row.line}: {row.reason}.")
    one, other = (str(row.values.get(name) or "") for name in sides)
    said = str(row.values.get(label, "")).strip().casefold()
    if not one.strip() or not other.strip():
        raise InputError(f"{path}:{row.line}: {sides[0]!r} and {sides[1]!r} must both be given.")
    if said not in YES | NO | UNDECIDED:
        raise InputError(f"{path}:{row.line}: {label!r} must be 1 for duplicates or 0 for others, not {said!r}.")
    return one, other, said


def label_files(given: object) -> tuple[Path, ...]:
    """Return the paths of one file or of several. Raises InputError for anything else."""
    many = (
        [given]
        if isinstance(given, str | Path)
        else items(given, "labelled is the path of a file with labels, or several")
    )
    return tuple(file_path(one, "labelled (--labelled)") for one in many)


def by_texts(paths: Iterable[str | Path], corpus: Corpus, other: Corpus | None = None) -> dict[Texts, bool]:
    """Return the answers in these files, by the two texts; the later file counts.

    Ids are those of the corpus, or in a and b of the corpus and the other. InputError if no answer in a file is about
    its texts.
    """
    said: dict[Texts, bool] = {}
    for path in paths:
        found = pairs_by_hand(path)
        left, right = _known(corpus, found), _known(other or corpus, found)
        here: dict[Texts, bool] = {}
        for pair in found:
            if pair.a in left and pair.b in right:
                here[frozenset((left[pair.a], right[pair.b]))] = pair.same
            elif pair.a in right and pair.b in left and not pair.ids:
                here[frozenset((right[pair.a], left[pair.b]))] = pair.same
        if not here:
            raise InputError(
                f"None of the labelled pairs in {path} is about these texts: was it made from another file?"
            )
        said.update(here)
    return said


def _known(corpus: Corpus, pairs: Sequence[PairByHand]) -> dict[str, str]:
    """Return the texts that pairs name, by what they call them: an id, or the text itself."""
    by_id = {name for pair in pairs if pair.ids for name in (pair.a, pair.b)}
    by_text = {name for pair in pairs if not pair.ids for name in (pair.a, pair.b)}
    known: dict[str, str] = {}
    for id, text in zip(corpus.ids, every_text(corpus), strict=True):
        if text in by_text:
            known[text] = text
        if id in by_id:
            known[id] = text
    return known


def answered(pairs: Sequence[JudgedPair], said: Mapping[Texts, bool]) -> list[JudgedPair]:
    """Return the pairs with the labels that a person gave, where these differ in whether the texts mean the same."""
    if not said:
        return list(pairs)
    made: list[JudgedPair] = []
    for pair in pairs:
        same = said.get(frozenset((pair.text_a, pair.text_b)))
        if same is None or same == (pair.label in DUPLICATE):
            made.append(pair)
        else:
            label = Kind.PARAPHRASE if same else Kind.RELATED
            reason = BY_HAND if same else "labelled different by hand"
            made.append(replace(pair, label=label, reason=reason, evidence_a=(), evidence_b=()))
    return made


def missing(corpus: Corpus, said: Mapping[Texts, bool], pairs: Sequence[JudgedPair]) -> list[JudgedPair]:
    """Return the pairs that a person called duplicates and that were not found, each with its own score."""
    found = {frozenset((pair.text_a, pair.text_b)) for pair in pairs}
    wanted = [texts for texts, same in said.items() if same and len(texts) == 2 and texts not in found]
    named = {text for texts in wanted for text in texts}
    place: dict[str, int] = {}
    for number, text in enumerate(every_text(corpus) if named else ()):
        if text in named:
            place.setdefault(text, number)
    made: list[JudgedPair] = []
    for texts in wanted:
        if all(text in place for text in texts):
            a, b = sorted(place[text] for text in texts)
            one, other = corpus.texts(np.array([a, b], np.int64))
            about = (Kind.PARAPHRASE, BY_HAND, Layer.SEMANTIC, one, other)
            made.append(JudgedPair(_score(corpus, a, b), corpus.ids[a], corpus.ids[b], *about, positions=(a, b)))
    return made


def _score(corpus: Corpus, a: int, b: int) -> float:
    """Return the score of two documents: that of their best passages."""
    one, other = (corpus.only(np.array([place], np.int64)) for place in (a, b))
    return float((one.vectors(one.keys) @ other.vectors(other.keys).T).max())


ORDERS = ("uncertain", "best")


@dataclass(frozen=True)
class ReviewQuestion:
    """A pair and its verdict, if any; the evidence marks the words in its two texts."""

    pair: Pair
    verdict: str = ""
    reason: str = ""
    evidence_a: tuple[Span, ...] = ()
    evidence_b: tuple[Span, ...] = ()


def ordered(questions: Iterable[ReviewQuestion], order: str, threshold: float) -> list[ReviewQuestion]:
    """Order the questions; ties keep their order.

    uncertain: scores nearest to the threshold first, where an answer is most informative. best: highest score first.
    """
    if order not in ORDERS:
        raise UnknownNameError("review order", order, ORDERS)
    if order == "best":
        return sorted(questions, key=lambda question: -question.pair.score)
    return sorted(questions, key=lambda question: abs(question.pair.score - threshold))


def unanswered(questions: Iterable[ReviewQuestion], texts: Mapping[str, str], labels: Labels) -> list[ReviewQuestion]:
    """Return the unanswered questions; a skipped pair is answered, one whose text has changed since is not."""
    return [question for question in questions if labels.label(question.pair, texts) is Label.UNDONE]
