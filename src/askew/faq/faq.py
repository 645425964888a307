"""A FAQ: two indexes in one folder, the stored questions and their answers, asked together.

    NAME.askew/questions.askew    task duplicate-questions: a message against the stored questions
    NAME.askew/answers.askew      task question-answering: the message against the answers

Both have a contract and a model of their own, and an entry has the same id in both. Answers are written before
questions, and taken away after them: whatever interrupts a writer, there is no question without its answer, and an
answer whose question is missing is found all the same. Adding the same entries again makes it whole.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from askew.confidence.record import NOTE as CALIBRATIONS
from askew.confidence.record import Settings
from askew.confidence.risk_control import check_precision
from askew.encoders import Encoder
from askew.errors import InputError, StoreError
from askew.faq.entries import QuestionAnswer, as_answer, as_question, check_entries
from askew.faq.measure import held, measure
from askew.faq.place import ANSWERS, QUESTIONS, is_faq
from askew.faq.promised import promised, settings
from askew.faq.reply import AnswerHit, Held, Reply, fused, reply
from askew.faq.scale import FLOOR, Scale
from askew.index import Index, folder
from askew.ingest import Added
from askew.paths import staging_beside
from askew.progress import Report, silent
from askew.stores.steady import steady
from askew.types import Where
from askew.validation import check_k, check_queries

QUESTION_TASK, ANSWER_TASK = "duplicate-questions", "question-answering"
NOTE = "scale"
SINCE = "since-scale"  # a note of the answers: how many entries came, went or changed since the measuring
GROWTH = 0.2  # the scales are measured again where more than this share of it came, went or changed
DEPTH = 100  # how deep each channel is read
WAIT = 10.0


class Faq:
    """Opened for reading unless `writable`; one process may write, beside any number that read."""

    def __init__(self, questions: Index, answers: Index, path: Path) -> None:
        self.questions = questions
        self.answers = answers
        self.path = path
        self._measured: dict[str, Scale] = {}

    @classmethod
    def create(
        cls,
        name: str | Path,
        *,
        question_model: str | None = None,
        answer_model: str | None = None,
        precision: str = "fp32",
        question_encoder: Encoder | None = None,
        answer_encoder: Encoder | None = None,
    ) -> Self:
        """Seals two contracts in a new folder `NAME.askew`. The encoders: those in hand, in place of the models'."""
        path = folder(name)
        if path.exists():
            raise StoreError(f"{path} exists already; choose another name, or delete it first.")
        staging = staging_beside(path)
        try:
            for half, task, model, encoder in (
                (QUESTIONS, QUESTION_TASK, question_model, question_encoder),
                (ANSWERS, ANSWER_TASK, answer_model, answer_encoder),
            ):
                Index.create(staging / half, task, model=model, precision=precision, encoder=encoder).close()
            staging.rename(path)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        return cls.open(name, writable=True, question_encoder=question_encoder, answer_encoder=answer_encoder)

    @classmethod
    def open(
        cls,
        name: str | Path,
        *,
        writable: bool = False,
        question_encoder: Encoder | None = None,
        answer_encoder: Encoder | None = None,
        wait: float = WAIT,
    ) -> Self:
        """`wait`: seconds that a writer waits for another to finish."""
        path = folder(name)
        if not path.exists():
            raise StoreError(f"There is no FAQ {path}. Make it with: askew index {path} FILE --task faq")
        if not is_faq(name):
            raise StoreError(f"{path} is no FAQ but an index: search it with askew search, or Index.open.")
        answers = Index.open(path / ANSWERS, writable=writable, encoder=answer_encoder, wait=wait)
        try:
            questions = Index.open(path / QUESTIONS, writable=writable, encoder=question_encoder, wait=wait)
        except BaseException:
            answers.close()
            raise
        return cls(questions, answers, path)

    @property
    def channels(self) -> Mapping[str, Index]:
        return {QUESTIONS: self.questions, ANSWERS: self.answers}

    def add(self, entries: Sequence[QuestionAnswer], report: Report = silent) -> Mapping[str, Added]:
        """Stores entries, and says by channel what became of them. What is stored already, word for word, is not
        encoded again.
        """
        check_entries(entries)
        answers = self.answers.add([as_answer(entry) for entry in entries], report)
        questions = self.questions.add([as_question(entry) for entry in entries], report)
        self._keep_scales(max(one.new + one.changed for one in (questions, answers)))
        return {QUESTIONS: questions, ANSWERS: answers}

    def delete(self, ids: Sequence[str]) -> int:
        """Forgets entries and returns how many there were, also where only half of one was."""
        known = set(held(self.questions, ids)) | set(held(self.answers, ids))
        self.questions.delete(ids)
        self.answers.delete(ids)
        self._keep_scales(len(known))
        return len(known)

    def ask(
        self,
        message: str,
        k: int = 5,
        *,
        where: Where | None = None,
        floor: float = FLOOR,
        min_confidence: float = 0.0,
    ) -> Reply:
        """The k best answers, or none where nothing here answers the message.

        floor: 0 to 1. An answer must score better, in either channel, than this share of the stored questions would if
        their own answer were missing; 0 answers always. It tells unrelated messages, not near misses.
        min_confidence: in place of a floor; the first answer only, and only where at least this share of such answers
        is right, as `askew calibrate` found.
        """
        if not min_confidence:
            return self.ask_all([message], k, where=where, floor=floor)[0]
        check_precision(min_confidence)
        [found] = self.ask_all([message], max(k, 2), where=where, floor=0)
        return promised(self.answers.store.note(CALIBRATIONS), self.settings(where), found, min_confidence, k)

    def settings(self, where: Where | None = None) -> Settings:
        """All that moves the score of an answer."""
        manifests = [index.store.manifest for index in self.channels.values()]
        return settings(manifests, self.scales(), where)

    def ask_all(
        self, messages: Sequence[str], k: int = 5, *, where: Where | None = None, floor: float = FLOOR
    ) -> list[Reply]:
        """A reply to each message, in order."""
        check_queries(messages)
        check_k(k)
        if not 0 <= floor <= 1:
            raise InputError(f"The floor is a share of the stored questions, from 0 to 1, not {floor}.")
        scales = self.scales()
        floors = {name: scale.floor(floor) for name, scale in scales.items()}
        depth = max(DEPTH, k)
        while True:
            found = self._found(messages, depth, where, scales, floors)
            if depth >= self.answers.sizes().documents or all(len(hits) >= k for hits in found):
                return [reply(message, hits, k, floors) for message, hits in zip(messages, found, strict=True)]
            depth *= 4

    def scales(self) -> Mapping[str, Scale]:
        """What the scores of each channel mean, as noted; measured now where that was not done, or is out of date."""
        return {name: self._scale(name, index) for name, index in self.channels.items()}

    def check(self) -> list[str]:
        """Every fault found in either index, each a sentence; an empty list is a clean bill."""
        return [f"{name}: {fault}" for name, index in self.channels.items() for fault in index.check()]

    def unpaired(self) -> list[str]:
        """Ids of which one channel only holds something, because a writer was interrupted: add the entries again."""
        questions, answers = (_ids(index) for index in (self.questions, self.answers))
        return sorted(questions ^ answers)

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        for index in self.channels.values():
            index.optimise(report, recall)

    def discard(self) -> None:
        """Closes the FAQ and takes it off the disk."""
        for index in self.channels.values():
            index.discard()
        shutil.rmtree(self.path)

    def close(self) -> None:
        self.questions.close()
        self.answers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _found(
        self,
        messages: Sequence[str],
        depth: int,
        where: Where | None,
        scales: Mapping[str, Scale],
        floors: Mapping[str, float],
    ) -> list[list[AnswerHit]]:
        rankings = {name: index.rank(messages, depth, where=where) for name, index in self.channels.items()}
        ids = {entry.document for ranked in rankings.values() for ranking in ranked for entry in ranking}
        there = Held(held(self.questions, ids), held(self.answers, ids))
        return [
            fused({name: ranked[row] for name, ranked in rankings.items()}, there, scales, floors)
            for row in range(len(messages))
        ]

    def _scale(self, name: str, index: Index) -> Scale:
        noted = index.store.note(NOTE)
        entries = self.questions.sizes().documents
        if noted and (found := Scale.read(noted)).fits(entries, GROWTH):
            return found
        if name not in self._measured or not self._measured[name].fits(entries, GROWTH):
            self._measured[name] = steady(lambda: measure(index, self.questions, self.answers))
        return self._measured[name]

    def _keep_scales(self, changed: int) -> None:
        noted = self.answers.store.note(SINCE)
        since = int(noted or 0) + changed
        if since > GROWTH * self.questions.sizes().documents:
            self._measured.clear()
            for index in self.channels.values():
                index.store.set_note(NOTE, "")
            since = 0
        for name, index in self.channels.items():
            text = self._scale(name, index).as_text()
            if text != index.store.note(NOTE):
                index.store.set_note(NOTE, text)
        if str(since) != (noted or "0"):
            self.answers.store.set_note(SINCE, str(since))


def _ids(index: Index) -> set[str]:
    return set(index.store.owners(index.store.keys().tolist()))
