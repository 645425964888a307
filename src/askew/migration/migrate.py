"""Migration in one call: build the new index, compare it with the old one, and switch if requested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from askew.charts.html import page_path
from askew.errors import ContractError, InputError, ModelError, public
from askew.evaluation.qrels import Qrels, judgements
from askew.evaluation.significance import Interval
from askew.files import check_outputs, output
from askew.index import Index
from askew.migration import steps
from askew.migration.change import ContractChange
from askew.migration.copying import CaughtUp
from askew.migration.parity import (
    Parity,
    Queries,
    check_judged,
    document_titles,
    keep,
    kept,
    most_changed,
    own_queries,
    parity,
    queries_from,
)
from askew.migration.report import parity_page
from askew.models import own as models
from askew.models.choice import mismatch
from askew.progress import Report, reporter
from askew.search.ranking import MODES
from askew.validation import check_k, file_path, flag, number, one_of

K = 10
MODE = "dense"
UNSHIFTED = "The shifts of the vectors are not carried over: they belong to the documents as they were encoded before."


@dataclass(frozen=True)
class MigrationResult:
    """written, removed: documents changed in the new index. copied: documents that were copied with their vectors,
    because the change concerns only queries or the store. switched: whether it now serves. parity: the comparison
    made by this call, None if there was none. stored: figures of an earlier comparison, used instead of a new one.
    titles: by id, of the documents in the comparison. notes: why nothing was compared, and what is not carried over.
    """

    written: int = 0
    removed: int = 0
    copied: int = 0
    switched: bool = False
    parity: Parity | None = None
    stored: Mapping[str, Any] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def overlap(self) -> float:
        """Mean share of the k best documents that both indexes find, 0 to 1. Raises InputError without a comparison."""
        return self.parity.overlap if self.parity else float(self._stored("overlap"))

    @property
    def interval(self) -> Interval:
        """95 % confidence interval of the overlap. Raises InputError without a comparison."""
        return self.parity.interval if self.parity else Interval(**self._stored("interval"))

    def _stored(self, name: str) -> Any:
        if name not in self.stored:
            raise InputError(" ".join(self.notes) or "This step of a migration compares nothing.")
        return self.stored[name]


@dataclass(frozen=True)
class _Comparison:
    """queries: None for queries made from the documents. k, mode: None for the default."""

    queries: Queries | None
    qrels: Qrels | None
    k: int | None
    mode: str | None
    report: Path | None


@public
def migrate(
    name: str | Path,
    *,
    to: str | None = None,
    precision: str | None = None,
    policy: str | None = None,
    chunk_tokens: int | None = None,
    overlap: int | None = None,
    prompts: Mapping[str, str] | None = None,
    sparse: str | None = None,
    dim: int | None = None,
    vectors: str | None = None,
    store: str | None = None,
    shifts: str | Path | None = None,
    queries: Queries | Mapping[str, str] | Sequence[str] | str | Path | None = None,
    qrels: Qrels | str | Path | None = None,
    k: int | None = None,
    mode: str | None = None,
    report: str | Path | None = None,
    if_overlap: float | None = None,
    switch: bool = False,
    back: bool = False,
    drop_old: bool = False,
    abandon: bool = False,
    progress: bool | Report | None = None,
) -> MigrationResult:
    """Build a new index next to the old one and compare the two; or switch, go back, or delete one of them.

    name: the index. to: the new model. Settings that are not passed stay the same; if none is passed, the migration
    under way resumes. chunk_tokens, overlap: in tokens. prompts: by role ("query", "document"). sparse: a learned
    sparse encoder in addition, by name or folder. dim: to which a model that is trained for it truncates its vectors.
    vectors: how they are stored; from `float32` to another precision nothing is encoded. store: the URL of the engine
    that is to hold the index, or `folder` for files; alone, nothing is encoded, and the copy is compared bit by bit.
    shifts: a folder that `adapt` with NUDGE made; the vectors in it count instead of the stored ones.

    queries: replayed on both indexes, as a list, {id: text} or a file; None for titles and sentences of the documents.
    qrels: grade by query and document id, or a file; adds nDCG@10. k: results per query that are compared, default 10.
    mode: dense, lexical or hybrid. report: path of an HTML report. if_overlap: switch only if the overlap is at least
    this, 0 to 1.

    switch: the new index serves, and the old one is kept. back: the old one serves again. drop_old: delete the old
    one. abandon: delete the new one. The last three take no other options.

    Raises InputError for a step that is impossible now, ContractError if another migration is under way, and
    StoreLockedError if a process still writes to the index, or reads what is to be deleted.
    """
    file_path(name, "name")
    sealed = (to, precision, policy, chunk_tokens, overlap, prompts, None, sparse, dim, vectors)
    change = ContractChange(*sealed, store=store, shifts=shifts)
    change.check()
    actions = {"switch": switch, "back": back, "drop_old": drop_old, "abandon": abandon}
    others = not change.empty or queries is not None or qrels is not None or report is not None
    _check([action for action, wanted in actions.items() if flag(wanted, action)], others, if_overlap)
    comparison = _comparison(queries, qrels, k, mode, report)
    shown = reporter(progress)
    if back:
        made = steps.back(name, report=shown)
        return MigrationResult(made.written, made.removed)
    if drop_old or abandon:
        (steps.drop_old if drop_old else steps.abandon)(name)
        return MigrationResult()
    copied = 0 if change.empty else steps.begin(name, change)
    made = steps.build(name, report=shown)
    if not change.empty and change == ContractChange(store=store, shifts=shifts):
        made, copied = replace(made, written=0), copied + made.written
    if if_overlap is not None:  # a condition on a comparison with these settings, not on any earlier one
        comparison = replace(comparison, k=comparison.k or K, mode=comparison.mode or MODE)
    result = replace(_compared(name, comparison, made, switch, shown), copied=copied)
    compared = result.parity is not None or bool(result.stored)
    if not switch or (if_overlap and not (compared and result.overlap >= if_overlap)):
        return result
    steps.switch(name, report=shown)
    return replace(result, switched=True)


def model_mismatch(name: str | Path, model: str) -> str:
    """Return why a model does not suit the task of an index, "" if it does."""
    card = models.resolve(model)
    with Index.open(name) as index:
        task = index.contract.task
    doubt = mismatch(card, task)
    return f"{card.name} was {doubt}. See: askew models choose --task {task}" if doubt else ""


def _comparison(
    queries: Queries | Mapping[str, str] | Sequence[str] | str | Path | None,
    qrels: Qrels | str | Path | None,
    k: int | None,
    mode: str | None,
    report: str | Path | None,
) -> _Comparison:
    """Read and validate everything that the comparison needs, before the new index is built."""
    check_k(K if k is None else k)
    one_of(MODE if mode is None else mode, "search mode", MODES)
    path = None if report is None else page_path(report)
    if path is not None:
        check_outputs([path], force=True, sources=[one for one in (queries, qrels) if isinstance(one, str | Path)])
    if qrels is None:
        return _Comparison(None if queries is None else queries_from(queries), None, k, mode, path)
    if queries is None:
        raise InputError("qrels judge queries: pass these too, with the same ids.")
    grades = judgements(qrels)
    replayed = queries_from(queries, grades)
    check_judged(replayed, grades)
    return _Comparison(replayed, grades, k, mode, path)


def _check(actions: Sequence[str], others: bool, if_overlap: float | None) -> None:
    if len(actions) > 1:
        raise InputError(f"{' and '.join(actions)} are separate steps: take one after the other.")
    if actions and actions[0] != "switch" and others:
        raise InputError(f"{actions[0]} takes no other options: it builds and compares nothing.")
    if if_overlap is not None and "switch" not in actions:
        raise InputError("if_overlap is a condition for switch: pass both.")
    if if_overlap is not None and not 0 <= number(if_overlap, "if_overlap", "a share from 0 to 1") <= 1:
        raise InputError(f"if_overlap is a share from 0 to 1, not {if_overlap}.")


def _compared(
    name: str | Path, comparison: _Comparison, made: CaughtUp, switch: bool, shown: Report
) -> MigrationResult:
    """Compare the indexes. Before a switch an earlier comparison of the same kind is enough."""
    place = steps.place_of_next(name)
    stored = kept(place)
    same = comparison.k in (None, stored.get("k")) and comparison.mode in (None, stored.get("mode"))
    if switch and stored and same and comparison.queries is None and comparison.report is None:
        return MigrationResult(made.written, made.removed, stored=stored)
    with steps.both(name) as (old, new):
        notes = (UNSHIFTED,) if old.contract.shifts and not new.contract.shifts else ()
        if reason := _incomparable(old):
            return MigrationResult(made.written, made.removed, notes=(*notes, reason))
        queries = comparison.queries or own_queries(old)
        found = parity(old, new, queries, comparison.k or K, comparison.mode or MODE, comparison.qrels, shown)
        titles = document_titles(old, new, most_changed(found.replayed))
        keep(place, found)
    if comparison.report is not None:
        page = parity_page(str(name), found, titles)
        with output(comparison.report) as file:
            file.write(page.encode())
    return MigrationResult(made.written, made.removed, parity=found, titles=titles, notes=notes)


def _incomparable(old: Index) -> str:
    """Return why the old index cannot be compared, "" if it can."""
    if not old.sizes().documents:
        return "There is nothing to compare: the index contains no documents."
    if not old.contract.has_model:
        return "Nothing is compared: the index has vectors of your own, and no model for queries."
    try:
        old.encoder("replaying")
    except (ContractError, ModelError) as error:
        return f"The old index can no longer be searched, so the new one is not compared with it. {error}"
    return ""
