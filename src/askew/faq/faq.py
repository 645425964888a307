"""FAQ: an index of questions and an index of answers in one folder, searched together.

    NAME.askew/questions.askew    task duplicate-questions: a message against the stored questions
    NAME.askew/answers.askew      task question-answering: the message against the answers

Each has a separate contract and model; an entry has the same id in both. Answers are written first and questions
second, so an interrupted writer never leaves a question without its answer, and an answer without its question is
still found. Adding the same entries again repairs the FAQ.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from askew.confidence.record import NOTE as CALIBRATIONS
from askew.confidence.record import Settings
from askew.confidence.risk_control import check_precision
from askew.encoders import Encoder
from askew.errors import InputError, StoreError, public_methods
from askew.faq.creation import Channel, attach, check_same, create, models_of
from askew.faq.entries import as_answer, as_question, check_entries, entries_from, held
from askew.faq.estimate import Estimate, Labelled, ViewEstimates, estimate
from askew.faq.reply import THRESHOLD, AnswerHit, ChannelDocuments, Reply, fused, promised, reply, settings
from askew.index import Index
from askew.ingest import BATCH, Added
from askew.inputs import check_lengths, ids_from, messages_from, texts_from
from askew.lock import PAUSE
from askew.paths import ANSWERS, QUESTIONS, SUFFIX, folder, is_faq
from askew.progress import Report, reporter
from askew.stores.local import versions
from askew.stores.where import parse
from askew.types import Where
from askew.validation import check_k, number, seconds, string

NOTE = "estimate"  # a note in the answers
SINCE = "since-estimate"  # a note in the answers: number of entries added, changed or deleted since the estimate
EDITS = "edits"  # a note in the answers: number of entries ever changed or deleted; a guarantee does not outlive one
TOUCHED = "touched"  # a note in the answers: ids that its last version wrote or deleted
TORN = "torn"  # a note in the answers: ids that an earlier version wrote, whose commit of the questions never came
GROWTH = 0.2  # the estimate is made again once more than this share of entries was added, changed or deleted
DEPTH = 100  # number of hits taken from each channel
VERSION = "version"
"""A note in both indexes: how often the FAQ was changed. They differ only while one of the two is being committed."""
PAIRING = frozenset({TOUCHED, TORN, VERSION})
PATIENCE = 2.0
"""Seconds that a reader waits for the second commit."""
WAIT = 10.0


@public_methods()
class Faq:
    """FAQ open for reading, or for writing if `writable`; one process may write while any number read."""

    def __init__(self, questions: Index, answers: Index, path: Path) -> None:
        self.questions = questions
        self.answers = answers
        self.path = path
        self._estimate: Estimate | None = None
        self._torn: Mapping[str, int] = {}
        self._whole = {QUESTIONS: questions, ANSWERS: answers}
        self._views = ViewEstimates()
        self._of_view: Callable[[], Estimate] | None = None

    @classmethod
    def create(
        cls,
        name: str | Path,
        *,
        model: str | None = None,
        question_model: str | None = None,
        answer_model: str | None = None,
        precision: str | None = None,
        encoder: Encoder | None = None,
        question_encoder: Encoder | None = None,
        answer_encoder: Encoder | None = None,
        access: bool | None = None,
        store: str | None = None,
    ) -> Self:
        """Create the folder `NAME.askew` with both contracts.

        model: for both channels, unless one has a model of its own. Encoders, if given, replace those of the models.
        access: with access control; store: URL of the engine that holds both indexes; see `Index.create`.
        """
        models = models_of(model, question_model, answer_model)
        question_encoder = encoder if question_encoder is None else question_encoder
        answer_encoder = encoder if answer_encoder is None else answer_encoder
        channels = {
            QUESTIONS: Channel(models[QUESTIONS], question_encoder),
            ANSWERS: Channel(models[ANSWERS], answer_encoder),
        }
        create(folder(name), channels, precision, access, store)
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
        """Open a FAQ. wait: how many seconds a writer waits for another to finish."""
        path = folder(name)
        if not path.exists():
            raise StoreError(f"The FAQ {path} does not exist. Create it with: askew index {path} FILE --task faq")
        if not is_faq(name):
            raise StoreError(f"{path} is an index, not a FAQ: use askew search, or Index.open.")
        answers = Index.open(path / ANSWERS, writable=writable, encoder=answer_encoder, wait=wait)
        try:
            questions = Index.open(path / QUESTIONS, writable=writable, encoder=question_encoder, wait=wait)
        except BaseException:
            answers.close()
            raise
        return cls(questions, answers, path)

    @classmethod
    def open_or_create(
        cls,
        name: str | Path,
        *,
        model: str | None = None,
        question_model: str | None = None,
        answer_model: str | None = None,
        precision: str | None = None,
        encoder: Encoder | None = None,
        access: bool | None = None,
        store: str | None = None,
        wait: float = WAIT,
    ) -> Self:
        """Open a FAQ for writing, or create it. Settings that are None match any; others must match the contracts."""
        models = models_of(model, question_model, answer_model)
        seconds(wait, "wait")
        attach(folder(name), store)
        if not folder(name).exists():
            return cls.create(
                name,
                question_model=models[QUESTIONS],
                answer_model=models[ANSWERS],
                precision=precision,
                encoder=encoder,
                access=access,
                store=store,
            )
        opened = cls.open(name, writable=True, question_encoder=encoder, answer_encoder=encoder, wait=wait)
        try:
            check_same(opened.path, opened.channels, models, precision, encoder, access, store)
        except BaseException:
            opened.close()
            raise
        return opened

    @property
    def channels(self) -> Mapping[str, Index]:
        return {QUESTIONS: self.questions, ANSWERS: self.answers}

    def visible_to(self, groups: Collection[str]) -> Self:
        """Return what these groups may read, as a FAQ of its own that never held the rest; see `Index.visible_to`."""
        view = type(self)(self.questions.visible_to(groups), self.answers.visible_to(groups), self.path)
        view._whole, view._of_view = self._whole, self._views.of(view.questions, view.answers, groups)
        return view

    def add(
        self, data: object, progress: bool | Report | None = None, *, readers: str | None = None
    ) -> Mapping[str, Added]:
        """Store entries, and return the outcome by channel. Entries that are already stored unchanged are not encoded
        again.

        data: one or many `QuestionAnswer`, dicts with `question` and `answer`, or a table with these columns. readers:
        the key or column with the groups that may read an entry, for a FAQ with access control.
        """
        entries, report = check_entries(entries_from(data, readers)), reporter(progress)
        added = {QUESTIONS: Added(0, 0, 0, 0), ANSWERS: Added(0, 0, 0, 0)}
        for start in range(0, len(entries), BATCH):
            part = entries[start : start + BATCH]
            with self._version([entry.id for entry in part]):
                answers = self.answers.add([as_answer(entry) for entry in part], progress=report)
                questions = self.questions.add([as_question(entry) for entry in part], progress=report)
                both = answers, questions
                self._count(max(one.new + one.changed for one in both), max(one.changed for one in both))
            added = {QUESTIONS: added[QUESTIONS] + questions, ANSWERS: added[ANSWERS] + answers}
        self._keep_estimate()
        return added

    def delete(self, ids: object) -> int:
        """Delete entries by id, one or many, and return how many existed in at least one channel."""
        found = ids_from(ids)
        known = set(held(self.questions, found)) | set(held(self.answers, found))
        with self._version(sorted(known)):
            self.questions.delete(found)
            self.answers.delete(found)
            self._count(len(known), len(known))
        self._keep_estimate()
        return len(known)

    def ask(
        self,
        message: str,
        k: int = 5,
        *,
        where: Where | None = None,
        threshold: float = THRESHOLD,
        min_confidence: float = 0.0,
    ) -> Reply:
        """Return the k best answers, or none if nothing in the FAQ answers the message.

        threshold: the score, 0 to 1, from which an answer is returned; 0 always answers. The score is estimated from
        the FAQ itself, such that 0.5 is right for most uses: it turns unrelated messages away, not near misses.
        min_confidence: used instead of the threshold; return only the first answer, and only if at least this share of
        such answers is correct according to `askew calibrate`.
        """
        string(message, "message")
        if not number(min_confidence, "min_confidence"):
            return self.ask_all([message], k, where=where, threshold=threshold)[0]
        check_precision(min_confidence)
        check_k(k)
        [found] = self.ask_all([message], max(k, 2), where=where, threshold=0)
        return promised(self.answers.store.note(CALIBRATIONS), self.settings(where), found, min_confidence, k)

    def settings(self, where: Where | None = None) -> Settings:
        """Return everything that affects the score of an answer."""
        if where is not None:
            parse(where)
        manifests = [index.store.manifest for index in self.channels.values()]
        edits = self.answers.store.note(EDITS) or "0"
        return {**settings(manifests, self.estimate(), where), "entries changed or deleted": edits}

    def ask_all(
        self, messages: Sequence[str], k: int = 5, *, where: Where | None = None, threshold: float = THRESHOLD
    ) -> list[Reply]:
        """Return a reply to each message, in order."""
        messages = texts_from(messages, "messages")
        check_lengths(messages, "messages")
        check_k(k)
        if not 0 <= number(threshold, "threshold") <= 1:
            raise InputError(f"threshold must be a score between 0 and 1, not {threshold}.")
        depth = max(DEPTH, k)
        with self.snapshot():
            estimated = self.estimate()
            while True:
                found = self._found(messages, depth, where, estimated)
                if depth >= self.answers.sizes().documents or all(len(hits) >= k for hits in found):
                    return [reply(message, hits, k, threshold) for message, hits in zip(messages, found, strict=True)]
                depth *= 4

    def estimate(self) -> Estimate:
        """Return the stored score scales, channel weights and confidence, estimating them if missing or out of date."""
        if self._of_view is not None:
            return self._of_view()
        noted = self.answers.store.note(NOTE)
        entries = self.questions.sizes().documents
        if noted and (found := Estimate.read(noted)).fits(entries, GROWTH):
            return found
        if self._estimate is None or not self._estimate.fits(entries, GROWTH):
            self._estimate = estimate(self.questions, self.answers)
        return self._estimate

    def learn(self, labelled: Sequence[tuple[str, Sequence[str]]]) -> Estimate:
        """Estimate again with labelled messages, each with the ids of the entries that answer it, and store the result.

        A message without ids is one that nothing in the FAQ answers. Labels count until the FAQ changes much.
        """
        labelled = messages_from(labelled)
        texts = texts_from([message for message, _ in labelled], "messages")
        known = held(self.answers, {id for _, ids in labelled for id in ids})
        answers = [frozenset(known[id].text for id in ids if id in known) for _, ids in labelled]
        with self.snapshot():
            found = estimate(self.questions, self.answers, list(map(Labelled, texts, answers)))
        self.answers.store.set_note(NOTE, found.as_text())
        self.answers.store.set_note(SINCE, "0")
        return found

    def check(self, *, quick: bool = False) -> list[str]:
        """Return the problems found in either index, one sentence each; an empty list means none. See `Index.check`."""
        return [f"{name}: {problem}" for name, index in self.channels.items() for problem in index.check(quick=quick)]

    def foreign_files(self) -> list[str]:
        """Return the paths of files in the folder that are not part of the FAQ. They are left alone."""
        own = {f"{name}{SUFFIX}" for name in self.channels}
        found = [f"{name}{SUFFIX}/{file}" for name, index in self.channels.items() for file in index.foreign_files()]
        return sorted(found + [path.name for path in self.path.iterdir() if path.name not in own])

    def unpaired(self) -> list[str]:
        """Return ids present in only one channel because a writer was interrupted; add these entries again."""
        with self.snapshot():
            return sorted(_ids(self.questions) ^ _ids(self.answers))

    def optimise(self, progress: bool | Report | None = None, recall: float | None = None) -> None:
        """Tidy both indexes. Arguments as for `Index.optimise`."""
        for index in self.channels.values():
            index.optimise(progress, recall)

    def discard(self) -> None:
        """Close the FAQ and delete it from disk."""
        for half, index in self.channels.items():
            index.discard()
            versions.discard(self.path / f"{half}{SUFFIX}")  # what led to an engine
        with suppress(OSError):  # something else is in it
            self.path.rmdir()

    def close(self) -> None:
        """Close both indexes; safe to repeat."""
        self.questions.close()
        self.answers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def _version(self, touched: Sequence[str]) -> Iterator[None]:
        """Change both indexes at once, or neither: the answers are committed right before the questions."""
        with self.questions.check_writable().transaction(), self.answers.check_writable().transaction():
            is_half = len({_version_of(index) for index in self._whole.values()}) > 1
            torn = sorted(self._unmatched(is_half) - set(touched))
            yield
            if torn or self.answers.store.note(TORN):
                self.answers.store.set_note(TORN, json.dumps(torn))
            self.answers.store.set_note(TOUCHED, json.dumps(touched))
            number = str(1 + max(_version_of(index) for index in self.channels.values()))
            for index in self.channels.values():
                index.store.set_note(VERSION, number)

    def _unmatched(self, is_half: bool) -> set[str]:
        """Return the ids whose question and answer may be of two versions. is_half: the last version is one."""
        note = self._whole[ANSWERS].store.note
        return {id for name in (TORN, *[TOUCHED] * is_half) for id in json.loads(note(name) or "[]")}

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one version of both indexes inside the block, whatever a writer does meanwhile.

        If they do not agree for long, a writer was killed between its two commits. Entries that it touched are then not
        found until they are added again, as a question would be paired with the answer of another version.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            with self.answers.store.snapshot(), self.questions.store.snapshot():
                versions = {name: _version_of(index) for name, index in self._whole.items()}
                agree = len(set(versions.values())) == 1
                if agree or versions == self._torn or time.monotonic() > deadline:
                    self._torn = {} if agree else versions
                    yield
                    return
            time.sleep(PAUSE)

    def _found(
        self, messages: Sequence[str], depth: int, where: Where | None, estimated: Estimate
    ) -> list[list[AnswerHit]]:
        rankings = {
            name: index.rank(messages, depth, mode="dense", where=where) for name, index in self.channels.items()
        }
        ids = {entry.document for ranked in rankings.values() for ranking in ranked for entry in ranking}
        questions, answers = held(self.questions, ids), held(self.answers, ids)
        if unmatched := self._unmatched(bool(self._torn)) & questions.keys():
            answers = {id: document for id, document in answers.items() if id not in unmatched}
        there = ChannelDocuments(questions, answers)
        return [
            fused({name: ranked[row] for name, ranked in rankings.items()}, there, estimated)
            for row in range(len(messages))
        ]

    def _count(self, touched: int, edited: int) -> None:
        """Count, within a version, the entries added, changed or deleted, and those changed or deleted."""
        for note, more in ((EDITS, edited), (SINCE, touched)):
            if more:
                self.answers.store.set_note(note, str(int(self.answers.store.note(note) or 0) + more))

    def _keep_estimate(self) -> None:
        """Estimate again after many changes."""
        store = self.answers.store
        since = int(store.note(SINCE) or 0)
        if since > GROWTH * self.questions.sizes().documents:
            self._estimate = None
            store.set_note(NOTE, "")
            store.set_note(SINCE, "0")
        if (text := self.estimate().as_text()) != store.note(NOTE):
            store.set_note(NOTE, text)


def _version_of(index: Index) -> int:
    noted = index.store.note(VERSION)
    return int(noted) if noted.isdecimal() else 0


def open_any(name: str | Path, *, writable: bool = False, wait: float = WAIT) -> Index | Faq:
    """Open whatever has this name: an index or a FAQ."""
    if is_faq(name):
        return Faq.open(name, writable=writable, wait=wait)
    return Index.open(name, writable=writable, wait=wait)


def _ids(index: Index) -> set[str]:
    return set(index.store.owners(index.store.keys().tolist()))
