"""Index: a contract, an encoder and a store. Everything that compares vectors is checked against the contract."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from askew import validation
from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import InputError, StoreError, public_methods
from askew.paths import ANSWERS, QUESTIONS, is_faq
from askew.paths import SUFFIX as SUFFIX
from askew.paths import folder as folder
from askew.progress import Report, reporter
from askew.quantisation import Precision
from askew.search.ranking import CHANNELS
from askew.searcher import Searcher
from askew.stores import Layout, opening
from askew.stores.local.store import WAIT
from askew.types import Role, Where

if TYPE_CHECKING:
    from askew.dedup.result import Duplicates
    from askew.ingest import Added
    from askew.stores.visible import Views

# Modules that a search does not need are imported where they are used: they would slow down its start.


@public_methods()
class Index(Searcher):
    """A collection of documents that is searched by meaning, by words, or both.

    Read-only unless `writable`. One process may write while any number read. Use it as a context manager, or call
    `close`.
    """

    @classmethod
    def create(
        cls,
        name: str | Path,
        task: str,
        *,
        model: str | None = None,
        dim: int | None = None,
        similarity: str | None = None,
        precision: str | None = None,
        policy: str | None = None,
        chunk_tokens: int | None = None,
        overlap: int | None = None,
        prompts: Mapping[str, str] | None = None,
        encoder: Encoder | None = None,
        sparse: str | None = None,
        vectors: str | None = None,
        access: bool | None = None,
        store: str | None = None,
    ) -> Self:
        """Create the folder `NAME.askew`, open for writing. The settings are sealed and cannot change afterwards.

        task: see `askew.tasks()`; the other settings follow from it unless they are given. For the task `faq`, this is
        `Faq.create`, and returns a `Faq`.
        model: name of a model, or path of a card or folder; see `askew.models()`.
        dim: with a model, truncate its vectors to so many dimensions (Matryoshka), one of those that its card lists.
        dim, similarity: for vectors of your own, without a model: their dimension, and `cosine` (default) or `dot`.
        precision: `fp32` (default) or `int8`.
        policy: texts too long for the model: `chunk`, `warn` (truncate), `error` or `accept` (truncate silently).
        chunk_tokens, overlap: maximum tokens of a passage, and tokens shared by adjacent passages.
        prompts: by role, `query` and `document`, instead of those of the model's card.
        encoder: use this instance instead of loading the model.
        sparse: a learned sparse encoder in addition, by name or folder, for the mode `sparse` and as part of `hybrid`.
        vectors: how they are stored: `float32` (default), `float16`, `int8` or `binary` (with rescoring).
        access: with access control: a document is read by the groups that are its `readers`; see `visible_to`.
        store: URL of the engine that holds the documents, such as `postgresql://HOST/DATABASE`, instead of the folder,
        which then only says where they are.

        Raises StoreError if the folder exists, ModelError if the model's weights are missing.
        """
        from askew.settings import IndexSettings

        path = folder(name)
        own = (
            model,
            dim,
            similarity,
            precision,
            policy,
            chunk_tokens,
            overlap,
            prompts,
            encoder,
            sparse,
            vectors,
            access,
            store,
        )
        settings = IndexSettings(*own)
        settings.check(task)
        if (other := settings.other_class(task)) is not None:
            return cast("Self", other.create(name, **settings.shared))
        contract, bound = settings.seal(task)
        try:
            opened = opening.create(path, layout(contract), store)
        except OSError as error:
            raise StoreError(f"{path} cannot be created: {error.strerror or error}.") from error
        return cls(opened, bound, path)

    @classmethod
    def open(
        cls, name: str | Path, *, writable: bool = False, encoder: Encoder | None = None, wait: float = WAIT
    ) -> Self:
        """Open an existing index.

        writable: also for adding and deleting. encoder: use this instance instead of loading the model. wait: seconds
        to wait for another process that is writing.

        Raises StoreError if there is no index, or none that can be read; InputError for a FAQ.
        """
        path = folder(name)
        _check_single(path)
        may_write, seconds = validation.flag(writable, "writable"), validation.seconds(wait, "wait")
        validation.encoder(encoder)
        try:
            store = opening.open_active(path, writable=may_write, wait=seconds)
        except OSError as error:
            raise StoreError(f"{path} cannot be opened: {error.strerror or error}.") from error
        try:
            return cls(store, encoder, path)
        except BaseException:
            store.close()
            raise

    @classmethod
    def open_or_create(
        cls,
        name: str | Path,
        task: str,
        *,
        model: str | None = None,
        dim: int | None = None,
        similarity: str | None = None,
        precision: str | None = None,
        policy: str | None = None,
        chunk_tokens: int | None = None,
        overlap: int | None = None,
        prompts: Mapping[str, str] | None = None,
        encoder: Encoder | None = None,
        sparse: str | None = None,
        vectors: str | None = None,
        access: bool | None = None,
        store: str | None = None,
        wait: float = WAIT,
    ) -> Self:
        """Open the index for writing, or create it if it does not exist. Arguments as for `create`.

        store: if this engine has an index of this name already, the folder becomes a pointer to it.

        Raises ContractError, which lists the differences, if an existing index has other settings than those given.
        """
        from askew.settings import IndexSettings

        path = folder(name)
        own = (
            model,
            dim,
            similarity,
            precision,
            policy,
            chunk_tokens,
            overlap,
            prompts,
            encoder,
            sparse,
            vectors,
            access,
            store,
        )
        settings = IndexSettings(*own)
        settings.check(task)
        validation.seconds(wait, "wait")
        if (is_faq(path) or not path.exists()) and (other := settings.other_class(task)) is not None:
            return cast("Self", other.open_or_create(name, wait=wait, **settings.shared))
        opening.attach(path, store)
        if not path.exists():
            try:
                return cls.create(name, task, **vars(settings))
            except StoreError:
                if not path.exists():  # otherwise another process was faster
                    raise
        index = cls.open(name, writable=True, encoder=encoder, wait=wait)
        try:
            opening.check_place(path, store)
            settings.compare(index.contract, task)
        except BaseException:
            index.close()
            raise
        return index

    def add(
        self,
        data: object,
        *,
        vectors: object = None,
        text: str | None = None,
        title: str | None = None,
        id: str | None = None,
        metadata: Sequence[str] | None = None,
        readers: str | None = None,
        on: str | None = None,
        progress: bool | Report | None = None,
    ) -> "Added":
        """Store documents, durably batch by batch. Documents stored already and unchanged are not encoded again.

        data: one or many of strings, dicts, tuples `(id, text)` or `(id, text, metadata)` and `Document`s; or a pandas
        or polars DataFrame, Arrow table or Hugging Face dataset. Records without an id get one made from their text.
        vectors: one per document, (n, dim), for an index that was created with `dim`.
        text, title, id: columns or keys; None recognises the usual names. metadata: those to keep; None keeps all.
        readers: the column or key with the groups that may read the document, for an index with access control.
        on: encode on a Ray cluster: `ray://HOST:PORT`, or `ray` for one of this machine; see `docs/cluster.md`.
        """
        from askew.ingest import add, add_vectors
        from askew.jobs.cluster import check_on, connected
        from askew.jobs.encoding import spread_over
        from askew.records import documents_from

        report, _ = reporter(progress), check_on(on)
        documents = documents_from(data, text=text, title=title, id=id, metadata=metadata, readers=readers)
        store = self.check_writable()
        if self.contract.has_model:
            if vectors is not None:
                raise InputError(
                    f"This index encodes its documents with {self.contract.encoder.model}; it takes no other vectors. "
                    "Create an index with dim=… for your own."
                )
            sparse = None if self.contract.sparse is None else self.sealed.sparse("adding")
            with connected(on) as cluster, spread_over(cluster, self.sealed, self.place):
                return add(store, self.encoder("adding"), self.contract, documents, report, sparse)
        if vectors is None:
            raise InputError("This index has no model: pass vectors=…, one for each document.")
        from askew.inputs import vectors_from

        matrix = vectors_from(vectors, self.contract.encoder.dim, len(documents))
        return add_vectors(store, self.contract, documents, matrix, report)

    def visible_to(self, groups: Collection[str]) -> Self:
        """Return what these groups may read, as an index of its own: read-only, and in every answer as if it had never
        held the other documents. It follows the changes of this index, and ends with it.

        groups: names of groups; a document is visible if any of them is among its `readers`. For an index with access
        control.
        """
        from askew.stores.visible import VisibleStore

        if not self.contract.access or not self.store.access:
            raise InputError(
                f"The index {self.name} has no access control: everyone reads all of it. Create one with --access (in "
                "Python: access=True)."
            )
        if isinstance(self.store, VisibleStore):
            raise InputError("This is what some groups may read already; call visible_to of the index itself.")
        named = sorted(groups) if isinstance(groups, set | frozenset) else groups
        given = frozenset(validation.strings(named, "groups", "['staff', 'legal']"))
        view = type(self)(VisibleStore(self.store, given, self.contract.language, self._visible), path=self._path)
        view.sealed = self.sealed
        return view

    @cached_property
    def _visible(self) -> "Views":
        from askew.stores.visible import Views

        return Views()

    def duplicates(
        self,
        threshold: float | None = None,
        *,
        min_confidence: float = 0.0,
        shingles: float | None = None,
        top_k: int = 0,
        memory: int = 1024,
        groups: bool = False,
        chain: bool = False,
        labels: Sequence[str] = (),
        include: Sequence[str] = (),
        labelled: str | Path | Sequence[str | Path] = (),
        compare: Sequence[str] = (),
        keep: str = "first",
        keep_field: str = "",
        target_size: int | None = None,
        cross_encoder: str | None = None,
        role: Role | None = None,
        where: Where | None = None,
        on: str | None = None,
        progress: bool | Report | None = None,
    ) -> "Duplicates":
        """Find every pair of documents of which two passages score at or above the threshold, with labels and groups.

        The same as `askew.duplicates(index)`, which explains the arguments. role: DOCUMENT compares by the document
        encoder, if each role has its own.
        """
        from askew.dedup.corpus import of_index
        from askew.dedup.duplicates import DuplicateParams, find_duplicates
        from askew.dedup.plan import KeepRule
        from askew.dedup.review import label_files
        from askew.jobs.cluster import connected
        from askew.jobs.mining import work_on

        side = None if role is None else Role(validation.one_of(role, "role to compare documents in", [Role.DOCUMENT]))
        params = DuplicateParams(
            threshold,
            min_confidence,
            shingles,
            top_k,
            memory,
            groups,
            chain,
            labels,
            include,
            label_files(labelled),
            validation.strings(compare, "compare", "['colour', 'size']"),
            KeepRule(keep, keep_field),
            target_size,
            cross_encoder,
        )
        params.check()
        with connected(on) as cluster:
            corpus = of_index(self, where, side)
            return find_duplicates(corpus, params, report=reporter(progress), work=work_on(cluster))


def layout(contract: Contract) -> Layout:
    """Return the layout of a store for this contract."""
    kept = Precision(contract.vectors)
    return Layout(contract.encoder.dim, contract.seal(), contract.language, kept, contract.access)


def _check_single(path: Path) -> None:
    if is_faq(path):
        raise InputError(
            f"{path} is a FAQ: search it with `askew faq {path.with_suffix('')} MESSAGE` (in Python: Faq.open), or use "
            f"one of its indexes, {path / QUESTIONS} or {path / ANSWERS}."
        )


def index_fields(index: Index) -> dict[str, object]:
    """Return the contract, sizes and settings of an index as JSON."""
    return {
        "contract": index.contract.as_json(),
        "sizes": vars(index.sizes()),
        "search": dict(index.facts()),
        "mode": index.task.mode,
        "weights": dict(zip(CHANNELS, index.weights, strict=False)),
    }


def truncation_fields(index: Index, limit: int) -> dict[str, object]:
    """Return the token counts of an index as JSON, with up to `limit` documents of which the model saw least."""
    sizes = index.sizes()
    counts = {"documents": sizes.documents, "passages": sizes.passages, "tokens": sizes.tokens, "seen": sizes.seen}
    losers = [{**vars(one), "lost": one.lost} for one in index.losers(limit)]
    return {**counts, "lost": sizes.tokens - sizes.seen, "truncated": sizes.truncated, "losers": losers}
